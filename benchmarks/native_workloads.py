"""The programs that are timed under Numba, as a scientist writes them: loops over the elements of arrays.

Nothing in them is meant to help a compiler. Each docstring names the source of the definition. `WORKLOADS` lists them with
what is differentiated and with arguments of several sizes, which are the same in every run. The last size of a workload is the
one that the aims are about.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

# --- statistics and fitting --------------------------------------------------------------------------------------


def mixture(alphas, means, icf, x, gamma, m):
    """Log-likelihood of a Gaussian mixture with a Wishart prior: ADBench (Srajer, Kukelova and Fitzgibbon 2018).

    `icf`: for each component the logarithms of the diagonal of a lower triangular factor of the inverse covariance, then
    what is below the diagonal, column after column.
    """
    n, d = x.shape
    k = len(alphas)
    diagonals = np.zeros((k, d))
    sums = np.zeros(k)
    prior = 0.0
    for j in range(k):
        squares = 0.0
        for a in range(d):
            sums[j] += icf[j, a]
            diagonals[j, a] = math.exp(icf[j, a])
            squares += diagonals[j, a] ** 2
        for p in range(d, d * (d + 1) // 2):
            squares += icf[j, p] ** 2
        prior += 0.5 * gamma**2 * squares - m * sums[j]
    main = np.zeros(k)
    scaled = np.zeros(d)
    points = 0.0
    for i in range(n):
        for j in range(k):
            for a in range(d):
                scaled[a] = diagonals[j, a] * (x[i, a] - means[j, a])
            p = d
            for a in range(d):
                for b in range(a + 1, d):
                    scaled[b] += icf[j, p] * (x[i, a] - means[j, a])
                    p += 1
            squares = 0.0
            for a in range(d):
                squares += scaled[a] ** 2
            main[j] = alphas[j] + sums[j] - 0.5 * squares
        points += log_sum_exp(main)
    return points - n * log_sum_exp(alphas) + prior - mixture_constant(n, d, k, gamma, m)


def mixture_constant(n, d, k, gamma, m):
    freedom = d + m + 1
    log_gamma = 0.25 * d * (d - 1) * math.log(math.pi)
    for i in range(d):
        log_gamma += math.lgamma(0.5 * (freedom - i))
    return 0.5 * n * d * math.log(2.0 * math.pi) + k * (freedom * d * (math.log(gamma) - 0.5 * math.log(2.0)) - log_gamma)


def mixture_arguments(d, k, n=1000):
    rng = np.random.default_rng(2)
    return (rng.normal(size=k), rng.random((k, d)), rng.normal(size=(k, d * (d + 1) // 2)) / math.sqrt(d),
            rng.normal(size=(n, d)), 1.0, 0)


def kmeans(centres, points):
    """The sum over points of the squared distance from the nearest centre: Lloyd (1982)."""
    n, d = points.shape
    total = 0.0
    for i in range(n):
        nearest = math.inf
        for j in range(len(centres)):
            distance = 0.0
            for a in range(d):
                distance += (points[i, a] - centres[j, a]) ** 2
            if distance < nearest:
                nearest = distance
        total += nearest
    return total


def kmeans_arguments(k, n, d):
    rng = np.random.default_rng(3)
    return rng.normal(size=(k, d)), rng.normal(size=(n, d))


def log_sum_exp(x):
    """log of the sum of exp(x), with the largest element taken out: Blanchard, D. Higham and N. Higham (2021)."""
    top = x[0]
    for i in range(1, len(x)):
        if x[i] > top:
            top = x[i]
    total = 0.0
    for i in range(len(x)):
        total += math.exp(x[i] - top)
    return top + math.log(total)


def log_sum_exp_arguments(n):
    return (np.random.default_rng(1).normal(size=n) * 3,)


def least_squares(x, a, b):
    """Half the sum of squares of a x - b (Gauss 1809)."""
    total = 0.0
    for i in range(len(b)):
        residual = -b[i]
        for j in range(len(x)):
            residual += a[i, j] * x[j]
        total += residual**2
    return 0.5 * total


def least_squares_arguments(n, m):
    rng = np.random.default_rng(4)
    return rng.normal(size=m), rng.normal(size=(n, m)), rng.normal(size=n)


# --- bundle adjustment ---------------------------------------------------------------------------------------------


def rotate(rx, ry, rz, x, y, z):
    """Rodrigues' formula: a vector turned about an axis by the length of the axis."""
    square = rx * rx + ry * ry + rz * rz
    if square == 0.0:
        return x + ry * z - rz * y, y + rz * x - rx * z, z + rx * y - ry * x
    theta = math.sqrt(square)
    cosine, sine = math.cos(theta), math.sin(theta)
    wx, wy, wz = rx / theta, ry / theta, rz / theta
    along = (wx * x + wy * y + wz * z) * (1.0 - cosine)
    return (x * cosine + (wy * z - wz * y) * sine + wx * along, y * cosine + (wz * x - wx * z) * sine + wy * along,
            z * cosine + (wx * y - wy * x) * sine + wz * along)


