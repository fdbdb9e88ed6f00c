# ADC402 at 7:12
# call: 0.7, 2
def f(x, n):
    a, b = {"in": {"k": x}}, {"in": {"k": 2 * x}}
    c = a if n > 1 else b
    c["in"].update(k=x ** 3)
    return a["in"]["k"]
