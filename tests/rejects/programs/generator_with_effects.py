# ADC306 at 7:9
def f(x):
    seen = []
    def note(v):
        seen.append(v)
        return v
    g = (note(v * x) for v in (1.0, 2.0))
    return sum(g) * len(seen)