def project(camera, point):
    """Where a camera of 11 parameters (rotation, centre, focal length, principal point, distortion) sees a point."""
    x, y, z = rotate(camera[0], camera[1], camera[2], point[0] - camera[3], point[1] - camera[4], point[2] - camera[5])
    u, v = x / z, y / z
    radius = u * u + v * v
    distortion = 1.0 + camera[9] * radius + camera[10] * radius * radius
    return u * distortion * camera[6] + camera[7], v * distortion * camera[6] + camera[8]


def bundle(cameras, points, weights, camera_of, point_of, features):
    """Half the sum of squares of all residuals of ADBench's bundle adjustment: two of each observation, and 1 - w**2."""
    total = 0.0
    for i in range(len(weights)):
        u, v = project(cameras[camera_of[i]], points[point_of[i]])
        w = weights[i]
        total += (w * (u - features[i, 0])) ** 2 + (w * (v - features[i, 1])) ** 2 + (1.0 - w * w) ** 2
    return 0.5 * total


def bundle_arguments(n_cameras, n_points, n):
    rng = np.random.default_rng(5)
    cameras = np.concatenate([0.2 * rng.normal(size=(n_cameras, 3)), rng.normal(size=(n_cameras, 3)) - [0.0, 0.0, 8.0],
                              1.0 + rng.random((n_cameras, 1)), 0.1 * rng.normal(size=(n_cameras, 2)),
                              0.01 * rng.normal(size=(n_cameras, 2))], axis=1)
    return (cameras, rng.normal(size=(n_points, 3)), rng.random(n), rng.integers(0, n_cameras, n),
            rng.integers(0, n_points, n), rng.normal(size=(n, 2)))


def bundle_row(seen, features, row):
    """The sum over observations of one of the two residuals w (project - feature), from the 11 + 3 + 1 numbers of each.

    Its gradient, an array like `seen`, holds a row of the 2 x 15 Jacobian of every observation, as ADBench asks for. (The row
    of the weight, -2 w, needs no program.)
    """
    total = 0.0
    for i in range(len(seen)):
        u, v = project(seen[i, :11], seen[i, 11:14])
        if row == 0:
            total += seen[i, 14] * (u - features[i, 0])
        else:
            total += seen[i, 14] * (v - features[i, 1])
    return total


def bundle_row_arguments(n_cameras, n_points, n):
    cameras, points, weights, camera_of, point_of, features = bundle_arguments(n_cameras, n_points, n)
    return np.concatenate([cameras[camera_of], points[point_of], weights[:, None]], axis=1), features, 1


# --- differential equations ----------------------------------------------------------------------------------------


def rates(x, y, a, b, c, d):
    """Hares and lynxes: Lotka (1925), Volterra (1926)."""
    return a * x - b * x * y, c * x * y - d * y


def euler(x, y, a, b, c, d, dt, steps):
    """Both populations at the end, summed, by Euler's method."""
    for _ in range(steps):
        dx, dy = rates(x, y, a, b, c, d)
        x += dt * dx
        y += dt * dy
    return x + y


def runge_kutta(x, y, a, b, c, d, dt, steps):
    """The same by the method of order four of Kutta (1901)."""
    for _ in range(steps):
        x1, y1 = rates(x, y, a, b, c, d)
        x2, y2 = rates(x + 0.5 * dt * x1, y + 0.5 * dt * y1, a, b, c, d)
        x3, y3 = rates(x + 0.5 * dt * x2, y + 0.5 * dt * y2, a, b, c, d)
        x4, y4 = rates(x + dt * x3, y + dt * y3, a, b, c, d)
        x += dt / 6.0 * (x1 + 2.0 * x2 + 2.0 * x3 + x4)
        y += dt / 6.0 * (y1 + 2.0 * y2 + 2.0 * y3 + y4)
    return x + y


def ode_arguments(steps):
    return 10.0, 5.0, 1.1, 0.4, 0.1, 0.4, 0.002, steps


def n_body(positions, velocities, masses, softening):
    """Kinetic energy and softened potential energy of bodies that attract each other: Aarseth (1963)."""
    energy = 0.0
    for i in range(len(masses)):
        energy += 0.5 * masses[i] * (velocities[i, 0] ** 2 + velocities[i, 1] ** 2 + velocities[i, 2] ** 2)
        for j in range(i + 1, len(masses)):
            dx = positions[i, 0] - positions[j, 0]
            dy = positions[i, 1] - positions[j, 1]
            dz = positions[i, 2] - positions[j, 2]
            energy -= masses[i] * masses[j] / math.sqrt(dx * dx + dy * dy + dz * dz + softening)
    return energy


