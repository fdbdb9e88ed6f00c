"""A net of two layers learns exclusive or by gradient descent.

    python examples/two_layer_net.py
"""

import numpy as np

from adcompiler import value_and_grad

INPUTS = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
TARGETS = np.array([0.0, 1.0, 1.0, 0.0])


def predict(parameters, inputs):
    hidden = np.tanh(inputs @ parameters["w1"] + parameters["b1"])
    return hidden @ parameters["w2"] + parameters["b2"]


def loss(parameters, inputs, targets):
    """Mean squared error."""
    error = predict(parameters, inputs) - targets
    return np.mean(error**2)


def initial(width=8, seed=1):
    """Random weights, biases of zero."""
    rng = np.random.default_rng(seed)
    return {"w1": rng.normal(size=(2, width)), "b1": np.zeros(width), "w2": rng.normal(size=width), "b2": 0.0}


def train(parameters, rate=0.2, epochs=300):
    """Parameters and loss after gradient descent."""
    loss_and_gradient = value_and_grad(loss)
    for _ in range(epochs):
        value, gradient = loss_and_gradient(parameters, INPUTS, TARGETS)
        parameters = {name: parameters[name] - rate * gradient[name] for name in parameters}
    return parameters, value


def main():
    parameters, value = train(initial())
    print(f"loss {value:.2e}")
    for row, prediction in zip(INPUTS, predict(parameters, INPUTS), strict=True):
        print(row, "->", round(float(prediction), 3))


if __name__ == "__main__":
    main()
