# ADC402 at 7:12
# call: 0.7, 2
def f(x, n):
    a, b = {"k": x}, {"k": 2 * x}
    d = a if n > 1 else b
    d["k"] = x ** 3
    return a["k"] + 10 * b["k"]