def n_body_arguments(n):
    rng = np.random.default_rng(6)
    return rng.normal(size=(n, 3)), rng.normal(size=(n, 3)), rng.random(n), 1e-2


# --- finance and energy --------------------------------------------------------------------------------------------


def black_scholes(spot, rate, volatility, strike, maturity, normals):
    """The price of a call on the mean of a price that follows Black and Scholes (1973), by Monte Carlo (Boyle 1977)."""
    paths, steps = normals.shape
    dt = maturity / steps
    total = 0.0
    for i in range(paths):
        price = spot
        mean = 0.0
        for t in range(steps):
            price *= math.exp((rate - 0.5 * volatility**2) * dt + volatility * math.sqrt(dt) * normals[i, t])
            mean += price / steps
        if mean > strike:
            total += mean - strike
    return math.exp(-rate * maturity) * total / paths


def black_scholes_arguments(paths, steps):
    return 100.0, 0.05, 0.2, 100.0, 1.0, np.random.default_rng(7).normal(size=(paths, steps))


def heston(spot, variance, speed, level, wobble, correlation, rate, strike, maturity, normals, others):
    """The price of a call where the variance is random (Heston 1993): full truncation (Lord, Koekkoek, van Dijk 2010)."""
    paths, steps = normals.shape
    dt = maturity / steps
    total = 0.0
    for i in range(paths):
        log_price = math.log(spot)
        v = variance
        for t in range(steps):
            positive = 0.0
            root = 0.0
            if v > 0.0:
                positive = v
                root = math.sqrt(v * dt)
            other = correlation * normals[i, t] + math.sqrt(1.0 - correlation**2) * others[i, t]
            log_price += (rate - 0.5 * positive) * dt + root * normals[i, t]
            v += speed * (level - positive) * dt + wobble * root * other
        price = math.exp(log_price)
        if price > strike:
            total += price - strike
    return math.exp(-rate * maturity) * total / paths


def heston_arguments(paths, steps):
    rng = np.random.default_rng(8)
    return (100.0, 0.04, 1.5, 0.04, 0.5, -0.7, 0.03, 100.0, 1.0, rng.normal(size=(paths, steps)),
            rng.normal(size=(paths, steps)))


def outdoor_temperature(hour):
    return 4.0 - 6.0 * math.cos(2.0 * math.pi * (hour - 3.0) / 24.0)


def solar_gain(hour):
    if 8 <= hour <= 16:
        return 1.2 * (1.0 - ((hour - 12.0) / 4.0) ** 2)
    return 0.0


def building(day_setpoint, night_setpoint, conductance, capacity, gain, days):
    """What heating costs, hour by hour, in a room of one thermal mass: `examples/building_energy.py`, for more days."""
    cost = 0.0
    temperature = 17.0
    for step in range(24 * days):
        hour = step % 24
        occupied = 6 <= hour < 23
        setpoint = day_setpoint if occupied else night_setpoint
        power = min(max(gain * (setpoint - temperature), 0.0), 6.0)
        loss = conductance * (temperature - outdoor_temperature(hour))
        temperature += (power + solar_gain(hour) - loss) / capacity
        price = 0.32 if 7 <= hour < 22 else 0.20
        cost += price * power
        if occupied and temperature < 20.0:
            cost += 0.5 * (20.0 - temperature) ** 2
    return cost


def building_arguments(days):
    return 20.5, 16.5, 0.18, 4.0, 2.0, days


# --- filters, networks, recursion ------------------------------------------------------------------------------------


def kalman(transition, noise, observe, variance, measured):
    """Log-likelihood of a linear state-space model with one measurement a step: Kalman (1960), Schweppe (1965)."""
    mean = np.zeros(len(observe))
    covariance = np.eye(len(observe))
    likelihood = 0.0
    for t in range(len(measured)):
        mean = transition @ mean
        covariance = transition @ covariance @ transition.T + noise
        innovation = measured[t] - observe @ mean
        across = covariance @ observe
        spread = observe @ across + variance
        gain = across / spread
        mean = mean + gain * innovation
        covariance = covariance - np.outer(gain, across)
        likelihood -= 0.5 * (math.log(2.0 * math.pi * spread) + innovation**2 / spread)
    return likelihood


def kalman_arguments(d, steps):
    rng = np.random.default_rng(9)
    transition = 0.9 * np.eye(d) + 0.05 * rng.normal(size=(d, d))
    root = rng.normal(size=(d, d)) / d
    return transition, root @ root.T + 0.1 * np.eye(d), rng.normal(size=d), 0.5, rng.normal(size=steps)


def sigmoid(x):
    return 1.0 / (1.0 + math.exp(-x))


