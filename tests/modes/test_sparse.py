"""Sparse Jacobians and Hessians: against formulas, differences, and the dense ones."""

import builtins
import sys
from copy import deepcopy
from pathlib import Path

import numpy as np
import pytest
import scipy.fft
import scipy.sparse as sp

import adcompiler.analysis.sparsity as sparsity
from adcompiler import CompileError, custom_vjp, grad, hessian, jacobian
from adcompiler.modes.places import Places

sys.path.append(str(Path(__file__).parents[1] / "programs"))


def differences(f, x, *rest, step=1e-6):
    """The Jacobian by central differences."""
    columns = []
    for k in range(x.size):
        h = np.zeros(x.size)
        h[k] = step
        h = h.reshape(x.shape)
        ends = [np.ravel(f(x + s * h, *rest)) for s in (1, -1)]
        columns.append((ends[0] - ends[1]) / (2 * step))
    return np.stack(columns, axis=1)


def gradient(f, x, *rest):
    return differences(lambda v: np.array([f(v, *rest)]), x, step=1e-4)[0]


# --- programs that stand for others ---------------------------------------------------------------------------------


def tridiagonal(u, h):
    left = np.concatenate([np.zeros(1), u[:-1]])
    right = np.concatenate([u[1:], np.zeros(1)])
    return (left - 2.0 * u + right) / h**2 + np.exp(u)


def tridiagonal_entries(u, h):
    """The matrix of `tridiagonal`, by hand."""
    off = np.full(u.size - 1, h**-2)
    return sp.diags_array([off, np.exp(u) - 2.0 / h**2, off], offsets=[-1, 0, 1])


def stepped(u, h):
    out = np.zeros(len(u))
    for i in range(len(u)):
        left = u[i - 1] if i > 0 else 0.0
        right = u[i + 1] if i < len(u) - 1 else 0.0
        out[i] = (left - 2.0 * u[i] + right) / h**2 + np.exp(u[i])
    return out


def arrow(x):
    return x[0] ** 2 * np.sum(x[1:] ** 2) + np.sum(np.sin(x))


def rosenbrock(v):
    total = 0.0
    for i in range(len(v) - 1):
        total += 100.0 * (v[i + 1] - v[i] ** 2) ** 2 + (1.0 - v[i]) ** 2
    return total


@pytest.mark.parametrize("residual", [tridiagonal, stepped])
def test_ten_thousand_unknowns_need_three_directions(residual):
    u, h = np.linspace(0.0, 1.0, 10_000), 0.1
    derivative = jacobian(residual, sparse=True)
    found = derivative(u, h)
    assert derivative.colours == 3
    assert isinstance(found, sp.csr_array) and found.shape == (10_000, 10_000) and found.nnz == 29_998
    assert abs(found - tridiagonal_entries(u, h)).max() < 1e-9
    assert "for k, u_dot in enumerate(u_seeds):" in derivative.source


def test_arrow_head():
    x = np.linspace(0.5, 2.0, 10_000)
    derivative = hessian(arrow, sparse=True)
    found = derivative(x)
    assert derivative.colours == 2
    expected = np.concatenate([[2.0 * np.sum(x[1:] ** 2)], np.full(9_999, 2.0 * x[0] ** 2)]) - np.sin(x)
    assert np.allclose(found.diagonal(), expected, rtol=1e-12)
    assert np.allclose(found[[0], :].toarray()[0, 1:], 4.0 * x[0] * x[1:], rtol=1e-12)
    assert found.nnz == 10_000 + 2 * 9_999 and (found != found.T).nnz == 0


def test_hessian_of_a_loop():
    v = np.linspace(-1.0, 2.0, 300)
    derivative = hessian(rosenbrock, sparse=True)
    found = derivative(v)
    diagonal = np.zeros(300)
    diagonal[:-1] = 1200.0 * v[:-1] ** 2 - 400.0 * v[1:] + 2.0
    diagonal[1:] += 200.0
    expected = sp.diags_array([-400.0 * v[:-1], diagonal, -400.0 * v[:-1]], offsets=[-1, 0, 1])
    assert derivative.colours == 3 and abs(found - expected).max() < 1e-9
    assert (found != found.T).nnz == 0
    assert "Entries of the Hessian of `rosenbrock`" in derivative.source


