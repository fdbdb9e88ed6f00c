"""Tangents, products with the Hessian, and Hessians, compared with primals and gradients and with autograd."""

import importlib

import numpy as np
import pytest
from timing import interleaved, ratio

from adcompiler import grad, hessian, hvp, jvp, vmap


def rosenbrock(v):
    total = 0.0
    for i in range(len(v) - 1):
        total += 100.0 * (v[i + 1] - v[i] ** 2) ** 2 + (1.0 - v[i]) ** 2
    return total


def net(w, u, inputs, labels):
    return np.sum((np.tanh(inputs @ w) @ u - labels) ** 2)


def net_arguments():
    rng = np.random.default_rng(0)
    return rng.normal(size=(64, 64)), rng.normal(size=(64, 32)), rng.normal(size=(256, 64)), rng.normal(size=(256, 32))


WORKLOADS = [("Rosenbrock as a loop, 100 variables", rosenbrock, lambda: (np.random.default_rng(1).random(100),)),
             ("net 256x64x64x32", net, net_arguments)]


@pytest.mark.parametrize("name, primal, arguments", WORKLOADS, ids=[row[0] for row in WORKLOADS])
def test_directions(name, primal, arguments, table):
    args = arguments()
    direction = np.random.default_rng(2).normal(size=args[0].shape)
    gradient, product, along = grad(primal), hvp(primal), jvp(primal)
    tangents = (direction, *(None for _ in args[1:]))
    assert np.allclose(along(args, tangents)[1], np.sum(gradient(*args) * direction))
    times = interleaved({"primal": lambda: primal(*args), "gradient": lambda: gradient(*args),
                         "hvp": lambda: product(*args, direction), "jvp": lambda: along(args, tangents)})
    table.add(f"gradient / primal, {name}", ratio(times["gradient"], times["primal"]), None, "x")
    table.add(f"value and tangent / primal, {name}", ratio(times["jvp"], times["primal"]), None, "x")
    table.add(f"Hessian times vector / gradient, {name}", ratio(times["hvp"], times["gradient"]), 2.5, "x")


def test_hessian_of_a_loop(table):
    autograd = pytest.importorskip("autograd")
    importlib.import_module("autograd.numpy")
    v = np.random.default_rng(1).random(100)
    ours, theirs = hessian(rosenbrock), autograd.hessian(rosenbrock)
    assert np.allclose(ours(v), theirs(v))
    times = interleaved({"ours": lambda: ours(v), "autograd": lambda: theirs(v)}, rounds=3)
    table.add("autograd / ours, Hessian of 100 variables in a loop", ratio(times["autograd"], times["ours"]), None, "x")


def logistic(w, x, y):
    return np.log(1.0 + np.exp(-y * np.dot(w, x)))


def test_gradients_of_examples(table):
    rng = np.random.default_rng(3)
    w, inputs, labels = rng.normal(size=20), rng.normal(size=(1000, 20)), np.sign(rng.normal(size=1000))
    one = grad(logistic)
    together = vmap(one, in_axes=(None, 0, 0))

    def looped():
        return np.stack([one(w, x, y) for x, y in zip(inputs, labels, strict=True)])

    assert np.allclose(together(w, inputs, labels), looped())
    times = interleaved({"vmap": lambda: together(w, inputs, labels), "loop": looped}, rounds=5)
    table.add("a loop over 1,000 examples / vmap(grad), 20 weights", ratio(times["loop"], times["vmap"]), None, "x")
