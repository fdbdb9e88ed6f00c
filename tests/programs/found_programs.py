"""Small programs that were compiled wrongly once, found by chance: bodies of `f` with the shapes of its arguments."""

FOUND = {
    "a view read after an addition in place": ("c, x", ["x[:] += np.arctan2(c, x)", "return np.mean(x)"], [(3,), (3,)]),
    "a value of more axes than its place": ("a, b", ["a[1] = b", "return np.sum(np.sin(a))"], [(2, 3), (1, 1)]),
    "a mask of a number times an array": ("b", ["b = np.where(b.min() > 0, b.min(), 0.0)", "return b * 1.0"], [(3,)]),
    "an integer, a slice and positions": ("x", ["return np.sum(x[:, 0, :, [1, 0]] * x[:, 0, :, :2].T[:, 0])"], [(2, 3, 2, 3)]),
    "an array bound on one path": (
        "x", ["n = len(x)", "if n > 2:", "    y = x * x", "z = 1.0", "if n > 2:", "    z = np.sum(y * y)",
              "return z + np.sum(x)"], [(2,)]),
    "reduced axes below an adjoint of lower rank": ("x, a", ["return np.sum(np.sum(x, axis=1) @ a)"], [(2, 3, 3), (3,)]),
    "a product of one element": ("x", ["v = x @ x", "return v.sum()"], [(1, 1)]),
    "a row times a column": ("x, y", ["v = x @ y", "return v.sum()"], [(1, 3), (3, 1)]),
    "an element of a list changed in place": ("x", ["xs = [x]", "xs[0] += x", "return np.sum(x * x)"], [(3,)]),
    "a view of no axes": ("m", ["u = m[2, ...]", "m[2] = 5.0", "return u * np.sum(m)"], [(3,)]),
    "an axis squeezed away": ("a", ["q = np.squeeze(a)", "a **= 2", "return q * 1.0"], [(1,)]),
    "a broadcast view": ("a", ["v = np.broadcast_to(a, (2, 3))", "a += a", "return np.sum(v * v)"], [(3,)]),
    "no axes reduced": ("a", ["return np.sum(np.mean(a, axis=()) ** 2)"], [(2, 3)]),
    "positions that are added to twice": (
        "a", ["b = np.zeros_like(a)", "np.add.at(b, [0, 0, 1], a)", "return np.sum(np.sin(b))"], [(3,)]),
    "a write by a function of NumPy": ("a", ["b = a * 2", "np.put(b, [0, 1], [3.0, 4.0])", "return np.sum(np.sin(b))"], [(3,)]),
    "an empty slice written": ("m", ["m[2:2] = m[-3:-2].reshape(-1)", "return np.mean(m * m)"], [(3,)]),
    "a view that is an alias after no trips": (
        "a", ["s = a", "r = a.ravel()", "a *= 0.5", "for i in range(-1):", "    r = s", "return np.sum(r * r)"], [(3,)]),
}