def test_bundle_adjustment():
    sys.path.append(str(Path(__file__).parents[2] / "examples"))
    import bundle_adjustment as example

    derivative = jacobian(example.residuals, wrt=("cameras", "points", "weights"), sparse=True)
    args = example.problem(4, 12, 60)
    errors, regular = derivative(*args)
    assert derivative.colours <= 15
    assert [m.shape for m in errors] == [(120, 44), (120, 36), (120, 60)] and regular[2].nnz == 60
    for k in range(3):
        for number, matrices in enumerate((errors, regular)):
            expected = differences(lambda v, k=k, n=number: example.residuals(*args[:k], v, *args[k + 1:])[n], args[k])
            assert np.allclose(matrices[k].toarray(), expected, rtol=1e-5, atol=1e-4)
    assert all(np.diff(m.indptr).max() <= 15 for m in errors)


# --- the pattern holds what is not zero -----------------------------------------------------------------------------

A = np.array([[1.0, 0.0, 0.0, 2.0, 0.0], [0.0, 0.0, 3.0, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0, 0.0]])
ORDER = np.array([3, 0, 3, 1])
X = np.array([0.7, -1.1, 1.9, 0.4, -0.6])


def written(x):
    y = np.zeros(6)
    y[1:4] = x[:3] ** 2
    y[4] = x[0] * x[4]
    y[1] += x[4]
    return y


def scattered(x):
    y = np.zeros(4)
    np.add.at(y, np.array([0, 2, 2, 3, 0]), np.sin(x))
    return y


def smoothed(x, n):
    y = x.copy()
    for _ in range(n):
        y[1:-1] += 0.1 * (y[2:] - y[1:-1])
    return y


def listed(x):
    values = []
    for v in x:
        values.append(v * x[0])
    return np.array(values[1:])


def branched(x):
    y = np.zeros_like(x)
    for i in range(len(x)):
        y[i] = x[i - 1] if x[i] > 0.0 else x[i] * x[(i + 1) % len(x)]
    return y


def searched(x):
    k = int(np.argmax(x))
    return x[k] * x


def halved(x):
    y = x
    while np.sum(y) > 1.0:
        y = 0.5 * y
        y = np.concatenate([y[1:], y[:1]])
    return y


def solved(x):
    matrices = np.stack([np.diag(x[:2]) + np.ones((2, 2)), np.diag(x[2:4]) + 3.0 * np.ones((2, 2))])
    return np.linalg.inv(matrices)


