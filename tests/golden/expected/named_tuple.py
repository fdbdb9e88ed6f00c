from named_tuple import State


def f_grad(s, dt):
    """Gradient of `f` with respect to `s`."""
    s_x = s.x
    s_v = s.v
    total = s_x + dt * s_v
    difference = s_v - dt * s_x
    s_x = total + dt * difference
    s_v = difference - dt * total
    # return s.x**2 + s.v**2
    s_v_bar = 2 * s_v
    s_x_bar = 2 * s_x
    # return State(s.x + dt * s.v, s.v - dt * s.x)
    difference = s_x_bar - dt * s_v_bar
    s_v_bar += dt * s_x_bar
    s_v_bar_1 = s_v_bar + dt * difference
    return State(x=difference - dt * s_v_bar, v=s_v_bar_1)
