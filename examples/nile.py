"""The flow of the Nile at Aswan, 1871 to 1970, as a level that drifts and is seen through noise.

    volume[t] = level[t] + noise,  level[t+1] = level[t] + drift

The likelihood of the two variances comes out of the Kalman filter (Durbin and Koopman, Time Series Analysis
by State Space Methods, 2012, chapter 2, with a diffuse first level); its maximum is found with the gradient
of the whole filter.

    python examples/nile.py
"""

import csv
import math
from pathlib import Path

import numpy as np
from scipy.optimize import minimize

from adcompiler import value_and_grad

DATA = Path(__file__).parent / "data" / "nile.csv"


def load_volumes():
    """Annual volumes in 10^8 cubic metres."""
    with open(DATA, newline="") as file:
        return np.array([float(row["volume"]) for row in csv.DictReader(file)])


def negative_log_likelihood(log_variances, volumes):
    """Of the observed volumes; `log_variances` are the logarithms of the variances of noise and drift."""
    noise, drift = math.exp(log_variances[0]), math.exp(log_variances[1])
    level, variance = volumes[0], noise + drift
    total = 0.0
    for volume in volumes[1:]:
        surprise = volume - level
        spread = variance + noise
        total += 0.5 * (math.log(2.0 * math.pi * spread) + surprise**2 / spread)
        gain = variance / spread
        level += gain * surprise
        variance = variance * (1.0 - gain) + drift
    return total


def fit(volumes):
    """The variances of greatest likelihood, of noise and of drift, and the log-likelihood."""
    start = np.log([np.var(volumes), 0.1 * np.var(volumes)])
    result = minimize(value_and_grad(negative_log_likelihood), start, args=(volumes,), jac=True,
                      method="BFGS",
                      options={"gtol": 1e-7})
    return *np.exp(result.x), -result.fun


def main():
    noise, drift, likelihood = fit(load_volumes())
    print(f"variance of the noise  {noise:10.1f}   (Durbin and Koopman: 15099)")
    print(f"variance of the drift  {drift:10.1f}   (Durbin and Koopman: 1469.1)")
    print(f"log-likelihood         {likelihood:10.3f}")


if __name__ == "__main__":
    main()
