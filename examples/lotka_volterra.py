"""Lynx and hares of the Hudson's Bay Company, 1900 to 1920, fitted by the equations of Lotka and Volterra.

    d hare / dt = alpha * hare - beta * hare * lynx
    d lynx / dt = delta * hare * lynx - gamma * lynx

Integrated by the classical Runge-Kutta method; the misfit is measured on logarithms of the pelts, and the six
unknowns (four rates, two initial populations) are found with the gradient of the whole simulation.

    python examples/lotka_volterra.py
"""

import csv
from pathlib import Path

import numpy as np
from scipy.optimize import minimize

from adcompiler import value_and_grad

DATA = Path(__file__).parent / "data" / "lynx_hare.csv"
STEPS = 10  # a year


def load_pelts():
    """Thousands of pelts a year: hares, lynxes."""
    with open(DATA, newline="") as file:
        rows = list(csv.DictReader(file))
    return np.array([float(r["hare"]) for r in rows]), np.array([float(r["lynx"]) for r in rows])


def rates_of_change(hare, lynx, alpha, beta, gamma, delta):
    return alpha * hare - beta * hare * lynx, delta * hare * lynx - gamma * lynx


def year(hare, lynx, alpha, beta, gamma, delta):
    """Both populations a year later, by `STEPS` steps of the Runge-Kutta method of fourth order."""
    h = 1.0 / STEPS
    for _ in range(STEPS):
        a1, b1 = rates_of_change(hare, lynx, alpha, beta, gamma, delta)
        a2, b2 = rates_of_change(hare + 0.5 * h * a1, lynx + 0.5 * h * b1, alpha, beta, gamma, delta)
        a3, b3 = rates_of_change(hare + 0.5 * h * a2, lynx + 0.5 * h * b2, alpha, beta, gamma, delta)
        a4, b4 = rates_of_change(hare + h * a3, lynx + h * b3, alpha, beta, gamma, delta)
        hare += h / 6.0 * (a1 + 2.0 * a2 + 2.0 * a3 + a4)
        lynx += h / 6.0 * (b1 + 2.0 * b2 + 2.0 * b3 + b4)
    return hare, lynx


def misfit(logs, hares, lynxes):
    """Sum of squared errors of the logarithms; `logs` are the logarithms of the six unknowns."""
    alpha, beta, gamma, delta, hare, lynx = np.exp(logs)
    total = 0.0
    for seen_hare, seen_lynx in zip(hares, lynxes, strict=True):
        total += (np.log(hare) - np.log(seen_hare)) ** 2 + (np.log(lynx) - np.log(seen_lynx)) ** 2
        hare, lynx = year(hare, lynx, alpha, beta, gamma, delta)
    return total


def fit(hares, lynxes):
    """The six unknowns of least misfit, and the misfit."""
    start = np.log([0.5, 0.025, 0.8, 0.025, hares[0], lynxes[0]])
    result = minimize(value_and_grad(misfit), start, args=(hares, lynxes), jac=True, method="BFGS",
                      options={"gtol": 1e-6})
    return np.exp(result.x), result.fun


def main():
    unknowns, least = fit(*load_pelts())
    for name, value in zip(["alpha", "beta", "gamma", "delta", "hares in 1900", "lynxes in 1900"], unknowns,
                           strict=True):
        print(f"{name:15s} {value:8.4f}")
    print(f"sum of squares  {least:8.4f}")


if __name__ == "__main__":
    main()
