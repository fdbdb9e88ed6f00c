# ADC402 at 7:20
# call: 0.7, 2
def f(x, n):
    a, b = [x], [2 * x]
    c = a if n > 1 else b
    c *= 2
    return 3 * len(b) * x
