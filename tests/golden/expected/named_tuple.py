from named_tuple import State


def f_grad(s, dt):
    """Gradient of `f` with respect to `s`."""
    s_x = s.x
    s_v = s.v
    t = s_x + dt * s_v
    t_1 = s_v - dt * s_x
    s_x = t + dt * t_1
    s_v = t_1 - dt * t
    # return s.x**2 + s.v**2
    s_v_bar = 2 * s_v
    s_x_bar = 2 * s_x
    # return State(s.x + dt * s.v, s.v - dt * s.x)
    t = s_x_bar - dt * s_v_bar
    s_v_bar += dt * s_x_bar
    s_v_bar_1 = s_v_bar + dt * t
    return State(x=t - dt * s_v_bar, v=s_v_bar_1)
