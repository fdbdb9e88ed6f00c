"""Kepler's equation solved by Newton's method, written as a recursive function, and differentiated through.

    E - e * sin(E) = M

    python examples/newton.py
"""

from math import cos, sin

from adcompiler import grad


def eccentric_anomaly(eccentricity, mean_anomaly, guess=1.0, tolerance=1e-12):
    """The E with E - e * sin(E) = M, by Newton's method."""
    residual = guess - eccentricity * sin(guess) - mean_anomaly
    step = residual / (1.0 - eccentricity * cos(guess))
    if abs(step) < tolerance:
        return guess - step
    return eccentric_anomaly(eccentricity, mean_anomaly, guess - step, tolerance)


slopes = grad(eccentric_anomaly, wrt=("eccentricity", "mean_anomaly"))


def by_implicit_function_theorem(eccentricity, mean_anomaly):
    """dE/de and dE/dM, from Kepler's equation itself."""
    anomaly = eccentric_anomaly(eccentricity, mean_anomaly)
    denominator = 1.0 - eccentricity * cos(anomaly)
    return sin(anomaly) / denominator, 1.0 / denominator


def main():
    print(f"E = {eccentric_anomaly(0.3, 0.8):.12f} at e = 0.3, M = 0.8")
    print("dE/de, dE/dM through the recursion:       ", slopes(0.3, 0.8))
    print("dE/de, dE/dM by implicit differentiation: ", by_implicit_function_theorem(0.3, 0.8))


if __name__ == "__main__":
    main()
