# ADC311 at 4:12
# call: np.ones(3)
def f(v):
    return v[0, 1]
