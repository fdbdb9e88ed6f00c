# ADC402 at 8:30
# call: 0.7, 4
def f(x, n):
    rows = [[x * i, x] for i in range(n)]

    other = rows + [[x, x]]
    other[0][0] = 7 * x
    return sum(r[0] for r in rows)
