"""Logistic regression on Fisher's iris (1936): versicolor or virginica?

The loss is written as NumPy array code; its gradient feeds SciPy's optimiser. The coefficients are those that
every statistics package reports for this fit.

    python examples/iris.py
"""

import csv
from pathlib import Path

import numpy as np
from scipy.optimize import minimize

from adcompiler import value_and_grad

DATA = Path(__file__).parent / "data" / "iris.csv"


def load_flowers():
    """Measurements with a leading column of ones; +1 for virginica and -1 for versicolor."""
    with open(DATA, newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["species"] != "setosa"]
    names = ["sepal_length", "sepal_width", "petal_length", "petal_width"]
    features = np.array([[1.0] + [float(row[name]) for name in names] for row in rows])
    labels = np.array([1.0 if row["species"] == "virginica" else -1.0 for row in rows])
    return features, labels


def loss(weights, features, labels):
    """Negative log-likelihood of the labels."""
    margins = labels * (features @ weights)
    return np.sum(np.logaddexp(0.0, -margins))


def train(features, labels):
    """Weights of greatest likelihood."""
    result = minimize(value_and_grad(loss), np.zeros(features.shape[1]), args=(features, labels), jac=True,
                      method="BFGS", options={"gtol": 1e-6, "maxiter": 500})
    return result.x, result.fun


def main():
    features, labels = load_flowers()
    weights, value = train(features, labels)
    names = ["(intercept)", "sepal length", "sepal width", "petal length", "petal width"]
    for name, weight in zip(names, weights, strict=True):
        print(f"{name:14s} {weight:10.4f}")
    accuracy = np.mean(np.sign(features @ weights) == labels)
    print(f"deviance {2 * value:.4f}, {accuracy:.0%} of the flowers told apart")


if __name__ == "__main__":
    main()
