# ADC402 at 7:16
# call: 0.7, 2
def f(x, n):
    a, b = [x], [2 * x]
    c = a if n > 1 else b
    c += [x * x]
    return sum(a) + 10 * sum(b)
