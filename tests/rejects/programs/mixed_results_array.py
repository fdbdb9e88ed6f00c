# ADC202 at 3:1
# call: np.ones(3)
def f(v):
    if v[0] > 0.0:
        return v.sum()
    return v
