from math import erf, exp, log, sqrt


def f_grad(spot, volatility, strike=105.0, rate=0.03, years=1.0):
    """Gradient of `f` with respect to `spot` and `volatility`."""
    sqrt_years = sqrt(years)
    spread = volatility * sqrt_years
    ratio = spot / strike
    d1 = (log(ratio) + (rate + volatility ** 2 / 2) * years) / spread
    d2 = d1 - spread
    sqrt_2 = sqrt(2)
    ratio_1 = d1 / sqrt_2
    ratio_2 = d2 / sqrt_2
    # return 0.5 * (1 + erf(z / sqrt(2)))
    product = 0.5641895835477563 * (strike * exp(-(rate * years)))
    spread_bar = product * exp(-(ratio_2 * ratio_2)) / sqrt_2
    product = 0.5641895835477563 * spot * exp(-(ratio_1 * ratio_1))
    d1_bar = product / sqrt_2
    # d2 = d1 - spread
    d1_bar -= spread_bar
    # d1 = (log(spot / strike) + (rate + volatility**2 / 2) * years) / spread
    ratio_2 = d1_bar / spread
    spread_bar -= d1_bar * d1 / spread
    volatility_bar = 2 * volatility * (ratio_2 * years / 2)
    spot_bar = 0.5 * (erf(ratio_1) + 1) + ratio_2 / ratio / strike
    # spread = volatility * sqrt(years)
    volatility_bar += spread_bar * sqrt_years
    return spot_bar, volatility_bar
