# ADC402 at 7:9
# call: 0.7, 4
def f(x, n):
    rows = [[x, x]]
    for i in range(n):
        rows.append(rows[-1])
        rows[0][0] += x
    return sum(r[0] for r in rows)
