# ADC307 at 4:7
def f(x, n=2):
    d = {"a": x}
    d["b" + str(n)] = 2.0 * x
    return d["a"]
