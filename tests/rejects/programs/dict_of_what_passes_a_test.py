# ADC307 at 3:27
def f(x):
    d = {k: v for k, v in (("a", x), ("b", -x)) if v > 0}
    return sum(d.values())
