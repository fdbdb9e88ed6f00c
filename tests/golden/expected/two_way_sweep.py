def f_grad(xs, ws):
    """Gradient of `f` with respect to `xs` and `ws`."""
    len_ws = len(ws)
    ws_bar = [0.0] * len_ws
    xs_bar = [0.0] * len(xs)
    total_bar = 1.0
    for k in reversed(range(min(len(xs), len_ws))):
        x = xs[k]
        difference = len_ws - 1 - k
        w = ws[difference]
        # total = total * 0.5 + x * w
        x_bar = total_bar * w
        w_bar = x * total_bar
        total_bar = 0.5 * total_bar
        # for x, w in zip(xs, reversed(ws)):
        ws_bar[difference] += w_bar
        xs_bar[k] += x_bar
    return xs_bar, ws_bar
