# ADC307 at 4:9
def f(x):
    xs = [x * k for k in range(int(abs(x)) + 2)]
    d = dict(enumerate(xs))
    return sum(d.values())
