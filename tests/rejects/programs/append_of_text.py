# ADC3xx at 5:9
def f(x):
    ys = [x]
    for i in range(3):
        ys.append("more")
    return ys[0]