PROGRAMS = {
    "rolled": (lambda x: np.roll(x, 1) * x, 2),
    "summed up": (lambda x: np.cumsum(x**2), 5),
    "multiplied up": (lambda x: np.cumprod(x), 5),
    "sorted": (lambda x: np.sort(x) ** 2, 1),
    "chosen": (lambda x: np.where(x > 0.0, x, x[::-1] ** 2), 2),
    "smaller": (lambda x: np.minimum(x, x[::-1]), 2),
    "reduced": (lambda x: np.sum(np.outer(x, x[:2]), axis=1), 3),
    "largest": (lambda x: np.max(x.reshape(5, 1), axis=1), 1),
    "matrix with zeros": (lambda x: A @ x, 2),
    "from the left": (lambda x: x[:3] @ A, 1),
    "einsum": (lambda x: np.einsum("ij,j->i", A, x), 5),
    "tensordot": (lambda x: np.tensordot(np.stack([x, x[::-1]]), A, axes=((1,), (1,))), 5),
    "tensordot of one axis": (lambda x: np.tensordot(x[:, None] * A[0], np.ones((5, 2)), axes=1), 1),
    "cosine transforms": (lambda x: scipy.fft.dct(np.stack([x[:2], x[2:4]]), axis=1, norm="ortho"), 2),
    "pairs": (lambda x: np.einsum("i,i->i", x, x[::-1]), 2),
    "gathered": (lambda x: x[ORDER] ** 2, 1),
    "masked": (lambda x: x[np.array([True, False, True, True, False])], 1),
    "convolved": (lambda x: np.convolve(x, np.array([1.0, -2.0, 1.0]), "same"), 3),
    "differences": (lambda x: np.diff(x) ** 2, 2),
    "padded": (lambda x: np.pad(x, 2, mode="edge") * 3.0, 1),
    "tiled": (lambda x: np.tile(x, 2) * np.repeat(x, 2), 2),
    "turned": (lambda x: np.diag(x) + np.tril(np.outer(x, x)), 2),
    "interpolated": (lambda x: np.interp(np.tanh(x), np.array([-1.0, 0.0, 1.0]), np.array([0.0, 1.0, 3.0])), 1),
    "crossed": (lambda x: np.cross(np.stack([x[:3], x[2:]]), A[:2, :3] + 1.0), 3),
    "normed": (lambda x: np.linalg.norm(np.stack([x, x + 1.0], axis=1), axis=1), 1),
    "a number": (lambda x: np.sum(x[1:3] ** 2), 2),
    "constant": (lambda x: np.floor(x) + A[0], 0),
    "written": (written, 2),
    "scattered": (scattered, 2),
    "smoothed": (lambda x: smoothed(x, 2), 3),
    "listed": (listed, 2),
    "branched": (branched, 2),
    "searched": (searched, 2),
    "halved": (halved, 1),
    "solved": (solved, 2),
}


@pytest.mark.parametrize("mode", ["forward", "reverse"])
@pytest.mark.parametrize("name", PROGRAMS)
def test_pattern_and_entries(name, mode):
    f, longest = PROGRAMS[name]
    found = jacobian(f, sparse=True, mode=mode)(X)
    expected = differences(f, X)
    assert np.allclose(found.toarray(), expected, atol=1e-7)
    assert np.diff(found.indptr).max() == longest


@pytest.mark.filterwarnings("ignore")
def test_random_array_programs():
    """What differences find is in the pattern, for vectors of everything that random programs compute."""
    import random_arrays
    from array_promises import defined

    checked = 0
    for seed in range(40):
        made = random_arrays.program(seed)
        if "float32" in made.source or any(getattr(a, "dtype", None) == np.float32 for a in made.args):
            continue
        *lines, _ = made.source.rstrip().split("\n")
        body = "\n".join([*lines, "    return {}"])
        values = defined(body.format("locals()"), f"<names {seed}>")(*deepcopy(made.args))
        if not isinstance(values, dict):
            continue
        names = [n for n, v in values.items() if random_arrays.is_real(v) and np.size(v)]
        text = f"np.concatenate([{', '.join(f'np.ravel({n})' for n in names)}])"
        f = defined(body.format(text), f"<vector {seed}>")
        first = next((k for k, a in enumerate(made.args) if random_arrays.is_real(a) and np.size(a)), None)
        if first is None:
            continue
        before, after = made.args[:first], made.args[first + 1:]
        try:
            found = jacobian(f, wrt=first, sparse=True)(*made.args)
        except CompileError as error:
            assert error.code in ("ADC202", "ADC402")
            continue
        x = np.asarray(made.args[first], float)
        with np.errstate(all="ignore"):
            steps = [differences(lambda v, f=f, b=before, a=after: f(*deepcopy((*b, v, *a))), x, step=h) for h in (1e-6, 1e-7)]
        smooth = np.isclose(*steps, rtol=1e-4, atol=1e-5)
        assert np.allclose(found.toarray()[smooth], steps[0][smooth], rtol=1e-4, atol=1e-4), made
        checked += 1
    assert checked >= 10


# --- when a pattern may be used again -------------------------------------------------------------------------------


