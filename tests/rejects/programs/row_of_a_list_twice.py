# ADC402 at 7:5
# call: 0.7, 4
def f(x, n):
    rows = [[x * i, x] for i in range(n)]

    rows[0] = rows[1]
    rows[0][0] = 7 * x
    return sum(r[0] for r in rows)
