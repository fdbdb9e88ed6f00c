# ADC310 at 4:14
# call: np.ones(3)
def f(v):
    return v[0.5]
