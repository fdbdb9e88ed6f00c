"""Gradients of the programs of `native_workloads`, written by hand for Numba: about as fast as they can be.

Each function has the name and the arguments of its program and gives a tuple of gradients. What is done by hand: forward and
reverse of independent parts in one loop; exact arrays for what a reverse loop needs; inner loops over what lies next to
each other; reductions that may be reordered (`fast`); `exp` and `tanh` that compilers can vectorise; products of large
matrices left to BLAS. They are plain Python too, so that tests can run them without Numba.
"""

import math

import numpy as np

FAST = {"reassoc", "contract", "arcp", "nsz"}


def fast(*flags):
    """A function whose sums may be reordered: the flags are Numba's `fastmath`."""
    def mark(function):
        function.fastmath = set(flags) if flags else FAST
        return function
    return mark


# --- exp and tanh as compilers vectorise them -------------------------------------------------------------------------


@fast("contract", "arcp", "nsz")
def exponential(x):
    """exp(x) between -708 and 708, beyond which x counts as these: Taylor's polynomial after a reduction by powers of 2."""
    x = min(max(x, -708.0), 708.0)
    shifted = x * 1.4426950408889634 + 6755399441055744.0
    whole = shifted - 6755399441055744.0
    r = x - whole * 0.693145751953125 - whole * 1.42860682030941723212e-6
    s = 1.6059043836821613e-10 * r + 2.08767569878681e-9
    s = (s * r + 2.505210838544172e-8) * r + 2.7557319223985893e-7
    s = (s * r + 2.7557319223985893e-6) * r + 2.48015873015873e-5
    s = (s * r + 1.984126984126984e-4) * r + 1.388888888888889e-3
    s = (s * r + 8.333333333333333e-3) * r + 4.1666666666666664e-2
    s = (s * r + 0.16666666666666666) * r + 0.5
    s = (s * r + 1.0) * r + 1.0
    bits = np.float64(s).view(np.int64) + (np.float64(shifted).view(np.int64) << 52)
    return np.int64(bits).view(np.float64)


@fast("contract", "arcp", "nsz")
def hyperbolic_tangent(x):
    """tanh(x): a rational function of Moshier's Cephes (1984) below 0.625, else by the exponential."""
    s = x * x
    above = (-0.964399179425052238628 * s - 99.2877231001918586564) * s - 1614.68768441708447952
    below = ((s + 112.811678491632931402) * s + 2235.48839060100448583) * s + 4844.06305325125486048
    near = x + x * s * above / below
    far = 1.0 - 2.0 / (exponential(2.0 * abs(x)) + 1.0)
    return near if abs(x) < 0.625 else (far if x > 0.0 else -far)


# --- statistics and fitting --------------------------------------------------------------------------------------------


@fast()
def add_product(product, factor, centred, d, width):
    """product = factor @ centred, the factor lower triangular."""
    for b in range(d):
        for i in range(width):
            product[b, i] = factor[b, 0] * centred[0, i]
        for a in range(1, b + 1):
            for i in range(width):
                product[b, i] += factor[b, a] * centred[a, i]


@fast()
def add_outer(factor_bar, p, scaled, centred, d, width):
    """factor_bar -= (p * scaled) @ centred.T, on and below the diagonal."""
    for b in range(d):
        for a in range(b + 1):
            s = 0.0
            for i in range(width):
                s += p[i] * scaled[b, i] * centred[a, i]
            factor_bar[b, a] -= s


