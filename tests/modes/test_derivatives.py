"""jvp, vjp, Jacobians, Hessians and their products with vectors: against differences and against one another."""

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pytest

from adcompiler import CompileError, grad, hessian, hvp, jacfwd, jacobian, jacrev, jvp, linearize, stop_gradient, vjp
from tests.modes.directions import direction, inner, moved, parts_of, rebuilt, same

X = np.array([0.7, -1.1, 1.9])
A = np.array([[1.2, -0.3, 0.5], [0.1, 0.9, -0.7], [0.4, 0.2, 1.5]])


class Pair(NamedTuple):
    first: float
    second: object


@dataclass
class State:
    position: object
    speed: float


def affine(x, a):
    return np.tanh(a @ x) + x


def several(x, a):
    h = np.sin(a @ x)
    return h, np.sum(h), (x[0] * x, len(x))


def named(p, n):
    return {"low": p["low"] ** n, "rest": [p["high"] * p["low"], p["high"][0]]}


def stepped(state, dt, n):
    for _ in range(n):
        state = State(state.position + dt * state.speed, state.speed - dt * np.sum(np.sin(state.position)))
    return state


def swapped(pair):
    return Pair(pair.second[0] * pair.first, np.outer(pair.second, pair.second))


def early(x, n):
    for i in range(n):
        if x > 3.0:
            return x * i
        x = x * x + 0.1
    return x / 3.0


def filled(x, n):
    out = np.zeros((n, 2))
    for i in range(n):
        out[i, 0] = x * i
        out[i, 1] = out[i - 1, 0] * x if i else 0.5
        x = x * 0.9
    return out


def of_branches(x):
    if x[0] > 0:
        y = x * 2
    else:
        y = x[::-1] ** 2
    return y[1:] * y[:-1]


def power(x, n):
    return x * power(x, n - 1) if n else 1.0


def decomposed(a):
    values, vectors = np.linalg.eigh(a @ a.T)
    return values, np.linalg.inv(a), vectors @ np.diag(values ** 2) @ vectors.T


def with_constant(x, scale):
    return stop_gradient(np.max(x)) * x * scale


def matrix_of(x):
    return x.reshape(1, -1).T @ x[None] + A


def of_a_matrix(m):
    return np.sum(m, axis=0) * m[0, 0], m.T[::2]


PROGRAMS = [
    (affine, (X, A)), (several, (X, A)), (named, ({"low": 0.7, "high": X}, 3)), (stepped, (State(X, 0.3), 0.1, 3)),
    (swapped, (Pair(1.3, X),)), (early, (1.3, 4)), (early, (0.2, 4)), (filled, (1.3, 3)), (of_branches, (X,)),
    (of_branches, (-X,)), (power, (1.3, 4)), (decomposed, (A,)), (matrix_of, (X,)), (of_a_matrix, (A,)),
    (early, (np.float64(1.3), 3)),
    (of_a_matrix, (A[:1],)), (matrix_of, (X[:1],)), (filled, (1.3, 0)),
]
IDS = [f"{f.__name__}-{k}" for k, (f, _) in enumerate(PROGRAMS)]
SCALARS = [(f, args) for f, args in PROGRAMS if f in (early, power)]


def difference(primal, args, tangents, step=1e-6):
    """The central difference along a direction, in the structure of the result."""
    ends = [primal(*(moved(a, t, sign * step) for a, t in zip(args, tangents, strict=True))) for sign in (1, -1)]
    return quotient(*ends, 2 * step)


def quotient(a, b, step):
    if isinstance(a, float | np.floating | np.ndarray):
        return (a - b) / step
    parts = parts_of(a)
    return None if parts is None else rebuilt(a, [quotient(p, q, step) for p, q in zip(parts, parts_of(b), strict=True)])


def directions(args, seed=1):
    rng = np.random.default_rng(seed)
    return tuple(direction(a, rng) for a in args)


@pytest.mark.parametrize("primal, args", PROGRAMS, ids=IDS)
def test_tangent(primal, args):
    tangents = directions(args)
    value, tangent = jvp(primal)(args, tangents)
    assert same(value, primal(*args))
    assert same(tangent, difference(primal, args, tangents), 1e-6, 1e-7)
    value, push = linearize(primal)(*args)
    assert same(value, primal(*args)) and same(push(*tangents), tangent)


