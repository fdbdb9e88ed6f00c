def f_grad(x, n):
    """Gradient of `f` with respect to `x`."""
    powers_item_saved = []
    powers = [1.0]
    for i in range(n):
        powers_item = powers[-1]
        powers_item_saved.append(powers_item)
        powers.append(powers_item * x)
    powers_bar = [0.0] * len(powers)
    for k in range(len(powers)):
        # total += k * p
        p_bar = 1.0 * k
        # for k, p in enumerate(powers):
        powers_bar[k] += p_bar
    x_bar = 0.0
    for powers_item in reversed(powers_item_saved):
        # powers.append(powers[-1] * x)
        t = powers_bar.pop()
        x_bar += powers_item * t
        powers_bar[-1] += t * x
    return x_bar
