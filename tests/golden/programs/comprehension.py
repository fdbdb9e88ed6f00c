# f([0.5, 1.5, 2.5],)
def f(values):
    mean = sum(values) / len(values)
    return sum((v - mean) ** 2 for v in values) / len(values)