@pytest.fixture
def patterns(monkeypatch):
    """How often a pattern was looked for."""
    found = []
    original = sparsity.pattern_of
    monkeypatch.setattr(sparsity, "pattern_of", lambda *args: found.append(1) or original(*args))
    return found


def test_values_that_decide_nothing_use_a_pattern_again(patterns):
    derivative = jacobian(tridiagonal, sparse=True)
    for n in (5, 5, 6, 5):
        u = np.random.default_rng(n).normal(size=n)
        assert np.allclose(derivative(u, 0.1 * n).toarray(), tridiagonal_entries(u, 0.1 * n).toarray())
    assert len(patterns) == 2


def test_choices_by_value_need_no_other_pattern(patterns):
    derivative = jacobian(PROGRAMS["chosen"][0], sparse=True)
    for x in (X, -X):
        assert np.allclose(derivative(x).toarray(), differences(PROGRAMS["chosen"][0], x), atol=1e-7)
    assert len(patterns) == 1


@pytest.mark.parametrize("name", ["branched", "searched", "halved", "sorted"])
def test_branches_and_indices_by_value(name, patterns):
    f = PROGRAMS[name][0]
    derivative = jacobian(f, sparse=True)
    for x in (X, -X, X[::-1].copy(), np.abs(X), X):
        assert np.allclose(derivative(x).toarray(), differences(f, x), atol=1e-7)
    assert len(patterns) == 4


@pytest.mark.parametrize("name", PROGRAMS)
def test_one_call_after_the_other(name):
    """Whatever is kept from earlier calls, the matrix is that of this one."""
    f = PROGRAMS[name][0]
    derivative = jacobian(f, sparse=True)
    for seed in range(5):
        x = np.random.default_rng(seed).normal(size=5)
        assert np.allclose(derivative(x).toarray(), differences(f, x), rtol=1e-6, atol=1e-6)


def taken(x, index, n, mask):
    y = x[index] * 2.0
    for k in range(n):
        y = y + x[k]
    return np.concatenate([y, x[mask]])


def test_arguments_that_decide():
    derivative = jacobian(taken, sparse=True)
    for index in ([0, 1], [4, 4]):
        for n in (0, 2):
            for mask in (X > 0.0, X < 0.0):
                args = np.array(index), n, mask
                assert np.allclose(derivative(X, *args).toarray(), differences(taken, X, *args), atol=1e-7)


TABLE = np.array([0, 1, 2])


def by_table(x):
    return x[TABLE] ** 2


def test_constants_that_are_changed():
    derivative = jacobian(by_table, sparse=True)
    before = TABLE.copy()
    for table in (before, before[::-1].copy(), np.array([4, 4, 1])):
        TABLE[:] = table
        assert np.allclose(derivative(X).toarray(), differences(by_table, X), atol=1e-7)
    TABLE[:] = before


# --- the form of the result -----------------------------------------------------------------------------------------


def several(p, x, n):
    return {"a": p["w"] * x[:n], "b": (np.outer(x, p["v"]), x[0] * p["w"] ** 2, n)}


def test_structures():
    p, x = {"w": 2.0, "v": np.array([0.5, -1.0])}, np.array([1.0, 2.0, 3.0])
    for mode in ("forward", "reverse"):
        found = jacobian(several, wrt=("p", "x"), sparse=True, mode=mode)(p, x, 2)
        dense = jacobian(several, wrt=("p", "x"), mode=mode)(p, x, 2)
        assert set(found) == {"a", "b"} and found["b"][2] is None
        assert found["b"][0][1].shape == (6, 3) and found["b"][1][0]["w"].shape == (1, 1)
        for mine, theirs in ((found["a"], dense["a"]), *zip(found["b"][:2], dense["b"][:2], strict=True)):
            for a, b in ((mine[0]["w"], theirs[0]["w"]), (mine[0]["v"], theirs[0]["v"]), (mine[1], theirs[1])):
                assert np.allclose(a.toarray(), np.reshape(b, a.shape), rtol=1e-12)


def coupled(x, y):
    return np.sum(x**2 * y[:, 0]) + np.sum(np.sin(y)) + x[0] * x[1]


