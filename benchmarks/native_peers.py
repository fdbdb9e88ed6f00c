"""The programs of `native_workloads` for JAX, PyTorch and HIPS autograd, as their users write them.

A program is written once over a module `np` of arrays and a function `scan(step, carry, xs)`, which gives the last carry: whole
arrays where the original has loops over independent parts, a scan over time where one step needs the one before. Where
neither is possible in PyTorch and autograd, which run loops as Python does, the program itself is used. `READY` has for each
peer a function of a workload and its arguments that gives its gradient as a function without arguments, converted to NumPy.
All use 64-bit numbers and one thread. Nothing is imported before it is used.
"""

import importlib
import math
import os

import native_workloads as work
import numpy


def whole_mixture(np, scan):
    def mixture(alphas, means, icf, x, gamma, m):
        n, d = x.shape
        k = len(alphas)
        columns, rows = numpy.triu_indices(d, 1)
        places = numpy.zeros((d * (d - 1) // 2, d * d))
        places[numpy.arange(len(rows)), rows * d + columns] = 1.0
        diagonals = np.exp(icf[:, :d])
        below = np.reshape(icf[:, d:] @ _constant(np, places), (k, d, d))
        factors = below + diagonals[:, :, None] * _constant(np, numpy.eye(d))
        scaled = np.matmul(x[None] - means[:, None, :], np.swapaxes(factors, 1, 2))
        sums = np.sum(icf[:, :d], 1)
        main = alphas + sums - 0.5 * np.sum(scaled**2, 2).T
        prior = 0.5 * gamma**2 * (np.sum(diagonals**2) + np.sum(icf[:, d:]**2)) - m * np.sum(sums)
        top = np.amax(main, 1)
        points = np.sum(top + np.log(np.sum(np.exp(main - top[:, None]), 1)))
        largest = np.amax(alphas, 0)
        weights = largest + np.log(np.sum(np.exp(alphas - largest)))
        return points - n * weights + prior - work.mixture_constant(n, d, k, gamma, m)
    return mixture


def whole_kmeans(np, scan):
    def kmeans(centres, points):
        distances = (np.sum(points**2, 1)[:, None] - 2.0 * points @ centres.T + np.sum(centres**2, 1)[None, :])
        return np.sum(np.amin(distances, 1))
    return kmeans


def whole_log_sum_exp(np, scan):
    def log_sum_exp(x):
        top = np.amax(x, 0)
        return top + np.log(np.sum(np.exp(x - top)))
    return log_sum_exp


def whole_least_squares(np, scan):
    def least_squares(x, a, b):
        return 0.5 * np.sum((a @ x - b)**2)
    return least_squares


def _cross(np, a, b):
    return np.stack([a[:, 1] * b[:, 2] - a[:, 2] * b[:, 1], a[:, 2] * b[:, 0] - a[:, 0] * b[:, 2],
                     a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]], 1)


def _project(np, camera, point):
    turn, vector = camera[:, :3], point - camera[:, 3:6]
    theta = np.sqrt(np.sum(turn**2, 1))[:, None]
    axis = turn / theta
    cosine, sine = np.cos(theta), np.sin(theta)
    along = np.sum(axis * vector, 1)[:, None] * (1.0 - cosine)
    seen = vector * cosine + _cross(np, axis, vector) * sine + axis * along
    flat = seen[:, :2] / seen[:, 2:]
    radius = np.sum(flat**2, 1)[:, None]
    return flat * (1.0 + camera[:, 9:10] * radius + camera[:, 10:11] * radius * radius) * camera[:, 6:7] + camera[:, 7:9]


def whole_bundle(np, scan):
    def bundle(cameras, points, weights, camera_of, point_of, features):
        seen = _project(np, cameras[camera_of], points[point_of])
        residuals = weights[:, None] * (seen - features)
        return 0.5 * (np.sum(residuals**2) + np.sum((1.0 - weights**2)**2))
    return bundle


def whole_bundle_row(np, scan):
    def bundle_row(seen, features, row):
        return np.sum(seen[:, 14] * (_project(np, seen[:, :11], seen[:, 11:14]) - features)[:, row])
    return bundle_row


def scanned_euler(np, scan):
    def euler(x, y, a, b, c, d, dt, steps):
        def step(carry, _):
            x, y = carry
            dx, dy = work.rates(x, y, a, b, c, d)
            return x + dt * dx, y + dt * dy
        x, y = scan(step, (x, y), steps)
        return x + y
    return euler


def scanned_runge_kutta(np, scan):
    def runge_kutta(x, y, a, b, c, d, dt, steps):
        def step(carry, _):
            x, y = carry
            x1, y1 = work.rates(x, y, a, b, c, d)
            x2, y2 = work.rates(x + 0.5 * dt * x1, y + 0.5 * dt * y1, a, b, c, d)
            x3, y3 = work.rates(x + 0.5 * dt * x2, y + 0.5 * dt * y2, a, b, c, d)
            x4, y4 = work.rates(x + dt * x3, y + dt * y3, a, b, c, d)
            return x + dt / 6.0 * (x1 + 2.0 * x2 + 2.0 * x3 + x4), y + dt / 6.0 * (y1 + 2.0 * y2 + 2.0 * y3 + y4)
        x, y = scan(step, (x, y), steps)
        return x + y
    return runge_kutta


def whole_n_body(np, scan):
    def n_body(positions, velocities, masses, softening):
        apart = positions[:, None, :] - positions[None, :, :]
        inverse = 1.0 / np.sqrt(np.sum(apart**2, 2) + softening)
        both = masses @ inverse @ masses - np.sum(masses**2) / math.sqrt(softening)
        return 0.5 * np.sum(masses[:, None] * velocities**2) - 0.5 * both
    return n_body


def whole_black_scholes(np, scan):
    def black_scholes(spot, rate, volatility, strike, maturity, normals):
        dt = maturity / normals.shape[1]
        moves = np.cumsum((rate - 0.5 * volatility**2) * dt + volatility * math.sqrt(dt) * normals, 1)
        mean = np.mean(spot * np.exp(moves), 1)
        return np.exp(-rate * maturity) * np.mean(np.where(mean > strike, mean - strike, 0.0 * mean))
    return black_scholes


def scanned_heston(np, scan):
    def heston(spot, variance, speed, level, wobble, correlation, rate, strike, maturity, normals, others):
        dt = maturity / normals.shape[1]
        rest = np.sqrt(1.0 - correlation**2)

        def step(carry, both):
            log_price, v = carry
            normal, second = both
            above = v > 0.0
            positive = np.where(above, v, 0.0 * v)
            root = np.where(above, np.sqrt(np.where(above, v, 1.0 + 0.0 * v) * dt), 0.0 * v)
            other = correlation * normal + rest * second
            return (log_price + (rate - 0.5 * positive) * dt + root * normal,
                    v + speed * (level - positive) * dt + wobble * root * other)

        zero = 0.0 * normals[:, 0]
        log_price, _ = scan(step, (np.log(spot) + zero, variance + zero), (normals.T, others.T))
        price = np.exp(log_price)
        return math.exp(-rate * maturity) * np.mean(np.where(price > strike, price - strike, 0.0 * price))
    return heston


def scanned_building(np, scan):
    def building(day_setpoint, night_setpoint, conductance, capacity, gain, days):
        hours = numpy.arange(24 * days) % 24
        occupied = (hours >= 6) & (hours < 23)
        outdoors = 4.0 - 6.0 * numpy.cos(2.0 * math.pi * (hours - 3.0) / 24.0)
        gains = numpy.where((hours >= 8) & (hours <= 16), 1.2 * (1.0 - ((hours - 12.0) / 4.0)**2), 0.0)
        prices = numpy.where((hours >= 7) & (hours < 22), 0.32, 0.20)

        def step(carry, now):
            cost, temperature = carry
            occupied, outdoor, gained, price = now
            setpoint = np.where(occupied, day_setpoint, night_setpoint)
            power = np.clip(gain * (setpoint - temperature), 0.0, 6.0)
            loss = conductance * (temperature - outdoor)
            temperature = temperature + (power + gained - loss) / capacity
            cold = np.where(occupied & (temperature < 20.0), 20.0 - temperature, 0.0)
            return cost + price * power + 0.5 * cold**2, temperature
        zero = 0.0 * day_setpoint
        return scan(step, (zero, 17.0 + zero), tuple(_constant(np, a) for a in (occupied, outdoors, gains, prices)))[0]
    return building


def scanned_kalman(np, scan):
    def kalman(transition, noise, observe, variance, measured):
        d = len(observe)

        def step(carry, value):
            mean, covariance, likelihood = carry
            mean = transition @ mean
            covariance = transition @ covariance @ transition.T + noise
            innovation = value - observe @ mean
            across = covariance @ observe
            spread = observe @ across + variance
            gain = across / spread
            return (mean + gain * innovation, covariance - gain[:, None] * across[None, :],
                    likelihood - 0.5 * (np.log(2.0 * math.pi * spread) + innovation**2 / spread))
        return scan(step, (0.0 * observe, _constant(np, numpy.eye(d)), 0.0 * variance), measured)[2]
    return kalman


def scanned_lstm(np, scan):
    def lstm(main, extra, state, sequence):
        steps, width = sequence.shape
        layers = len(main) // 2

        def sigmoid(x):
            return 1.0 / (1.0 + np.exp(-x))

        def step(carry, both):
            *states, total = carry
            now, then = both
            x, new = now * extra[0], []
            for l in range(layers):
                hidden, cell = states[2 * l], states[2 * l + 1]
                weights = np.reshape(main[2 * l], (4, width))
                biases = np.reshape(main[2 * l + 1], (4, width))
                forget, enter = sigmoid(x * weights[0] + biases[0]), sigmoid(hidden * weights[1] + biases[1])
                leave, change = sigmoid(x * weights[2] + biases[2]), np.tanh(hidden * weights[3] + biases[3])
                cell = cell * forget + enter * change
                x = leave * np.tanh(cell)
                new += [x, cell]
            out = x * extra[1] + extra[2]
            return (*new, total + np.sum(then * (out - np.log(2.0 + np.sum(np.exp(out))))))
        start = (*(state[l] for l in range(2 * layers)), 0.0 * state[0, 0])
        return -scan(step, start, (sequence[:-1], sequence[1:]))[-1] / ((steps - 1) * width)
    return lstm


def whole_determinant(np, scan):
    def determinant(a):
        n = a.shape[-1]
        if n == 1:
            return a[..., 0, 0]
        rest = numpy.array([[column for column in range(n) if column != j] for j in range(n)])
        minors = np.swapaxes(a[..., 1:, :][..., rest], -3, -2)
        signs = _constant(np, (-1.0)**numpy.arange(n))
        return np.sum(signs * a[..., 0, :] * determinant(minors), -1)
    return determinant


WRITTEN = {
    "mixture": whole_mixture, "kmeans": whole_kmeans, "log_sum_exp": whole_log_sum_exp, "least_squares": whole_least_squares,
    "bundle": whole_bundle, "bundle_row": whole_bundle_row, "euler": scanned_euler, "runge_kutta": scanned_runge_kutta,
    "n_body": whole_n_body, "black_scholes": whole_black_scholes, "heston": scanned_heston, "building": scanned_building,
    "kalman": scanned_kalman, "lstm": scanned_lstm, "determinant": whole_determinant,
}
EAGER = {"building"}
"""Numbers and branches: in PyTorch and autograd the program itself."""


def _constant(np, array):
    """An array of NumPy as the module wants it."""
    return np.from_numpy(array) if np.__name__ == "torch" else array


def _loop(step, carry, xs):
    """A scan as Python runs it."""
    if isinstance(xs, int):
        for _ in range(xs):
            carry = step(carry, None)
    elif isinstance(xs, tuple):
        for x in zip(*xs, strict=True):
            carry = step(carry, x)
    else:
        for x in xs:
            carry = step(carry, x)
    return carry


def with_jax(workload, args):
    """`jax.jit(jax.grad(...))`: compiled here, before the clock runs."""
    os.environ.setdefault("XLA_FLAGS", "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1")
    os.environ.setdefault("JAX_PLATFORMS", "cpu")
    jax = importlib.import_module("jax")
    jax.config.update("jax_enable_x64", True)

    def scan(step, carry, xs):
        given, length = (None, xs) if isinstance(xs, int) else (xs, None)
        return jax.lax.scan(lambda c, x: (step(c, x), None), carry, given, length=length)[0]

    primal = WRITTEN[workload.name](jax.numpy, scan)
    fixed = tuple(k for k, a in enumerate(args) if k not in workload.wrt and isinstance(a, int | float))
    gradient = jax.jit(jax.grad(primal, argnums=workload.wrt), static_argnums=fixed)
    given = [a if k in fixed else jax.numpy.asarray(a) for k, a in enumerate(args)]

    def call():
        return tuple(numpy.asarray(g) for g in gradient(*given))
    return call


def with_torch(workload, args):
    """`torch.autograd.grad`, run as written."""
    torch = importlib.import_module("torch")
    torch.set_num_threads(1)
    primal = workload.primal if workload.name in EAGER else WRITTEN[workload.name](torch, _loop)
    given = [torch.from_numpy(a) if isinstance(a, numpy.ndarray) else a for a in args]
    for k in workload.wrt:
        given[k] = torch.as_tensor(given[k], dtype=torch.float64).clone().requires_grad_()
    sought = [given[k] for k in workload.wrt]

    def call():
        return tuple(g.numpy() for g in torch.autograd.grad(primal(*given), sought))
    return call


def with_autograd(workload, args):
    """`autograd.grad`, run as written."""
    np = importlib.import_module("autograd.numpy")
    grad = importlib.import_module("autograd").grad
    primal = workload.primal if workload.name in EAGER else WRITTEN[workload.name](np, _loop)

    def packed(parts):
        given = list(args)
        for k, part in zip(workload.wrt, parts, strict=True):
            given[k] = part
        return primal(*given)

    gradient, parts = grad(packed), tuple(args[k] for k in workload.wrt)
    return lambda: gradient(parts)


READY = {"jax": with_jax, "torch": with_torch, "autograd": with_autograd}
