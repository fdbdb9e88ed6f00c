# ADC402 at 9:12
# call: 0.7, 2
def f(x, n):
    first = {"v": x}
    now = first
    for i in range(n):
        now["v"] *= x
        now = {"v": x * i}
    return first["v"]