def test_hessian_of_several_arrays():
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=3), rng.normal(size=(3, 2))
    found = hessian(coupled, wrt=("x", "y"), sparse=True)(x, y)
    whole = sp.block_array(found).toarray()

    def flat(v):
        return coupled(v[:3], v[3:].reshape(3, 2))

    at = np.concatenate([x, y.ravel()])
    assert np.allclose(whole, differences(lambda v: gradient(flat, v), at, step=1e-3), atol=1e-5)
    assert np.array_equal(whole, whole.T) and found[0][1].shape == (3, 6) and found[1][1].nnz == 6


def test_single_precision():
    x = X.astype(np.float32)
    for mode in ("forward", "reverse"):
        found = jacobian(PROGRAMS["rolled"][0], sparse=True, mode=mode)(x)
        assert found.dtype == np.float32
        assert np.allclose(found.toarray(), differences(PROGRAMS["rolled"][0], X), atol=1e-5)


def mixed(x):
    return np.sin(x.astype(np.float32)).astype(float) * x


def test_rounding_inside_is_no_mistake():
    x = np.linspace(0.1, 3.0, 50)
    found = jacobian(mixed, sparse=True)(x)
    assert np.allclose(found.diagonal(), np.cos(x) * x + np.sin(x), atol=1e-5)


@pytest.mark.parametrize("mode", ["forward", "reverse", "auto"])
def test_empty_arrays(mode):
    found = jacobian(lambda x: x * 2.0, sparse=True, mode=mode)(np.zeros(0))
    assert found.shape == (0, 0) and found.nnz == 0
    found = jacobian(lambda x: np.sum(x) + np.zeros(3), sparse=True, mode=mode)(np.zeros((0, 2)))
    assert found.shape == (3, 0)


def test_numbers():
    found = jacobian(lambda x: x * x, sparse=True)(3.0)
    assert found.shape == (1, 1) and found.toarray()[0, 0] == 6.0
    assert jacobian(lambda x, n: x * np.arange(n), sparse=True)(3.0, 4).toarray()[:, 0].tolist() == [0.0, 1.0, 2.0, 3.0]


def test_rows_where_columns_would_be_many():
    """One dense row: columns need a colour each, rows two."""
    derivative = jacobian(lambda x: np.concatenate([np.array([np.sum(x**2)]), x * 3.0]), sparse=True)
    x = np.arange(40.0)
    found = derivative(x)
    assert derivative.colours == 2 and np.array_equal(found.toarray(), np.vstack([2.0 * x, 3.0 * np.eye(40)]))
    assert "result_seeds" in derivative.source or "_bar" in derivative.source


def test_arguments_stay_and_results_are_their_own():
    def f(x):
        x[0] *= 2.0
        return x * x

    x = X.copy()
    derivative = jacobian(f, sparse=True)
    first = derivative(x)
    assert np.array_equal(x, X)
    first.data[:] = 0.0
    first.indices[:] = 0
    assert np.allclose(derivative(x).diagonal(), np.array([8.0, 2.0, 2.0, 2.0, 2.0]) * X)


def crowded(rows, colours, rows_seeds=2.0, *, count, k=3):
    compressed = rows**2 * colours
    return compressed * count + rows[k]


class Scaled:
    def __init__(self):
        self.factors = np.arange(1.0, 6.0)

    def square(self, x):
        return self.factors * x**2


def turning(x, n):
    if n == 0:
        return x
    return turning(np.roll(x, 1) * x, n - 1)


def slopes(x):
    def inner(y):
        return np.sum(y**3 * x)

    return grad(inner)(x) * x[0]


def test_names_that_are_taken():
    found = jacobian(crowded, sparse=True)(X, 2.0, count=1.5)
    assert np.allclose(found.toarray(), differences(lambda v: crowded(v, 2.0, count=1.5), X), atol=1e-7)


def test_methods():
    assert np.allclose(jacobian(Scaled().square, sparse=True)(X).toarray(), np.diag(2.0 * np.arange(1.0, 6.0) * X))