@pytest.mark.parametrize("primal, args", PROGRAMS, ids=IDS)
def test_pullback_is_the_transpose(primal, args):
    tangents = directions(args)
    value, tangent = jvp(primal)(args, tangents)
    again, pull = vjp(primal)(*args)
    assert same(value, again)
    for seed in (2, 3):
        cotangent = direction(value, np.random.default_rng(seed))
        found = pull(cotangent)
        assert inner(cotangent, tangent) == pytest.approx(
            sum(inner(b, t) for b, t in zip(found, tangents, strict=True)), rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("primal, args", PROGRAMS, ids=IDS)
def test_jacobians(primal, args):
    """Both modes agree, and a Jacobian times a direction is the tangent."""
    wrt = tuple(k for k, d in enumerate(directions(args)) if d is not None)
    by_columns, by_rows = jacfwd(primal, wrt=wrt)(*args), jacrev(primal, wrt=wrt)(*args)
    assert same(by_columns, by_rows)
    assert same(jacobian(primal, wrt=wrt)(*args), by_rows)
    tangents = directions(args)
    _, tangent = jvp(primal)(args, tangents)
    assert same(times(by_columns, tangent, tuple(tangents[k] for k in wrt)), tangent)


def times(matrices, like, tangents):
    """The product of Jacobians, in the structure of results and arguments, with tangents."""
    if isinstance(like, float | np.floating | np.ndarray):
        return total(matrices, tangents)
    return None if like is None else rebuilt(like, [times(m, p, tangents)
                                                    for m, p in zip(parts_of(matrices), parts_of(like), strict=True)])


def total(matrices, tangents):
    if isinstance(tangents, float | np.floating | np.ndarray):
        return np.tensordot(matrices, tangents, np.ndim(tangents)) if np.ndim(tangents) else matrices * tangents
    return 0.0 if tangents is None else sum(total(m, t) for m, t in zip(parts_of(matrices), parts_of(tangents), strict=True))


# --- second order


def rosenbrock(v):
    total = 0.0
    for i in range(len(v) - 1):
        total += 100.0 * (v[i + 1] - v[i] ** 2) ** 2 + (1.0 - v[i]) ** 2
    return total


def energy(x, a, n):
    while n > 0:
        x = np.sin(a @ x) + x
        n -= 1
    return np.sum(x ** 2 * np.exp(-x)) + np.linalg.norm(a)


def softplus(x, a):
    return np.sum(np.log(np.exp(a @ x - np.max(x)) + 1.0)) * np.prod(x)


def quadratic(p):
    return p["a"] ** 2 * p["b"] + np.sum(p["v"] ** 3) * p["a"]


def determinant(m):
    return math.log(abs(np.linalg.det(m))) + np.sum(np.linalg.solve(m, X) ** 2)


SECOND = [(rosenbrock, (X,), 0), (energy, (X, A, 2), (0, 1)), (energy, (X, A, 2), "a"), (softplus, (X, A), (0, 1)),
          (quadratic, ({"a": 0.7, "b": 1.3, "v": X},), 0), (determinant, (A,), 0), (early, (1.3, 3), 0)]


@pytest.mark.parametrize("primal, args, wrt", SECOND, ids=[f"{f.__name__}-{k}" for k, (f, *_) in enumerate(SECOND)])
def test_second_order(primal, args, wrt):
    """The product with a direction is the difference of gradients and the Hessian times it; the Hessian is symmetric."""
    names = list(primal.__code__.co_varnames[:primal.__code__.co_argcount])
    positions = [w if isinstance(w, int) else names.index(w) for w in (wrt if isinstance(wrt, tuple) else (wrt,))]
    tangents = [d if k in positions else None for k, d in enumerate(directions(args))]
    chosen = tuple(tangents[k] for k in positions) if isinstance(wrt, tuple) else tangents[positions[0]]
    product = hvp(primal, wrt=wrt)(*args, chosen)
    assert same(product, difference(grad(primal, wrt=wrt), args, tangents, 1e-5), 1e-6, 1e-6)
    second = hessian(primal, wrt=wrt)(*args)
    assert same(times(second, product, chosen), product)
    other = directions(args, 7)
    others = tuple(other[k] for k in positions) if isinstance(wrt, tuple) else other[positions[0]]
    assert inner(others, product) == pytest.approx(inner(chosen, hvp(primal, wrt=wrt)(*args, others)), rel=1e-9)


def test_hessian_of_rosenbrock():
    x = np.array([1.0, 1.0, 1.0])
    expected = np.array([[802.0, -400.0, 0.0], [-400.0, 1002.0, -400.0], [0.0, -400.0, 200.0]])
    assert np.allclose(hessian(rosenbrock)(x), expected)


def test_forward_over_reverse_is_reverse_over_reverse():
    for primal, args in SCALARS:
        if primal is not power:  # second derivatives of recursion are refused
            assert hvp(primal)(*args, 1.0) == pytest.approx(grad(grad(primal))(*args), rel=1e-12)


def scaled_power(x, y, n):
    return 1.0 if n == 0 else x * y * y * scaled_power(x, y, n - 1)


def test_a_recursive_function_in_several_directions():
    """Each set of arguments that vary needs another tangent of the function."""
    x, y = 1.1, 0.7
    for matrix in (jacfwd, jacrev):
        found = matrix(lambda x, y: (scaled_power(x, y, 3), scaled_power(x, 2.0, 2)), wrt=(0, 1))(x, y)
        assert np.allclose(found, ((3 * x**2 * y**6, 6 * x**3 * y**5), (2 * x * 16.0, 0.0)))


def test_derivatives_of_derivatives():
    """Jacobians of gradients, tangents of tangents of gradients."""
    assert np.allclose(jacrev(grad(rosenbrock))(X), hessian(rosenbrock)(X))
    _, tangent = jvp(grad(rosenbrock))((X,), (X,))
    assert np.allclose(tangent, hessian(rosenbrock)(X) @ X)


# --- the source, and mistakes


def test_source_is_code_of_its_own():
    along = jvp(early)
    along((1.3, 4), (1.0, None))
    space = {}
    exec(along.source, space)
    assert space["early_jvp"](1.3, 4, x_dot=2.0) == along((1.3, 4), (2.0, None))
    assert "def rosenbrock_hessian(v):" in hessian(rosenbrock).source
    product = hvp(rosenbrock)
    product(X, X)
    assert "def rosenbrock_hvp(v, *, v_dot):" in product.source
    _, pull = vjp(affine)(X, A)
    assert pull(X)[0].shape == (3,)


def test_integers_that_move_are_real():
    assert jvp(early)((2, 3), (1, None)) == jvp(early)((2.0, 3), (1.0, None))


def test_single_precision():
    x, a = X.astype(np.float32), A.astype(np.float32)
    value, tangent = jvp(affine)((x, a), (x, None))
    assert value.dtype == tangent.dtype == np.float32
    assert vjp(affine)(x, a)[1](x)[1].dtype == np.float32
    assert jacrev(affine)(x, a).dtype == jacfwd(affine)(x, a).dtype == np.float32
    assert hvp(rosenbrock)(x, x).dtype == np.float32


@pytest.mark.parametrize("call, words", [
    (lambda: jvp(affine)((X, A), (X[:2], None)), "the shape (2,) where the argument has (3,)"),
    (lambda: jvp(named)(({"low": 0.7, "high": X}, 3), (1.0, None)), "another structure"),
    (lambda: jvp(affine)((X, A), ("x", None)), "no real number"),
    (lambda: vjp(affine)(X, A)[1](1.0), "the shape () where the result has (3,)"),
    (lambda: vjp(several)(X, A)[1](1.0), "another structure"),
    (lambda: jvp(lambda x, n: n)((1.0, 2), (1.0, None)), "has no derivative"),
    (lambda: hvp(affine)(X, A, X), "a gradient needs one real number"),
    (lambda: hvp(grad(rosenbrock))(X, X), "rosenbrock_grad() returns an array"),
    (lambda: jvp(affine)((X, A), (X * 1j, None)), "an array of complex128"),
    (lambda: vjp(affine)(X, A)[1](None), "no real number in it but None"),
    (lambda: vjp(affine, wrt="z"), "no parameter 'z'"),
])
def test_mistakes_are_named(call, words):
    with pytest.raises(CompileError) as caught:
        call()
    assert words in str(caught.value)


@pytest.mark.parametrize("call", [
    lambda: jvp(affine)((X, A), (X,)), lambda: jvp(affine)((X, A), (None, None)), lambda: jvp(affine)(X, A),
    lambda: vjp(power)(3, 2),
])
def test_calls_of_another_form(call):
    with pytest.raises(TypeError):
        call()
    with pytest.raises(ValueError):
        jacobian(affine, mode="backwards")


# --- what callers do with their arrays and forget

V = np.array([1.0, -2.0, 0.5])


def test_arrays_changed_between_calls():
    """A pullback and a linear map stay those of the point at which they were made."""
    v = X.copy()
    held = {"low": 0.7, "high": v}
    _, pull = vjp(rosenbrock)(v)
    _, push = linearize(rosenbrock)(v)
    _, nested = vjp(curved)(held)
    before = pull(1.0)[0], push(X), nested(V)[0]["high"]
    v[:] = 0.0
    held["low"] = 5.0
    after = pull(1.0)[0], push(X), nested(V)[0]["high"]
    for a, b in zip(before, after, strict=True):
        assert np.array_equal(a, b)


def curved(p):
    return p["low"] * p["high"] ** 2


def powers(p):
    total = 0.0
    for i in range(int(p["n"])):
        total += np.sum(p["v"] ** (i + 1))
    return {"total": total, "twice": p["v"] * 2.0, "n": p["n"]}


def test_none_is_zero():
    p = {"n": 3, "v": X}
    _, tangent = jvp(powers)((p,), ({"n": None, "v": X},))
    assert tangent["total"] == pytest.approx(np.sum(X + 2 * X ** 2 + 3 * X ** 3))
    assert np.allclose(tangent["twice"], 2 * X)
    _, pull = vjp(powers)(p)
    assert np.allclose(pull({"total": 1.0, "twice": None, "n": None})[0]["v"], 1 + 2 * X + 3 * X ** 2)
    assert np.allclose(hvp(distance, wrt=(0, 1))(X, A, (X, None))[1], -2 * X)


def distance(x, a):
    return np.sum((x - a) ** 2)


def scaled(x, *, k=1.0):
    return k * x ** 2


def test_keywords():
    value, push = linearize(scaled)(X, k=3.0)
    assert np.allclose(value, 3 * X ** 2) and np.allclose(push(V), 6 * X * V)
    assert np.allclose(vjp(scaled)(X, k=3.0)[1](V)[0], 6 * X * V)
    assert np.allclose(hvp(lambda x, *, k: np.sum(k * x ** 3))(X, V, k=2.0), 12 * X * V)


def test_jacobians_of_jacobians():
    expected = np.zeros((3, 3, 3))
    expected[range(3), range(3), range(3)] = 2.0
    for outer in (jacfwd, jacrev, jacobian):
        assert np.allclose(outer(jacobian(lambda x: x ** 2))(X), expected)


@pytest.mark.parametrize("made", [jvp, vjp, hvp, linearize])
def test_what_is_not_differentiated_again(made):
    for outer in (grad, hessian, jacfwd, lambda f: jvp(f)((X,), (X,))):
        with pytest.raises(CompileError, match=f"what {made.__name__} gives is not differentiated again") as caught:
            outer(made(rosenbrock))
        assert caught.value.filename == __file__


@pytest.mark.parametrize("call, words", [
    (lambda: hvp(rosenbrock)(X), "and then the direction"),
    (lambda: hvp(distance, wrt=(0, 1))(X, A, (X,)), "a tuple of 2"),
    (lambda: hvp(distance, wrt=(0, 1))(X, A, X), "a tuple of 2"),
    (lambda: vjp(affine)(x=X, a=A), "wrt="),
    (lambda: jvp(3), "must be a function, not int"),
    (lambda: vjp(X), "must be a function, not ndarray"),
    (lambda: hessian("f"), "must be a function, not str"),
    (lambda: linearize(None), "must be a function, not NoneType"),
])
def test_calls_that_say_what_is_missing(call, words):
    with pytest.raises(TypeError, match=words):
        call()


def inner_loops_on_one_side(x):
    for i in range(2):
        if x[i] > 0.0:
            for j in range(3):
                x[i] = 0.1 * x[i] + x[j] * x[j]
    return np.sum(x * x)


def test_second_order_of_loops_in_branches():
    """The lists that inner loops fill are empty on the side that has no loop, and so are their adjoints."""
    slope = grad(inner_loops_on_one_side)
    expected = np.stack([(slope(X + e) - slope(X - e)) / 2e-6 for e in 1e-6 * np.eye(3)], axis=-1)
    assert np.allclose(vjp(slope)(X)[1](V)[0], V @ expected, rtol=1e-6)
    assert np.allclose(jacrev(slope)(X), expected, rtol=1e-6)
    assert np.allclose(hessian(inner_loops_on_one_side)(X), expected, rtol=1e-6)
