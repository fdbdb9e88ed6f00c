# f(0.7, 4)
def f(x, n):
    powers = [1.0]
    for i in range(n):
        powers.append(powers[-1] * x)
    total = 0.0
    for k, p in enumerate(powers):
        total += k * p
    return total