@pytest.mark.parametrize("mode", ["forward", "reverse"])
def test_recursion(mode):
    found = jacobian(turning, sparse=True, mode=mode)(X, 2)
    assert np.allclose(found.toarray(), differences(turning, X, 2), atol=1e-7) and found.nnz == 15


def test_gradients_inside():
    found = jacobian(slopes, sparse=True)(X)
    assert np.allclose(found.toarray(), differences(lambda x: 3.0 * x**3 * x[0], X), atol=1e-6) and found.nnz == 9


def test_kinks_are_shared_as_in_the_dense_one():
    x = np.array([1.0, 1.0, 2.0, 2.0])
    found = hessian(lambda x: np.sum(np.maximum(x[1:], x[:-1]) ** 2), sparse=True)(x)
    assert found.toarray().tolist() == [[0.5, 0.5, 0, 0], [0.5, 0.5, 0, 0], [0, 0, 2.5, 0.5], [0, 0, 0.5, 0.5]]


# --- patterns that are given, and the check -------------------------------------------------------------------------


def test_given_pattern():
    pattern = abs(np.subtract.outer(np.arange(5), np.arange(5))) <= 1
    for given in (pattern, sp.coo_array(pattern), sp.csr_matrix(pattern.astype(float))):
        derivative = jacobian(tridiagonal, sparse=True, pattern=given)
        assert np.allclose(derivative(X, 0.5).toarray(), tridiagonal_entries(X, 0.5).toarray())
        assert derivative.colours == 3 and derivative.pattern_for(X, 0.5).nnz == 13


@pytest.mark.parametrize("mode", ["forward", "reverse"])
@pytest.mark.parametrize("missing", [(0, 0), (2, 3), (4, 3)])
def test_given_pattern_that_is_too_small(mode, missing):
    pattern = abs(np.subtract.outer(np.arange(5), np.arange(5))) <= 1
    pattern[missing] = False
    with pytest.raises(CompileError, match="misses derivatives") as caught:
        jacobian(tridiagonal, sparse=True, mode=mode, pattern=pattern)(X, 0.5)
    assert caught.value.code == "ADC510"
    unchecked = jacobian(tridiagonal, sparse=True, mode=mode, pattern=pattern, verify=False)(X, 0.5)
    assert unchecked.shape == (5, 5)


def test_given_pattern_of_a_hessian():
    pattern = np.eye(4, dtype=bool)
    pattern[0] = pattern[:, 0] = True
    x = np.array([0.5, 1.0, 2.0, -1.0])
    expected = hessian(arrow)(x)
    assert np.allclose(hessian(arrow, sparse=True, pattern=pattern)(x).toarray(), expected)
    pattern[0, 2] = pattern[2, 0] = False
    with pytest.raises(CompileError) as caught:
        hessian(arrow, sparse=True, pattern=pattern)(x)
    assert caught.value.code == "ADC510"


def test_pattern_of_another_shape():
    with pytest.raises(CompileError) as caught:
        jacobian(tridiagonal, sparse=True, pattern=np.eye(4, dtype=bool))(X, 0.5)
    assert caught.value.code == "ADC511"


def test_a_rule_that_misses_entries_is_found_out(monkeypatch):
    """Were a pattern too small by a mistake of ours, the check would say so."""
    original = sparsity.pattern_of

    def poorer(*args):
        found = original(*args)
        return sparsity.Pattern(np.minimum(found.starts, found.starts[-1] - 1), found.columns[:-1], found.shapes, found.dtypes)

    monkeypatch.setattr(sparsity, "pattern_of", poorer)
    with pytest.raises(CompileError) as caught:
        jacobian(tridiagonal, sparse=True)(X, 0.5)
    assert caught.value.code == "ADC510"


HILBERT = 1.0 / (1.0 + np.add.outer(np.arange(10.0), np.arange(10.0)))
INVERSE = np.linalg.inv(HILBERT)


