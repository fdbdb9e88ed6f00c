# ADC3xx at ?:?
# call: np.ones(3)
def f(v):
    if v[0] > 0.0:
        return v.sum()
    return v
