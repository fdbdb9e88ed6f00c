# ADC402 at 8:12
# call: 0.7, 2
def f(x, n):
    a = {"v": x}
    t = (a, {"v": 2 * x})
    u = t if n > 1 else (t[1], t[0])
    u[0]["v"] = x ** 3
    return a["v"]
