# ADC402 at 9:12
# call: 0.7, 4
def f(x, n):
    rows = [[x] * n for _ in range(n)]
    r = rows[0]

    rows[0][0] = 7 * x
    rows[0] = [x * x] * n
    return r[0]
