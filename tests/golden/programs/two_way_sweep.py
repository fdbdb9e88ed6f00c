# f([0.5, 1.5, 2.5], [1.0, 2.0, 3.0])  wrt=(0, 1)
def f(xs, ws):
    total = 0.0
    for x, w in zip(xs, reversed(ws)):
        total = total * 0.5 + x * w
    return total