def lstm(main, extra, state, sequence):
    """The loss of a net of long short-term memories (Hochreiter and Schmidhuber 1997) on a sequence, as ADBench has it.

    Of layer l, row 2 l of `main` holds four sets of weights and row 2 l + 1 the biases; rows 2 l and 2 l + 1 of `state` its
    hidden values and its cells.
    """
    steps, width = sequence.shape
    state = state.copy()
    x = np.zeros(width)
    total = 0.0
    for t in range(steps - 1):
        for i in range(width):
            x[i] = sequence[t, i] * extra[0, i]
        for l in range(0, len(main), 2):
            for i in range(width):
                forget = sigmoid(x[i] * main[l, i] + main[l + 1, i])
                enter = sigmoid(state[l, i] * main[l, width + i] + main[l + 1, width + i])
                leave = sigmoid(x[i] * main[l, 2 * width + i] + main[l + 1, 2 * width + i])
                change = math.tanh(state[l, i] * main[l, 3 * width + i] + main[l + 1, 3 * width + i])
                state[l + 1, i] = state[l + 1, i] * forget + enter * change
                state[l, i] = leave * math.tanh(state[l + 1, i])
                x[i] = state[l, i]
        norm = 2.0
        for i in range(width):
            norm += math.exp(x[i] * extra[1, i] + extra[2, i])
        for i in range(width):
            total += sequence[t + 1, i] * (x[i] * extra[1, i] + extra[2, i] - math.log(norm))
    return -total / ((steps - 1) * width)


def lstm_arguments(layers, steps, width=14):
    rng = np.random.default_rng(10)
    return (rng.normal(size=(2 * layers, 4 * width)), rng.normal(size=(3, width)), rng.normal(size=(2 * layers, width)),
            rng.integers(0, 2, (steps, width)).astype(float))


def determinant(a):
    """The determinant by minors of the first row: Laplace (1772)."""
    n = len(a)
    if n == 1:
        return a[0, 0]
    total = 0.0
    sign = 1.0
    for j in range(n):
        minor = np.zeros((n - 1, n - 1))
        for row in range(1, n):
            for column in range(n - 1):
                minor[row - 1, column] = a[row, column if column < j else column + 1]
        total += sign * a[0, j] * determinant(minor)
        sign = -sign
    return total


def determinant_arguments(n):
    return (np.random.default_rng(11).normal(size=(n, n)),)


@dataclass(frozen=True)
class Workload:
    """A program: `wrt` are the positions of what is differentiated, `sizes` what `arguments` takes, the smallest first."""

    primal: Callable
    wrt: tuple[int, ...]
    arguments: Callable
    sizes: tuple[tuple[int, ...], ...]
    tiny: tuple[int, ...]

    @property
    def name(self):
        return self.primal.__name__

    def of(self, size):
        """Arguments of this size."""
        return self.arguments(*size)


WORKLOADS = [
    Workload(mixture, (0, 1, 2), mixture_arguments, ((2, 5), (10, 5), (20, 25), (64, 100)), (3, 2, 4)),
    Workload(kmeans, (0,), kmeans_arguments, ((10, 1000, 2), (100, 10_000, 8)), (3, 7, 2)),
    Workload(log_sum_exp, (0,), log_sum_exp_arguments, ((1000,), (80_000,), (1_280_000,)), (5,)),
    Workload(least_squares, (0,), least_squares_arguments, ((64, 16), (512, 128), (4096, 512)), (5, 3)),
    Workload(bundle, (0, 1, 2), bundle_arguments, ((21, 11_315, 36_455),), (2, 3, 4)),
    Workload(bundle_row, (0,), bundle_row_arguments, ((49, 7776, 31_843),), (2, 3, 4)),
    Workload(euler, (0, 1, 2, 3, 4, 5), ode_arguments, ((1000,), (10_000,)), (10,)),
    Workload(runge_kutta, (0, 1, 2, 3, 4, 5), ode_arguments, ((1000,), (10_000,)), (10,)),
    Workload(n_body, (0, 1), n_body_arguments, ((100,), (1000,)), (4,)),
    Workload(black_scholes, (0, 1, 2), black_scholes_arguments, ((100, 50), (10_000, 100)), (4, 3)),
    Workload(heston, (0, 1, 2, 3, 4, 5), heston_arguments, ((100, 50), (10_000, 100)), (6, 30)),
    Workload(building, (0, 1, 2), building_arguments, ((10,), (365,)), (2,)),
    Workload(kalman, (0, 1, 3), kalman_arguments, ((4, 100), (4, 1000)), (3, 5)),
    Workload(lstm, (0, 1), lstm_arguments, ((2, 64), (2, 1024)), (2, 4, 3)),
    Workload(determinant, (0,), determinant_arguments, ((5,), (8,)), (4,)),
]
