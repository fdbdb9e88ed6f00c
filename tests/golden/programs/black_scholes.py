# f(100.0, 0.2)  wrt=(0, 1)
from math import erf, exp, log, sqrt


def f(spot, volatility, strike=105.0, rate=0.03, years=1.0):
    spread = volatility * sqrt(years)
    d1 = (log(spot / strike) + (rate + volatility**2 / 2) * years) / spread
    d2 = d1 - spread

    def cdf(z):
        return 0.5 * (1 + erf(z / sqrt(2)))

    return spot * cdf(d1) - strike * exp(-rate * years) * cdf(d2)
