# ADC402 at 11:16
# call: 0.7, 2
def pick(a, b, n):
    if n > 1:
        return a
    return b

def f(x, n):
    a, b = [x], [2 * x]
    pick(a, b, n).append(x ** 3)
    return sum(a) + 10 * sum(b)
