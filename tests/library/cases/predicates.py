"""Questions about values, shapes and types: they have no derivative, but what they answer is used."""

CASES = {
    **{f"numpy.{f}": [f"np.{f}(x) * x", f"np.sum(np.{f}(X)) * s", f"np.where(np.{f}(x - 0.1), x, 2 * y)"]
       for f in "isfinite isnan isinf isneginf isposinf signbit logical_not isreal iscomplex".split()},
    **{f"numpy.{f}": [f"np.{f}(x > 0, y > 1) * x", f"np.{f}(X > 0, v > 0) * X", f"s * np.{f}(s > 0, t > 2)",
                      f"x[np.{f}(m, x > 0)] * 2"]
       for f in "logical_and logical_or logical_xor".split()},
    **{f"numpy.{f}": [f"np.{f}(x, y) * x", f"np.{f}(X, v) * X", f"np.{f}(x, 0.3) * y", f"s if np.{f}(s, t) else t",
                      f"x * np.{f}(k[0], 2)"]
       for f in "greater greater_equal less less_equal equal not_equal".split()},
    "numpy.isclose": ["np.isclose(x, y) * x", "np.isclose(X, X + 1e-9) * X", "np.isclose(x, y, atol=0.5) * x"],
    "numpy.allclose": ["x * np.allclose(x, y)", "x * np.allclose(x, x + 1e-9, rtol=1e-3)", "x if np.allclose(X, X) else y"],
    "numpy.array_equal": ["s if np.array_equal(x, y) else t", "x * np.array_equal(X, X)", "x if np.array_equal(x, X) else y"],
    "numpy.array_equiv": ["s if np.array_equiv(x, y) else t", "x * np.array_equiv(x, x)"],
    "numpy.ndim": ["np.ndim(X) * x", "x * np.ndim(s) + y * np.ndim([1, 2])"],
    "numpy.shape": ["np.shape(X)[1] * x", "x * len(np.shape(T))", "np.ones(np.shape(X)) * v"],
    "numpy.size": ["np.size(X) * s", "x / np.size(x)", "X / np.size(X, axis=0)", "np.size(X, 1) * x"],
    "numpy.broadcast_shapes": ["np.zeros(np.broadcast_shapes((3, 1), (4,))) + v", "x * len(np.broadcast_shapes((1, 2), (3, 1)))"],
    "numpy.iterable": ["s if np.iterable(x) else t", "s if np.iterable(s) else t"],
    "numpy.iscomplexobj": ["s if np.iscomplexobj(x) else t"],
    "numpy.isrealobj": ["s if np.isrealobj(x) else t"],
    "numpy.isscalar": ["s if np.isscalar(s) else t", "s if np.isscalar(x) else t"],
    "numpy.result_type": ["x.astype(np.result_type(x, np.float64))", "np.zeros(5, np.result_type(float, int)) + x"],
    "numpy.can_cast": ["s if np.can_cast(np.float32, np.float64) else t", "s if np.can_cast(float, int) else t"],
    "numpy.promote_types": ["x.astype(np.promote_types(np.float32, np.float64))"],
    "numpy.min_scalar_type": ["s if np.min_scalar_type(10) == np.uint8 else t"],
    "numpy.common_type": ["x.astype(np.common_type(x))", "np.zeros(5, dtype=np.common_type(x, y)) + x"],
    "numpy.issubdtype": ["s if np.issubdtype(x.dtype, np.floating) else t", "x * np.issubdtype(k.dtype, np.integer)"],
    "numpy.isdtype": ["s if np.isdtype(x.dtype, 'real floating') else t"],
}
FLOAT64_ONLY = set()
