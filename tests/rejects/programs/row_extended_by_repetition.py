# ADC402 at 7:30
# call: 0.7, 4
def f(x, n):
    rows, row = [[x, x]], [x, 2 * x]
    rows.extend([row] * n)
    row[0] = x ** 3
    return sum(r[0] for r in rows)
