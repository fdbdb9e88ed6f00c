"""Delta and vega of a European call, from the price formula alone (Black and Scholes 1973).

    python examples/black_scholes.py
"""

import inspect
from math import erf, exp, log, pi, sqrt

from adcompiler import grad


def normal_cdf(x):
    return 0.5 * (1.0 + erf(x / sqrt(2.0)))


def call_price(spot, volatility, strike=100.0, rate=0.05, maturity=1.0):
    """The price of the right to buy at `strike` after `maturity` years."""
    spread = volatility * sqrt(maturity)
    d1 = (log(spot / strike) + (rate + 0.5 * volatility**2) * maturity) / spread
    d2 = d1 - spread
    return spot * normal_cdf(d1) - strike * exp(-rate * maturity) * normal_cdf(d2)


greeks = grad(call_price, wrt=("spot", "volatility"))


def closed_form(spot, volatility, strike=100.0, rate=0.05, maturity=1.0):
    """Delta and vega as textbooks give them."""
    spread = volatility * sqrt(maturity)
    d1 = (log(spot / strike) + (rate + 0.5 * volatility**2) * maturity) / spread
    return normal_cdf(d1), spot * sqrt(maturity) * exp(-0.5 * d1**2) / sqrt(2.0 * pi)


def main():
    print("The price\n")
    print(inspect.getsource(call_price))
    delta, vega = greeks(105.0, 0.2)
    print("Its gradient, generated\n")
    print(greeks.source)
    print(f"spot 105, volatility 20%: delta {delta:.6f}, vega {vega:.6f}")
    print("in closed form:           delta {:.6f}, vega {:.6f}\n".format(*closed_form(105.0, 0.2)))
    print("Checked against SymPy and against differences\n")
    print(greeks.verify(105.0, 0.2))


if __name__ == "__main__":
    main()