@fast("reassoc", "contract", "arcp", "nsz", "nnan")
def mixture(alphas, means, icf, x, gamma, m):  # noqa: C901
    n, d = x.shape
    k = len(alphas)
    block = 128
    factors = np.zeros((k, d, d))
    sums = np.zeros(k)
    for j in range(k):
        p = d
        for a in range(d):
            sums[j] += icf[j, a]
            factors[j, a, a] = math.exp(icf[j, a])
            for b in range(a + 1, d):
                factors[j, b, a] = icf[j, p]
                p += 1
    factors_bar = np.zeros((k, d, d))
    means_bar, icf_bar, totals = np.zeros((k, d)), np.zeros((k, d * (d + 1) // 2)), np.zeros(k)
    across = np.empty((d, block))
    centred, weighted = np.empty((d, block)), np.empty((d, block))
    scaled, outer = np.empty((k, d, block)), np.empty((d, d))
    main, top, norm = np.empty((k, block)), np.empty(block), np.empty(block)
    for start in range(0, n, block):
        width = min(block, n - start)
        for a in range(d):
            for i in range(width):
                across[a, i] = x[start + i, a]
            for i in range(width, block):
                across[a, i] = 0.0
        for j in range(k):
            for a in range(d):
                for i in range(block):
                    centred[a, i] = across[a, i] - means[j, a]
            if d < 8:
                add_product(scaled[j], factors[j], centred, d, block)
            else:
                np.dot(factors[j], centred, scaled[j])
            for i in range(block):
                main[j, i] = alphas[j] + sums[j]
            for a in range(d):
                for i in range(block):
                    main[j, i] -= 0.5 * scaled[j, a, i] * scaled[j, a, i]
        for i in range(block):
            top[i] = main[0, i]
            norm[i] = 0.0
        for j in range(1, k):
            for i in range(block):
                top[i] = max(top[i], main[j, i])
        for j in range(k):
            for i in range(block):
                main[j, i] = exponential(main[j, i] - top[i])
                norm[i] += main[j, i]
        for i in range(block):
            norm[i] = 1.0 / norm[i] if i < width else 0.0
        for j in range(k):
            s = 0.0
            for i in range(block):
                main[j, i] *= norm[i]
                s += main[j, i]
            totals[j] += s
            for a in range(d):
                for i in range(block):
                    centred[a, i] = across[a, i] - means[j, a]
            if d < 8:
                for a in range(d):
                    s = 0.0
                    for i in range(block):
                        s += main[j, i] * scaled[j, a, i]
                    means_bar[j, a] += s
                add_outer(factors_bar[j], main[j], scaled[j], centred, d, block)
            else:
                for a in range(d):
                    s = 0.0
                    for i in range(block):
                        weighted[a, i] = main[j, i] * scaled[j, a, i]
                        s += weighted[a, i]
                    means_bar[j, a] += s
                np.dot(weighted, centred.T, outer)
                for b in range(d):
                    for a in range(d):
                        factors_bar[j, b, a] -= outer[b, a]
    norm_of_weights = 0.0
    largest = np.max(alphas)
    for j in range(k):
        norm_of_weights += math.exp(alphas[j] - largest)
    alphas_bar = np.empty(k)
    row = np.empty(d)
    for j in range(k):
        alphas_bar[j] = totals[j] - n * math.exp(alphas[j] - largest) / norm_of_weights
        for a in range(d):
            row[a] = 0.0
            for b in range(a, d):
                row[a] += factors[j, b, a] * means_bar[j, b]
        p = d
        for a in range(d):
            means_bar[j, a] = row[a]
            diagonal = factors[j, a, a]
            icf_bar[j, a] = totals[j] - m + diagonal * (factors_bar[j, a, a] + gamma**2 * diagonal)
            for b in range(a + 1, d):
                icf_bar[j, p] = factors_bar[j, b, a] + gamma**2 * icf[j, p]
                p += 1
    return alphas_bar, means_bar, icf_bar


@fast("reassoc", "contract", "arcp", "nsz", "nnan")
def kmeans(centres, points):
    n, d = points.shape
    k = len(centres)
    across = np.ascontiguousarray(centres.T)
    distance = np.empty(k)
    centres_bar = np.zeros_like(centres)
    for i in range(n):
        nearest = 0
        if k < 32:
            least = math.inf
            for j in range(k):
                s = 0.0
                for a in range(d):
                    difference = points[i, a] - centres[j, a]
                    s += difference * difference
                if s < least:
                    least, nearest = s, j
        else:
            for j in range(k):
                distance[j] = 0.0
            for a in range(d):
                for j in range(k):
                    difference = points[i, a] - across[a, j]
                    distance[j] += difference * difference
            least = distance[0]
            for j in range(1, k):
                least = min(least, distance[j])
            while distance[nearest] != least:
                nearest += 1
        for a in range(d):
            centres_bar[nearest, a] -= 2.0 * (points[i, a] - centres[nearest, a])
    return (centres_bar,)


@fast("reassoc", "contract", "arcp", "nsz", "nnan")
def log_sum_exp(x):
    n = len(x)
    top = x[0]
    for i in range(1, n):
        top = max(top, x[i])
    x_bar = np.empty(n)
    total = 0.0
    for i in range(n):
        x_bar[i] = exponential(x[i] - top)
        total += x_bar[i]
    scale = 1.0 / total
    for i in range(n):
        x_bar[i] *= scale
    return (x_bar,)


@fast()
def least_squares(x, a, b):
    m = len(x)
    x_bar = np.zeros(m)
    for i in range(len(b)):
        residual = -b[i]
        for j in range(m):
            residual += a[i, j] * x[j]
        for j in range(m):
            x_bar[j] += residual * a[i, j]
    return (x_bar,)


# --- bundle adjustment ---------------------------------------------------------------------------------------------------


@fast()
def cross(x, y, z, u, v, w):
    return y * w - z * v, z * u - x * w, x * v - y * u


@fast()
def projection(r0, r1, r2, dx, dy, dz, focal, k1, k2):
    """The point turned, and what the reverse needs of it."""
    square = r0 * r0 + r1 * r1 + r2 * r2
    theta = math.sqrt(square)
    inverse = 1.0 / theta
    wx, wy, wz = r0 * inverse, r1 * inverse, r2 * inverse
    cosine, sine = math.cos(theta), math.sin(theta)
    along = wx * dx + wy * dy + wz * dz
    cx, cy, cz = cross(wx, wy, wz, dx, dy, dz)
    x = dx * cosine + cx * sine + wx * along * (1.0 - cosine)
    y = dy * cosine + cy * sine + wy * along * (1.0 - cosine)
    inverse_z = 1.0 / (dz * cosine + cz * sine + wz * along * (1.0 - cosine))
    u, v = x * inverse_z, y * inverse_z
    radius = u * u + v * v
    return inverse, wx, wy, wz, cosine, sine, along, cx, cy, cz, inverse_z, u, v, radius, 1.0 + radius * (k1 + k2 * radius)


@fast()
def projection_adjoint(dx, dy, dz, focal, k1, k2, px_bar, py_bar, inverse, wx, wy, wz, cosine, sine, along, cx, cy, cz,
                       inverse_z, u, v, radius, distortion):
    """Adjoints of rotation, of the vector, of the focal length and of the two distortions."""
    inner = u * px_bar + v * py_bar
    radius_bar = focal * inner * (k1 + 2.0 * k2 * radius)
    u_bar = distortion * focal * px_bar + 2.0 * u * radius_bar
    v_bar = distortion * focal * py_bar + 2.0 * v * radius_bar
    x_bar, y_bar, z_bar = u_bar * inverse_z, v_bar * inverse_z, -(u * u_bar + v * v_bar) * inverse_z
    along_bar = wx * x_bar + wy * y_bar + wz * z_bar
    theta_bar = (cosine * (cx * x_bar + cy * y_bar + cz * z_bar) - sine * (dx * x_bar + dy * y_bar + dz * z_bar)
                 + sine * along * along_bar)
    ex, ey, ez = cross(dx, dy, dz, x_bar, y_bar, z_bar)
    rest = 1.0 - cosine
    wx_bar = sine * ex + rest * (along * x_bar + along_bar * dx)
    wy_bar = sine * ey + rest * (along * y_bar + along_bar * dy)
    wz_bar = sine * ez + rest * (along * z_bar + along_bar * dz)
    back = wx * wx_bar + wy * wy_bar + wz * wz_bar
    fx, fy, fz = cross(x_bar, y_bar, z_bar, wx, wy, wz)
    return ((wx_bar - wx * back) * inverse + wx * theta_bar, (wy_bar - wy * back) * inverse + wy * theta_bar,
            (wz_bar - wz * back) * inverse + wz * theta_bar,
            cosine * x_bar + sine * fx + rest * along_bar * wx, cosine * y_bar + sine * fy + rest * along_bar * wy,
            cosine * z_bar + sine * fz + rest * along_bar * wz,
            distortion * inner, focal * inner * radius, focal * inner * radius * radius)


@fast()
def bundle(cameras, points, weights, camera_of, point_of, features):
    cameras_bar, points_bar, weights_bar = np.zeros_like(cameras), np.zeros_like(points), np.empty_like(weights)
    for i in range(len(weights)):
        c, q, w = camera_of[i], point_of[i], weights[i]
        dx, dy, dz = points[q, 0] - cameras[c, 3], points[q, 1] - cameras[c, 4], points[q, 2] - cameras[c, 5]
        focal, k1, k2 = cameras[c, 6], cameras[c, 9], cameras[c, 10]
        kept = projection(cameras[c, 0], cameras[c, 1], cameras[c, 2], dx, dy, dz, focal, k1, k2)
        u, v, distortion = kept[11], kept[12], kept[14]
        px = u * distortion * focal + cameras[c, 7] - features[i, 0]
        py = v * distortion * focal + cameras[c, 8] - features[i, 1]
        weights_bar[i] = w * (px * px + py * py) - 2.0 * w * (1.0 - w * w)
        px_bar, py_bar = w * w * px, w * w * py
        b = projection_adjoint(dx, dy, dz, focal, k1, k2, px_bar, py_bar, *kept)
        cameras_bar[c, 0] += b[0]
        cameras_bar[c, 1] += b[1]
        cameras_bar[c, 2] += b[2]
        cameras_bar[c, 3] -= b[3]
        cameras_bar[c, 4] -= b[4]
        cameras_bar[c, 5] -= b[5]
        cameras_bar[c, 6] += b[6]
        cameras_bar[c, 7] += px_bar
        cameras_bar[c, 8] += py_bar
        cameras_bar[c, 9] += b[7]
        cameras_bar[c, 10] += b[8]
        points_bar[q, 0] += b[3]
        points_bar[q, 1] += b[4]
        points_bar[q, 2] += b[5]
    return cameras_bar, points_bar, weights_bar


@fast()
def bundle_row(seen, features, row):
    seen_bar = np.empty_like(seen)
    for i in range(len(seen)):
        w = seen[i, 14]
        dx, dy, dz = seen[i, 11] - seen[i, 3], seen[i, 12] - seen[i, 4], seen[i, 13] - seen[i, 5]
        focal, k1, k2 = seen[i, 6], seen[i, 9], seen[i, 10]
        kept = projection(seen[i, 0], seen[i, 1], seen[i, 2], dx, dy, dz, focal, k1, k2)
        px_bar, py_bar = (w, 0.0) if row == 0 else (0.0, w)
        b = projection_adjoint(dx, dy, dz, focal, k1, k2, px_bar, py_bar, *kept)
        seen_bar[i, 0] = b[0]
        seen_bar[i, 1] = b[1]
        seen_bar[i, 2] = b[2]
        seen_bar[i, 3] = -b[3]
        seen_bar[i, 4] = -b[4]
        seen_bar[i, 5] = -b[5]
        seen_bar[i, 6] = b[6]
        seen_bar[i, 7] = px_bar
        seen_bar[i, 8] = py_bar
        seen_bar[i, 9] = b[7]
        seen_bar[i, 10] = b[8]
        seen_bar[i, 11] = b[3]
        seen_bar[i, 12] = b[4]
        seen_bar[i, 13] = b[5]
        seen_bar[i, 14] = (kept[11] * kept[14] * focal + seen[i, 7] - features[i, 0] if row == 0 else
                           kept[12] * kept[14] * focal + seen[i, 8] - features[i, 1])
    return (seen_bar,)


# --- differential equations ----------------------------------------------------------------------------------------------


@fast()
def euler(x, y, a, b, c, d, dt, steps):
    xs, ys = np.empty(steps), np.empty(steps)
    for i in range(steps):
        xs[i], ys[i] = x, y
        x, y = x + dt * (a * x - b * x * y), y + dt * (c * x * y - d * y)
    x_bar = y_bar = 1.0
    a_bar = b_bar = c_bar = d_bar = 0.0
    for i in range(steps - 1, -1, -1):
        x, y = xs[i], ys[i]
        along_x, along_y = dt * x_bar, dt * y_bar
        a_bar += along_x * x
        b_bar -= along_x * x * y
        c_bar += along_y * x * y
        d_bar -= along_y * y
        x_bar += along_x * (a - b * y) + along_y * c * y
        y_bar += along_y * (c * x - d) - along_x * b * x
    return x_bar, y_bar, a_bar, b_bar, c_bar, d_bar


@fast()
def runge_kutta(x, y, a, b, c, d, dt, steps):
    xs, ys = np.empty(steps), np.empty(steps)
    half = 0.5 * dt
    for i in range(steps):
        xs[i], ys[i] = x, y
        k1, l1 = a * x - b * x * y, c * x * y - d * y
        x2, y2 = x + half * k1, y + half * l1
        k2, l2 = a * x2 - b * x2 * y2, c * x2 * y2 - d * y2
        x3, y3 = x + half * k2, y + half * l2
        k3, l3 = a * x3 - b * x3 * y3, c * x3 * y3 - d * y3
        x4, y4 = x + dt * k3, y + dt * l3
        k4, l4 = a * x4 - b * x4 * y4, c * x4 * y4 - d * y4
        x += dt / 6.0 * (k1 + 2.0 * (k2 + k3) + k4)
        y += dt / 6.0 * (l1 + 2.0 * (l2 + l3) + l4)
    x_bar = y_bar = 1.0
    a_bar = b_bar = c_bar = d_bar = 0.0
    for i in range(steps - 1, -1, -1):
        x, y = xs[i], ys[i]
        k1, l1 = a * x - b * x * y, c * x * y - d * y
        x2, y2 = x + half * k1, y + half * l1
        k2, l2 = a * x2 - b * x2 * y2, c * x2 * y2 - d * y2
        x3, y3 = x + half * k2, y + half * l2
        k3, l3 = a * x3 - b * x3 * y3, c * x3 * y3 - d * y3
        x4, y4 = x + dt * k3, y + dt * l3
        k4_bar, l4_bar = dt / 6.0 * x_bar, dt / 6.0 * y_bar
        x4_bar = k4_bar * (a - b * y4) + l4_bar * c * y4
        y4_bar = l4_bar * (c * x4 - d) - k4_bar * b * x4
        k3_bar, l3_bar = 2.0 * k4_bar + dt * x4_bar, 2.0 * l4_bar + dt * y4_bar
        x3_bar = k3_bar * (a - b * y3) + l3_bar * c * y3
        y3_bar = l3_bar * (c * x3 - d) - k3_bar * b * x3
        k2_bar, l2_bar = 2.0 * k4_bar + half * x3_bar, 2.0 * l4_bar + half * y3_bar
        x2_bar = k2_bar * (a - b * y2) + l2_bar * c * y2
        y2_bar = l2_bar * (c * x2 - d) - k2_bar * b * x2
        k1_bar, l1_bar = k4_bar + half * x2_bar, l4_bar + half * y2_bar
        a_bar += k1_bar * x + k2_bar * x2 + k3_bar * x3 + k4_bar * x4
        d_bar -= l1_bar * y + l2_bar * y2 + l3_bar * y3 + l4_bar * y4
        b_bar -= k1_bar * (x * y) + k2_bar * (x2 * y2) + k3_bar * (x3 * y3) + k4_bar * (x4 * y4)
        c_bar += l1_bar * (x * y) + l2_bar * (x2 * y2) + l3_bar * (x3 * y3) + l4_bar * (x4 * y4)
        x_bar += x4_bar + x3_bar + x2_bar + k1_bar * (a - b * y) + l1_bar * c * y
        y_bar += y4_bar + y3_bar + y2_bar + l1_bar * (c * x - d) - k1_bar * b * x
    return x_bar, y_bar, a_bar, b_bar, c_bar, d_bar


@fast()
def n_body(positions, velocities, masses, softening):
    n = len(masses)
    across = np.ascontiguousarray(positions.T)
    x, y, z = across[0], across[1], across[2]
    bars = np.zeros((3, n))
    x_bar, y_bar, z_bar = bars[0], bars[1], bars[2]
    velocities_bar = np.empty_like(velocities)
    for i in range(n):
        for a in range(3):
            velocities_bar[i, a] = masses[i] * velocities[i, a]
        fx = fy = fz = 0.0
        for j in range(i + 1, n):
            dx, dy, dz = x[i] - x[j], y[i] - y[j], z[i] - z[j]
            square = dx * dx + dy * dy + dz * dz + softening
            force = masses[i] * masses[j] / (square * math.sqrt(square))
            fx += force * dx
            fy += force * dy
            fz += force * dz
            x_bar[j] -= force * dx
            y_bar[j] -= force * dy
            z_bar[j] -= force * dz
        x_bar[i] += fx
        y_bar[i] += fy
        z_bar[i] += fz
    return np.ascontiguousarray(bars.T), velocities_bar


# --- finance and energy --------------------------------------------------------------------------------------------------


@fast()
def black_scholes(spot, rate, volatility, strike, maturity, normals):
    paths, steps = normals.shape
    dt = maturity / steps
    drift, spread = (rate - 0.5 * volatility**2) * dt, volatility * math.sqrt(dt)
    prices = np.empty(steps)
    total = spot_bar = drift_bar = spread_bar = 0.0
    for i in range(paths):
        for t in range(steps):
            prices[t] = exponential(drift + spread * normals[i, t])
        price, mean = spot, 0.0
        for t in range(steps):
            price *= prices[t]
            prices[t] = price
            mean += price
        mean /= steps
        if mean > strike:
            total += mean - strike
            spot_bar += mean
            bar = 0.0
            for t in range(steps - 1, -1, -1):
                bar += prices[t]
                drift_bar += bar
                spread_bar += bar * normals[i, t]
    scale = math.exp(-rate * maturity) / paths
    drift_bar *= scale / steps
    spread_bar *= scale / steps
    return (scale * spot_bar / spot, drift_bar * dt - maturity * scale * total,
            spread_bar * math.sqrt(dt) - drift_bar * volatility * dt)


@fast()
def heston(spot, variance, speed, level, wobble, correlation, rate, strike, maturity, normals, others):
    paths, steps = normals.shape
    dt = maturity / steps
    rest = math.sqrt(1.0 - correlation**2)
    vs, roots = np.empty(steps), np.empty(steps)
    spot_bar = variance_bar = speed_bar = level_bar = wobble_bar = correlation_bar = rest_bar = 0.0
    for i in range(paths):
        log_price, v = 0.0, variance
        for t in range(steps):
            positive = max(v, 0.0)
            root = math.sqrt(positive * dt)
            vs[t], roots[t] = positive, root
            log_price += (rate - 0.5 * positive) * dt + root * normals[i, t]
            v += speed * (level - positive) * dt + wobble * root * (correlation * normals[i, t] + rest * others[i, t])
        price = spot * math.exp(log_price)
        if price > strike:
            spot_bar += price
            v_bar = 0.0
            for t in range(steps - 1, -1, -1):
                positive, root = vs[t], roots[t]
                normal = normals[i, t]
                other = correlation * normal + rest * others[i, t]
                speed_bar += (level - positive) * v_bar
                level_bar += v_bar
                wobble_bar += root * other * v_bar
                correlation_bar += root * normal * v_bar
                rest_bar += root * others[i, t] * v_bar
                if positive > 0.0:
                    v_bar += (0.5 * dt / root * (price * normal + wobble * other * v_bar)
                              - 0.5 * dt * price - speed * dt * v_bar)
            variance_bar += v_bar
    scale = math.exp(-rate * maturity) / paths
    return (scale * spot_bar / spot, scale * variance_bar, scale * dt * speed_bar, scale * speed * dt * level_bar,
            scale * wobble_bar, scale * wobble * (correlation_bar - rest_bar * correlation / rest))


@fast()
def building(day_setpoint, night_setpoint, conductance, capacity, gain, days):
    outdoors, gains = np.empty(24), np.zeros(24)
    for hour in range(24):
        outdoors[hour] = 4.0 - 6.0 * math.cos(2.0 * math.pi * (hour - 3.0) / 24.0)
        if 8 <= hour <= 16:
            gains[hour] = 1.2 * (1.0 - ((hour - 12.0) / 4.0) ** 2)
    temperatures = np.empty(24 * days + 1)
    temperatures[0] = temperature = 17.0
    step = 0
    for _ in range(days):
        for hour in range(24):
            setpoint = day_setpoint if 6 <= hour < 23 else night_setpoint
            power = min(max(gain * (setpoint - temperature), 0.0), 6.0)
            temperature += (power + gains[hour] - conductance * (temperature - outdoors[hour])) / capacity
            step += 1
            temperatures[step] = temperature
    day_bar = night_bar = conductance_bar = bar = 0.0
    for _ in range(days):
        for hour in range(23, -1, -1):
            after, before = temperatures[step], temperatures[step - 1]
            step -= 1
            occupied = 6 <= hour < 23
            if occupied and after < 20.0:
                bar -= 20.0 - after
            setpoint = day_setpoint if occupied else night_setpoint
            wanted = gain * (setpoint - before)
            conductance_bar -= bar / capacity * (before - outdoors[hour])
            power_bar = (0.32 if 7 <= hour < 22 else 0.20) + bar / capacity
            bar -= bar / capacity * conductance
            if 0.0 < wanted < 6.0:
                if occupied:
                    day_bar += gain * power_bar
                else:
                    night_bar += gain * power_bar
                bar -= gain * power_bar
    return day_bar, night_bar, conductance_bar


# --- filters, networks, recursion ----------------------------------------------------------------------------------------


@fast()
def kalman(transition, noise, observe, variance, measured):  # noqa: C901
    steps, d = len(measured), len(observe)
    means, covariances = np.empty((steps, d)), np.empty((steps, d, d))
    predicted, acrosses = np.empty((d, d)), np.empty((steps, d))
    innovations, spreads = np.empty(steps), np.empty(steps)
    mean, covariance, moved, gain = np.zeros(d), np.eye(d), np.empty((d, d)), np.empty(d)
    for t in range(steps):
        innovation, spread = measured[t], variance
        for i in range(d):
            means[t, i] = mean[i]
            for j in range(d):
                covariances[t, i, j] = covariance[i, j]
        for i in range(d):
            s = 0.0
            for j in range(d):
                s += transition[i, j] * means[t, j]
                q = 0.0
                for l in range(d):
                    q += transition[i, l] * covariance[l, j]
                moved[i, j] = q
            mean[i] = s
            innovation -= observe[i] * s
        for i in range(d):
            s = 0.0
            for j in range(d):
                q = noise[i, j]
                for l in range(d):
                    q += moved[i, l] * transition[j, l]
                predicted[i, j] = q
                s += q * observe[j]
            acrosses[t, i] = s
            spread += observe[i] * s
        innovations[t], spreads[t] = innovation, spread
        for i in range(d):
            gain[i] = acrosses[t, i] / spread
            mean[i] += gain[i] * innovation
            for j in range(d):
                covariance[i, j] = predicted[i, j] - gain[i] * acrosses[t, j]
    transition_bar, noise_bar, variance_bar = np.zeros((d, d)), np.zeros((d, d)), 0.0
    mean_bar, covariance_bar, across_bar = np.zeros(d), np.zeros((d, d)), np.empty(d)
    mixed, mixed_t, before = np.empty((d, d)), np.empty((d, d)), np.empty(d)
    for t in range(steps - 1, -1, -1):
        innovation, spread = innovations[t], spreads[t]
        innovation_bar = -innovation / spread
        spread_bar = -0.5 * (1.0 - innovation**2 / spread) / spread
        for i in range(d):
            gain[i] = acrosses[t, i] / spread
        for i in range(d):
            innovation_bar += gain[i] * mean_bar[i]
            gain_bar, s = mean_bar[i] * innovation, 0.0
            for j in range(d):
                gain_bar -= covariance_bar[i, j] * acrosses[t, j]
                s -= covariance_bar[j, i] * gain[j]
            across_bar[i] = s + gain_bar / spread
            spread_bar -= gain_bar * gain[i] / spread
        variance_bar += spread_bar
        for i in range(d):
            across_bar[i] += spread_bar * observe[i]
            mean_bar[i] -= innovation_bar * observe[i]
            for j in range(d):
                covariance_bar[i, j] += across_bar[i] * observe[j]
                noise_bar[i, j] += covariance_bar[i, j]
        for i in range(d):
            for j in range(d):
                q = r = 0.0
                for l in range(d):
                    q += covariance_bar[i, l] * transition[l, j]
                    r += covariance_bar[l, i] * transition[l, j]
                mixed[i, j], mixed_t[i, j] = q, r
        for i in range(d):
            s = 0.0
            for j in range(d):
                s += transition[j, i] * mean_bar[j]
                q = mean_bar[i] * means[t, j]
                for l in range(d):
                    q += mixed[i, l] * covariances[t, j, l] + mixed_t[i, l] * covariances[t, l, j]
                transition_bar[i, j] += q
            before[i] = s
        for i in range(d):
            mean_bar[i] = before[i]
            for j in range(d):
                q = 0.0
                for l in range(d):
                    q += transition[l, i] * mixed[l, j]
                covariance_bar[i, j] = q
    return transition_bar, noise_bar, variance_bar


@fast()
def lstm(main, extra, state, sequence):
    steps, width = sequence.shape
    layers = len(main) // 2
    tape = np.empty((steps, layers, 8, width))
    outs, norms = np.empty((steps, width)), np.empty(steps)
    state = state.copy()
    x = np.empty(width)
    for t in range(steps - 1):
        for i in range(width):
            x[i] = sequence[t, i] * extra[0, i]
        for layer in range(layers):
            kept, weights, biases = tape[t, layer], main[2 * layer], main[2 * layer + 1]
            hidden, cell = state[2 * layer], state[2 * layer + 1]
            for i in range(width):
                h = hidden[i]
                forget = 1.0 / (1.0 + exponential(-x[i] * weights[i] - biases[i]))
                enter = 1.0 / (1.0 + exponential(-h * weights[width + i] - biases[width + i]))
                leave = 1.0 / (1.0 + exponential(-x[i] * weights[2 * width + i] - biases[2 * width + i]))
                change = hyperbolic_tangent(h * weights[3 * width + i] + biases[3 * width + i])
                after = cell[i] * forget + enter * change
                bent = hyperbolic_tangent(after)
                kept[0, i] = x[i]
                kept[1, i] = h
                kept[2, i] = cell[i]
                kept[3, i] = forget
                kept[4, i] = enter
                kept[5, i] = leave
                kept[6, i] = change
                kept[7, i] = bent
                cell[i] = after
                hidden[i] = leave * bent
                x[i] = leave * bent
        norm = 2.0
        for i in range(width):
            outs[t, i] = exponential(x[i] * extra[1, i] + extra[2, i])
            norm += outs[t, i]
        norms[t] = 1.0 / norm
    main_bar, extra_bar = np.zeros_like(main), np.zeros_like(extra)
    hidden_bars, cell_bars = np.zeros((layers, width)), np.zeros((layers, width))
    scale = -1.0 / ((steps - 1) * width)
    x_bar = np.empty(width)
    for t in range(steps - 2, -1, -1):
        wanted = 0.0
        for i in range(width):
            wanted += sequence[t + 1, i]
        wanted *= norms[t]
        last = tape[t, layers - 1]
        for i in range(width):
            out_bar = scale * (sequence[t + 1, i] - wanted * outs[t, i])
            extra_bar[1, i] += out_bar * last[5, i] * last[7, i]
            extra_bar[2, i] += out_bar
            x_bar[i] = out_bar * extra[1, i]
        for layer in range(layers - 1, -1, -1):
            kept, weights = tape[t, layer], main[2 * layer]
            weights_bar, biases_bar = main_bar[2 * layer], main_bar[2 * layer + 1]
            hidden_bar, cell_bar = hidden_bars[layer], cell_bars[layer]
            for i in range(width):
                forget, enter, leave, change, bent = kept[3, i], kept[4, i], kept[5, i], kept[6, i], kept[7, i]
                bar = hidden_bar[i] + x_bar[i]
                after_bar = cell_bar[i] + bar * leave * (1.0 - bent * bent)
                leave_bar = bar * bent * leave * (1.0 - leave)
                forget_bar = after_bar * kept[2, i] * forget * (1.0 - forget)
                enter_bar = after_bar * change * enter * (1.0 - enter)
                change_bar = after_bar * enter * (1.0 - change * change)
                cell_bar[i] = after_bar * forget
                weights_bar[i] += forget_bar * kept[0, i]
                weights_bar[width + i] += enter_bar * kept[1, i]
                weights_bar[2 * width + i] += leave_bar * kept[0, i]
                weights_bar[3 * width + i] += change_bar * kept[1, i]
                biases_bar[i] += forget_bar
                biases_bar[width + i] += enter_bar
                biases_bar[2 * width + i] += leave_bar
                biases_bar[3 * width + i] += change_bar
                x_bar[i] = forget_bar * weights[i] + leave_bar * weights[2 * width + i]
                hidden_bar[i] = enter_bar * weights[width + i] + change_bar * weights[3 * width + i]
        for i in range(width):
            extra_bar[0, i] += x_bar[i] * sequence[t, i]
    return main_bar, extra_bar


@fast()
def determinant(a):
    """The recursion as a loop: `work`, `bars`, `columns` and `totals` hold one entry for every level, sizes n to 2."""
    n = len(a)
    if n == 1:
        return (np.ones((1, 1)),)
    work, bars = np.zeros((n, n, n)), np.zeros((n, n, n))
    columns, totals = np.zeros(n, dtype=np.int64), np.zeros(n)
    for i in range(n):
        for j in range(n):
            work[0, i, j] = a[i, j]
    level = 0
    while True:
        size = n - level
        if size > 2 and columns[level] < size:
            c = columns[level]
            for i in range(size - 1):
                for j in range(c):
                    work[level + 1, i, j] = work[level, i + 1, j]
                for j in range(c, size - 1):
                    work[level + 1, i, j] = work[level, i + 1, j + 1]
                for j in range(size - 1):
                    bars[level + 1, i, j] = 0.0
            level += 1
            columns[level], totals[level] = 0, 0.0
            continue
        if size == 2:
            totals[level] = work[level, 0, 0] * work[level, 1, 1] - work[level, 0, 1] * work[level, 1, 0]
            bars[level, 0, 0], bars[level, 0, 1] = work[level, 1, 1], -work[level, 1, 0]
            bars[level, 1, 0], bars[level, 1, 1] = -work[level, 0, 1], work[level, 0, 0]
        if level == 0:
            return (bars[0].copy(),)
        value = totals[level]
        level -= 1
        size = n - level
        c = columns[level]
        sign = -1.0 if c % 2 else 1.0
        first = sign * work[level, 0, c]
        totals[level] += first * value
        bars[level, 0, c] += sign * value
        for i in range(size - 1):
            for j in range(c):
                bars[level, i + 1, j] += first * bars[level + 1, i, j]
            for j in range(c, size - 1):
                bars[level, i + 1, j + 1] += first * bars[level + 1, i, j]
        columns[level] += 1
