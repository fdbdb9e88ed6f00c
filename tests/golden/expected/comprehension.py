def f_grad(values):
    """Gradient of `f` with respect to `values`."""
    t = len(values)
    t_1 = 0
    for v in values:
        t_1 = t_1 + v
    mean = t_1 / t
    saved = []
    for v in values:
        saved.append(v - mean)
    # return sum((v - mean) ** 2 for v in values) / len(values)
    t_1 = 1.0 / t
    values_bar = [0.0] * t
    mean_bar = 0.0
    for k, v in zip(reversed(range(len(saved))), reversed(saved)):
        v_bar = 2 * v * t_1
        mean_bar -= v_bar
        values_bar[k] += v_bar
    # mean = sum(values) / len(values)
    t_1 = mean_bar / t
    for k in reversed(range(t)):
        values_bar[k] += t_1
    return values_bar
