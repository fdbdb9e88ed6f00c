def f_grad(values):
    """Gradient of `f` with respect to `values`."""
    len_values = len(values)
    total = 0
    for v in values:
        total = total + v
    mean = total / len_values
    # return sum((v - mean) ** 2 for v in values) / len(values)
    ratio = 1.0 / len_values
    values_bar = [0.0] * len_values
    mean_bar = 0.0
    for k, v in enumerate(values):
        v_bar = 2 * (v - mean) * ratio
        mean_bar -= v_bar
        values_bar[k] += v_bar
    # mean = sum(values) / len(values)
    ratio = mean_bar / len_values
    for k in range(len_values):
        values_bar[k] += ratio
    return values_bar
