# ADC402 at 5:5
# call: 0.7, 4
def f(x, n):
    rows = [[0.0, x]] * n
    rows[0][0] = x * x
    return rows[n - 1][0]
