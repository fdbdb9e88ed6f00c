"""The array programs that are timed: the function, and its gradient as an expert writes it in NumPy.

Each pair gives the same numbers; `arguments` of a workload makes its inputs, `WORKLOADS` lists them.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

# --- a net of two layers, 256 samples, 64 inputs, 256 hidden units, 10 classes ---------------------------------


def net(w1, b1, w2, b2, inputs, labels):
    hidden = np.tanh(inputs @ w1 + b1)
    logits = hidden @ w2 + b2
    shifted = logits - np.max(logits, axis=1, keepdims=True)
    log_p = shifted - np.log(np.sum(np.exp(shifted), axis=1, keepdims=True))
    return -np.mean(log_p[np.arange(len(labels)), labels])


def net_by_hand(w1, b1, w2, b2, inputs, labels):
    n = len(labels)
    hidden = np.tanh(inputs @ w1 + b1)
    logits = hidden @ w2 + b2
    p = np.exp(logits - np.max(logits, axis=1, keepdims=True))
    p /= np.sum(p, axis=1, keepdims=True)
    p[np.arange(n), labels] -= 1.0
    p /= n
    hidden_bar = p @ w2.T
    hidden_bar *= 1.0 - hidden * hidden
    return inputs.T @ hidden_bar, np.sum(hidden_bar, axis=0), hidden.T @ p, np.sum(p, axis=0)


def net_arguments():
    rng = np.random.default_rng(0)
    return (rng.normal(size=(64, 256)) / 8, rng.normal(size=256) / 10, rng.normal(size=(256, 10)) / 16,
            rng.normal(size=10) / 10, rng.normal(size=(256, 64)), rng.integers(0, 10, 256))


# --- log of a sum of exponentials, 80,000 numbers ----------------------------------------------------------------


def log_sum_exp(x):
    top = np.max(x)
    return top + np.log(np.sum(np.exp(x - top)))


def log_sum_exp_by_hand(x):
    p = np.exp(x - np.max(x))
    p /= np.sum(p)
    return p


def log_sum_exp_arguments():
    return (np.random.default_rng(1).normal(size=80_000) * 3,)


# --- log-likelihood of a Gaussian mixture with a Wishart prior: 1000 points, 10 dimensions, 5 components ---------
# As defined by ADBench (Srajer, Kukelova and Fitzgibbon 2018). `icf`: for each component the logarithms of the diagonal
# of a lower triangular factor of the inverse covariance, then what is below the diagonal, column after column.


def mixture(alphas, means, icf, x, rows, cols, gamma, m):
    n, d = x.shape
    k = len(alphas)
    main = np.zeros((n, k))
    prior = 0.0
    for j in range(k):
        log_diagonal, below = icf[j, :d], icf[j, d:]
        diagonal = np.exp(log_diagonal)
        factor = np.diag(diagonal)
        factor[rows, cols] = below
        scaled = (x - means[j]) @ factor.T
        main[:, j] = alphas[j] + np.sum(log_diagonal) - 0.5 * np.sum(scaled * scaled, axis=1)
        prior += 0.5 * gamma**2 * (np.sum(diagonal**2) + np.sum(below**2)) - m * np.sum(log_diagonal)
    top = np.max(main, axis=1)
    points = np.sum(top + np.log(np.sum(np.exp(main - top[:, None]), axis=1)))
    weights = np.log(np.sum(np.exp(alphas - np.max(alphas)))) + np.max(alphas)
    return points - n * weights + prior - mixture_constant(n, d, k, gamma, m)


def mixture_constant(n, d, k, gamma, m):
    freedom = d + m + 1
    log_gamma = 0.25 * d * (d - 1) * math.log(math.pi)
    for i in range(d):
        log_gamma += math.lgamma(0.5 * (freedom - i))
    return 0.5 * n * d * math.log(2 * math.pi) + k * (freedom * d * (math.log(gamma) - 0.5 * math.log(2)) - log_gamma)


def mixture_by_hand(alphas, means, icf, x, rows, cols, gamma, m):
    n, d = x.shape
    k = len(alphas)
    main = np.empty((n, k))
    kept = []
    for j in range(k):
        diagonal = np.exp(icf[j, :d])
        factor = np.diag(diagonal)
        factor[rows, cols] = icf[j, d:]
        centred = x - means[j]
        scaled = centred @ factor.T
        main[:, j] = alphas[j] + np.sum(icf[j, :d]) - 0.5 * np.sum(scaled * scaled, axis=1)
        kept.append((diagonal, factor, centred, scaled))
    p = np.exp(main - np.max(main, axis=1, keepdims=True))
    p /= np.sum(p, axis=1, keepdims=True)
    totals = np.sum(p, axis=0)
    weights = np.exp(alphas - np.max(alphas))
    alphas_bar = totals - n * weights / np.sum(weights)
    means_bar, icf_bar = np.empty_like(means), np.empty_like(icf)
    for j, (diagonal, factor, centred, scaled) in enumerate(kept):
        scaled *= -p[:, j, None]
        factor_bar = scaled.T @ centred
        means_bar[j] = -np.sum(scaled, axis=0) @ factor
        icf_bar[j, :d] = totals[j] - m + diagonal * (np.diagonal(factor_bar) + gamma**2 * diagonal)
        icf_bar[j, d:] = factor_bar[rows, cols] + gamma**2 * icf[j, d:]
    return alphas_bar, means_bar, icf_bar


def mixture_arguments(n=1000, d=10, k=5):
    rng = np.random.default_rng(2)
    cols, rows = np.triu_indices(d, 1)
    return (rng.normal(size=k), rng.random((k, d)), rng.normal(size=(k, d * (d + 1) // 2)), rng.normal(size=(n, d)),
            rows, cols, 1.0, 0)


# --- heat in a plate: a stencil of 5 points, 200 x 200, 50 steps --------------------------------------------------


def heat(u0, dt, steps):
    u = u0.copy()
    for _ in range(steps):
        u[1:-1, 1:-1] += dt * (u[:-2, 1:-1] + u[2:, 1:-1] + u[1:-1, :-2] + u[1:-1, 2:] - 4.0 * u[1:-1, 1:-1])
    return np.sum(u * u)


def heat_by_hand(u0, dt, steps):
    u = u0.copy()
    for _ in range(steps):
        u[1:-1, 1:-1] += dt * (u[:-2, 1:-1] + u[2:, 1:-1] + u[1:-1, :-2] + u[1:-1, 2:] - 4.0 * u[1:-1, 1:-1])
    u_bar = 2.0 * u
    for _ in range(steps):
        change = dt * u_bar[1:-1, 1:-1]
        u_bar[:-2, 1:-1] += change
        u_bar[2:, 1:-1] += change
        u_bar[1:-1, :-2] += change
        u_bar[1:-1, 2:] += change
        u_bar[1:-1, 1:-1] -= 4.0 * change
    return u_bar


def heat_arguments():
    return np.random.default_rng(3).random((200, 200)), 0.2, 50


# --- the same with a conductivity at every point, which is what is sought -----------------------------------------


def conductivity(a, u0, dt, steps):
    u = u0.copy()
    for _ in range(steps):
        u[1:-1, 1:-1] += dt * a * (u[:-2, 1:-1] + u[2:, 1:-1] + u[1:-1, :-2] + u[1:-1, 2:] - 4.0 * u[1:-1, 1:-1])
    return np.sum(u * u)


def conductivity_by_hand(a, u0, dt, steps):
    u = u0.copy()
    rate = dt * a
    kept = []
    for _ in range(steps):
        curvature = u[:-2, 1:-1] + u[2:, 1:-1] + u[1:-1, :-2] + u[1:-1, 2:] - 4.0 * u[1:-1, 1:-1]
        u[1:-1, 1:-1] += rate * curvature
        kept.append(curvature)
    u_bar = 2.0 * u
    rate_bar = np.zeros_like(a)
    for curvature in reversed(kept):
        curvature *= u_bar[1:-1, 1:-1]
        rate_bar += curvature
        change = rate * u_bar[1:-1, 1:-1]
        u_bar[:-2, 1:-1] += change
        u_bar[2:, 1:-1] += change
        u_bar[1:-1, :-2] += change
        u_bar[1:-1, 2:] += change
        u_bar[1:-1, 1:-1] -= 4.0 * change
    return dt * rate_bar


def conductivity_arguments():
    rng = np.random.default_rng(4)
    return 0.5 + rng.random((198, 198)), rng.random((200, 200)), 0.15, 50


# --- log-likelihood of a Gaussian process, 300 points --------------------------------------------------------------


def process(log_scales, x, y):
    """`log_scales`: logarithms of amplitude, length and noise; Rasmussen and Williams (2006), algorithm 2.1."""
    amplitude, length, noise = np.exp(log_scales[0]), np.exp(log_scales[1]), np.exp(log_scales[2])
    distance = (x[:, None] - x[None, :]) / length
    covariance = amplitude**2 * np.exp(-0.5 * distance**2) + noise**2 * np.eye(len(x))
    factor = np.linalg.cholesky(covariance)
    alpha = np.linalg.solve(factor.T, np.linalg.solve(factor, y))
    return -0.5 * (y @ alpha) - np.sum(np.log(np.diag(factor))) - 0.5 * len(x) * np.log(2 * np.pi)


def process_by_hand(log_scales, x, y):
    """Rasmussen and Williams (2006), equation 5.9: half the trace of (alpha alpha^T - K^-1) dK."""
    amplitude, length, noise = np.exp(log_scales)
    distance = (x[:, None] - x[None, :]) / length
    squared = distance**2
    smooth = amplitude**2 * np.exp(-0.5 * squared)
    covariance = smooth.copy()
    covariance.flat[::len(x) + 1] += noise**2
    inverse = np.linalg.inv(covariance)
    alpha = inverse @ y
    covariance_bar = 0.5 * (np.outer(alpha, alpha) - inverse)
    trace = np.trace(covariance_bar)
    covariance_bar *= smooth
    return np.array([2.0 * np.sum(covariance_bar), np.vdot(covariance_bar, squared), 2.0 * noise**2 * trace])


def process_arguments():
    rng = np.random.default_rng(5)
    x = np.sort(rng.random(300)) * 10
    return np.log([1.0, 0.7, 0.3]), x, np.sin(2 * x) + 0.3 * rng.normal(size=300)


@dataclass(frozen=True)
class Workload:
    """A program: `wrt` are the positions of what is differentiated."""

    name: str
    primal: Callable
    by_hand: Callable
    arguments: Callable
    wrt: int | tuple[int, ...]


WORKLOADS = [
    Workload("net 256x64x256x10", net, net_by_hand, net_arguments, (0, 1, 2, 3)),
    Workload("log-sum-exp of 80,000", log_sum_exp, log_sum_exp_by_hand, log_sum_exp_arguments, 0),
    Workload("Gaussian mixture, n=1000 d=10 k=5", mixture, mixture_by_hand, mixture_arguments, (0, 1, 2)),
    Workload("heat 200x200, 50 steps, by u0", heat, heat_by_hand, heat_arguments, 0),
    Workload("heat 200x200, 50 steps, by conductivity", conductivity, conductivity_by_hand, conductivity_arguments, 0),
    Workload("Gaussian process, n=300", process, process_by_hand, process_arguments, 0),
]
