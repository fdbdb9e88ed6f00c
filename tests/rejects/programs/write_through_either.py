# ADC402 at 8:12
# call: np.ones(3), np.zeros(3), 1
def f(v, w, which):
    a = v.copy()
    b = w.copy()
    c = a if which else b
    c[0] = 5.0
    return a.sum() + b.sum() * v[1]
