# ADC402 at 7:12
# call: 0.7, 3
def f(x, n):
    a, b = [x, x], [x, 2 * x]
    t = (a, b)
    t[n % 2][0] = x * x
    return a[0] + b[0]
