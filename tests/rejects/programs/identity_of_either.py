# ADC402 at 6:8
# call: 0.7, 2
def f(x, n):
    a, b = [x, x], [2 * x, x]
    c = a if n > 1 else b
    if c is a:
        return x * x
    return x
