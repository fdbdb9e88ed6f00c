# ADC402 at 9:12
# call: 0.7, 4
def f(x, n):
    rows = [[x * i, x] for i in range(n)]

    row = [x, 2 * x]
    rows[1] = row
    row[0] = x * x
    return rows[1][0]
