from math import erf, exp, log, sqrt


def f_grad(spot, volatility, strike=105.0, rate=0.03, years=1.0):
    """Gradient of `f` with respect to `spot` and `volatility`."""
    t = sqrt(years)
    spread = volatility * t
    t_1 = spot / strike
    d1 = (log(t_1) + (rate + volatility ** 2 / 2) * years) / spread
    d2 = d1 - spread
    t_2 = sqrt(2)
    t_3 = d1 / t_2
    t_4 = d2 / t_2
    # return 0.5 * (1 + erf(z / sqrt(2)))
    t_5 = 0.5641895835477563 * (strike * exp(-(rate * years)))
    spread_bar = t_5 * exp(-(t_4 * t_4)) / t_2
    d1_bar = 0.5641895835477563 * spot * exp(-(t_3 * t_3)) / t_2
    # d2 = d1 - spread
    d1_bar -= spread_bar
    # d1 = (log(spot / strike) + (rate + volatility**2 / 2) * years) / spread
    t_2 = d1_bar / spread
    spread_bar -= d1_bar * d1 / spread
    volatility_bar = 2 * volatility * (t_2 * years / 2)
    spot_bar = 0.5 * (erf(t_3) + 1) + t_2 / t_1 / strike
    # spread = volatility * sqrt(years)
    volatility_bar += spread_bar * t
    return spot_bar, volatility_bar