def there_and_back(x):
    return np.stack([INVERSE @ (HILBERT @ x[:10]), INVERSE @ (HILBERT @ x[10:])])


@pytest.mark.parametrize("mode", ["forward", "reverse"])
def test_rounding_is_no_mistake(mode, monkeypatch):
    """The directions of the check are off by more than rounding along the others, but not more than their sums."""
    calls = []
    missed = Places.missed
    monkeypatch.setattr(Places, "missed", lambda *args: calls.append(missed(*args)) or calls[-1])
    found = jacobian(there_and_back, sparse=True, mode=mode)(np.linspace(1.0, 2.0, 20))
    assert calls == [None] and np.allclose(found.toarray(), np.eye(20), atol=0.1)
    pattern = np.kron(np.eye(2, dtype=bool), np.ones((10, 10), bool))
    pattern[12, 12] = False
    with pytest.raises(CompileError) as caught:
        jacobian(there_and_back, sparse=True, mode=mode, pattern=pattern)(np.linspace(1.0, 2.0, 20))
    assert caught.value.code == "ADC510"


def test_a_lower_triangle_is_enough_for_a_hessian():
    v = np.array([0.5, -1.0, 2.0, 0.3])
    given = np.tri(4, dtype=bool) & ~np.tri(4, k=-2, dtype=bool)
    assert np.allclose(hessian(rosenbrock, sparse=True, pattern=given)(v).toarray(), hessian(rosenbrock)(v))


def test_jacobian_of_a_gradient():
    v = np.array([0.5, -1.0, 2.0, 0.3])
    found = jacobian(grad(rosenbrock), sparse=True)(v)
    assert np.allclose(found.toarray(), differences(lambda x: gradient(rosenbrock, x), v, step=1e-3), atol=1e-2)
    assert found.nnz == 10


@custom_vjp
def lopsided(x):
    return np.sum(x**2) / 2.0


def lopsided_forward(x):
    return np.sum(x**2) / 2.0, x


def lopsided_backward(x, bar):
    return (bar * np.concatenate([x[1:], x[:1]]),)


lopsided.defvjp(lopsided_forward, lopsided_backward)


def test_second_derivatives_that_are_not_symmetric():
    with pytest.raises(CompileError) as caught:
        hessian(lambda x: lopsided(x), sparse=True)(X)
    assert caught.value.code == "ADC512"


@custom_vjp
def rounded(x):
    return np.round(x)


def rounded_forward(x):
    return np.round(x), None


def rounded_backward(saved, bar):
    return (bar,)


rounded.defvjp(rounded_forward, rounded_backward)


def test_derivatives_of_your_own():
    """The function itself has the derivative zero; that which it brings has not."""
    found = jacobian(lambda x: rounded(x) * 2.0, sparse=True)(X)
    assert np.array_equal(found.toarray(), 2.0 * np.eye(5))


# --- what is refused ------------------------------------------------------------------------------------------------


def test_words_that_do_not_fit():
    with pytest.raises(ValueError, match="mode is"):
        jacobian(tridiagonal, sparse=True, mode="sideways")
    with pytest.raises(TypeError, match="sparse=True"):
        jacobian(tridiagonal, pattern=np.eye(3))
    with pytest.raises(TypeError, match="sparse=True"):
        hessian(arrow, pattern=np.eye(3))
    with pytest.raises(ValueError, match="no call yet"):
        _ = jacobian(tridiagonal, sparse=True).colours


def test_lists_are_refused():
    with pytest.raises(CompileError) as caught:
        jacobian(lambda x: [x[0] * x[1], x[1]], sparse=True)([1.0, 2.0])
    assert caught.value.code == "ADC304"


def test_without_scipy(monkeypatch):
    original = builtins.__import__

    def missing(name, *args, **keywords):
        if name.startswith("scipy"):
            raise ImportError(name)
        return original(name, *args, **keywords)

    monkeypatch.setattr(builtins, "__import__", missing)
    with pytest.raises(ImportError, match="pip install"):
        jacobian(tridiagonal, sparse=True)
