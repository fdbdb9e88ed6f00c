# ADC4xx at 4:5
def f(x, n=2):
    d = {"a": x}
    d["b" + str(n)] = 2.0 * x
    return d["a"]
