"""Methods of arrays, and functions that write into an array."""

CASES = {
    **{f"numpy.ndarray.{f}": [f"x.{f}()", f"X.{f}(axis=0)", f"X.{f}(1, keepdims=True)", f"T.{f}(axis=(0, 2))", f"X.{f}(axis=-1)"]
       for f in "sum mean prod max min var std".split()},
    "numpy.ndarray.cumsum": ["x.cumsum()", "X.cumsum(axis=1)", "X.cumsum()"], "numpy.ndarray.cumprod": ["x.cumprod()", "X.cumprod(axis=0)"],
    "numpy.ndarray.dot": ["x.dot(y)", "X.dot(v)", "A.dot(B)"], "numpy.ndarray.reshape": ["X.reshape(4, 3)", "X.reshape((2, 6))", "X.reshape(-1)", "T.reshape(2, -1)"],
    "numpy.ndarray.ravel": ["X.ravel()", "T.ravel()"], "numpy.ndarray.flatten": ["X.flatten()", "X.T.flatten()"],
    "numpy.ndarray.transpose": ["X.transpose()", "T.transpose(1, 2, 0)", "T.transpose((2, 0, 1))"], "numpy.ndarray.swapaxes": ["T.swapaxes(0, 2)"],
    "numpy.ndarray.squeeze": ["row.squeeze()", "col.squeeze(axis=1)"], "numpy.ndarray.copy": ["x.copy()", "q = X.copy()\nq[0] = 2 * q[1]\nr = q"],
    "numpy.ndarray.astype": ["x.astype(float)", "x.astype('float64')", "m.astype(float) * x", "x * (x > 0).astype(int)"],
    "numpy.ndarray.clip": ["x.clip(-0.5, 1.0)", "X.clip(min=0.1)", "x.clip(max=t)"], "numpy.ndarray.item": ["one.item() * s", "x.item(2) * t", "X.item(1, 2) * s"],
    "numpy.ndarray.trace": ["A.trace()", "X.trace(1)"], "numpy.ndarray.diagonal": ["A.diagonal()", "X.diagonal(1)"],
    "numpy.ndarray.argmax": ["x[x.argmax()]", "X.argmax(axis=0) * v"], "numpy.ndarray.argmin": ["x[x.argmin()]"],
    "numpy.ndarray.any": ["(x > 1).any() * x", "M.any(axis=0) * v"], "numpy.ndarray.all": ["(x > 1).all() * x", "M.all(axis=1) * X[:, 0]"],
    "numpy.ndarray.argsort": ["x[x.argsort()]", "x[x.argsort()[::-1]]"], "numpy.ndarray.nonzero": ["x[m.nonzero()]", "x[(x > 0).nonzero()[0]]"],
    "numpy.ndarray.tolist": ["sum(x.tolist())", "x.tolist()[2] * s"], "numpy.ndarray.round": ["x.round() * x", "X.round(1) * X"],
    "numpy.ndarray.searchsorted": ["np.array([-1.0, 0.0, 1.0]).searchsorted(x) * x"], "numpy.ndarray.argpartition": ["np.sum(x[x.argpartition(2)[:3]])"],
    "numpy.ndarray.repeat": ["x.repeat(2)", "X.repeat(2, axis=1)"], "numpy.ndarray.take": ["x.take([0, 2, 2])", "X.take([1, 1], axis=0)"],
    "numpy.ndarray.conj": ["x.conj()"], "numpy.ndarray.conjugate": ["X.conjugate()"],
    "numpy.ndarray.sort": ["q = x.copy()\nq.sort()\nr = q", "q = X.copy()\nq.sort(axis=0)\nr = q"],
    "numpy.ndarray.partition": ["q = x.copy()\nq.partition(2)\nr = q[2]"], "numpy.ndarray.compress": ["x.compress(m)", "X.compress([True, False, True], axis=0)"],
    "numpy.ndarray.choose": ["m.astype(int).choose([x, y])"], "numpy.ndarray.put": ["q = x.copy()\nq.put([0, 2], y[:2])\nr = q"],
    "numpy.ndarray.fill": ["q = x.copy()\nq.fill(s)\nr = q", "q = X.copy()\nq[1].fill(t)\nr = q"],
    "numpy.ndarray.resize": ["np.resize(x, (2, 2))"], "numpy.ndarray.view": ["q = x.copy()\np = q.view()\np[0] = s\nr = q"],
    "numpy.fill_diagonal": ["q = A.copy()\nnp.fill_diagonal(q, 0.0)\nr = q", "q = A.copy()\nnp.fill_diagonal(q, v)\nr = q @ q", "q = X.copy()\nnp.fill_diagonal(q, s)\nr = q"],
    "numpy.put": ["q = x.copy()\nnp.put(q, [0, 2], y[:2])\nr = q", "q = X.copy()\nnp.put(q, [0, 5, 5], s)\nr = q", "q = x.copy()\nnp.put(q, 1, t)\nr = q"],
    "numpy.put_along_axis": ["q = X.copy()\nnp.put_along_axis(q, np.argmax(q, axis=1)[:, None], s, axis=1)\nr = q"],
    "numpy.putmask": ["q = x.copy()\nnp.putmask(q, m, y)\nr = q", "q = X.copy()\nnp.putmask(q, X < 0, s)\nr = q"],
    "numpy.place": ["q = x.copy()\nnp.place(q, q < 0, s)\nr = q"],
    "numpy.copyto": ["q = np.zeros(5)\nnp.copyto(q, x)\nr = q", "q = X.copy()\nnp.copyto(q, v, where=M)\nr = q"],
}
DOUBLE = {"numpy.ndarray.astype", "numpy.ndarray.item", "numpy.ndarray.tolist"}
