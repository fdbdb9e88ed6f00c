"""Bundle adjustment: where were the cameras, and where are the points that they saw?

The residuals are those of ADBench (Šrajer, Kukelova and Fitzgibbon, "A Benchmark of Selected Algorithmic Differentiation
Tools on Some Problems in Computer Vision and Machine Learning", 2018): for each observation the error of the projection,
times a weight, and one residual for the weight. A camera has 11 parameters: a rotation (3), its centre (3), the focal length,
the principal point (2), the radial distortion (2). So a row of the Jacobian has at most 15 entries, however large the problem is.

    python examples/bundle_adjustment.py
"""

import numpy as np

from adcompiler import jacobian


def rotated(rotation, points):
    """Points turned by rotation vectors (Rodrigues), row by row; no rotation may be zero."""
    angle = np.sqrt(np.sum(rotation**2, axis=1, keepdims=True))
    axis = rotation / angle
    along = np.sum(axis * points, axis=1, keepdims=True) * (1.0 - np.cos(angle))
    return points * np.cos(angle) + np.cross(axis, points) * np.sin(angle) + axis * along


def projected(cameras, points):
    """Where cameras see points, row by row: in pixels, with radial distortion."""
    seen = rotated(cameras[:, 0:3], points - cameras[:, 3:6])
    flat = seen[:, 0:2] / seen[:, 2:3]
    square = np.sum(flat**2, axis=1, keepdims=True)
    distortion = 1.0 + cameras[:, 9:10] * square + cameras[:, 10:11] * square**2
    return flat * distortion * cameras[:, 6:7] + cameras[:, 7:9]


def residuals(cameras, points, weights, observed, features):
    """Weighted errors of the projections, of each observation two, and 1 - w^2 for each weight w."""
    errors = projected(cameras[observed[:, 0]], points[observed[:, 1]]) - features
    return weights[:, None] * errors, 1.0 - weights**2


def problem(cameras, points, observations, seed=0):
    """Random cameras around the origin, points near it, and what is observed."""
    rng = np.random.default_rng(seed)
    views = np.concatenate([
        rng.normal(scale=0.1, size=(cameras, 3)), rng.normal(scale=0.2, size=(cameras, 3)) - np.array([0.0, 0.0, 5.0]),
        rng.uniform(400.0, 500.0, size=(cameras, 1)), rng.normal(size=(cameras, 2)), rng.normal(scale=0.01, size=(cameras, 2)),
    ], axis=1)
    observed = np.stack([rng.integers(cameras, size=observations), rng.integers(points, size=observations)], axis=1)
    return (views, rng.normal(size=(points, 3)), rng.uniform(0.5, 1.0, size=observations), observed,
            rng.normal(scale=100.0, size=(observations, 2)))


def main():
    derivatives = jacobian(residuals, wrt=("cameras", "points", "weights"), sparse=True)
    for size in [(5, 50, 300), (50, 5_000, 30_000)]:
        errors, regular = derivatives(*problem(*size))
        entries = sum(matrix.nnz for matrix in (*errors, *regular))
        rows, columns = sum(m[0].shape[0] for m in (errors, regular)), sum(m.shape[1] for m in errors)
        print(f"{size[2]} observations: a Jacobian of {rows} x {columns} with {entries} entries from "
              f"{derivatives.colours} directions")


if __name__ == "__main__":
    main()
