"""Writes to what may live outside the function: to a module-level object, or to an argument by another name."""

import numpy as np
import pytest

from adcompiler import CompileError, check_grads, value_and_grad, vjp

TABLE = np.array([1.0, 2.0, 3.0])
ROWS = [1.0, 2.0]
OPTIONS = {"a": 1.0}
X = np.array([1.0, 2.0, 3.0])


def chosen(x):
    y = TABLE if x[0] > 0 else x * 2
    y[0] = x[1]
    return np.sum(y * x)


def view_of_chosen(x):
    y = (TABLE if x[0] > 0 else x * 2)[1:]
    y[0] = x[1]
    return np.sum(y)


def written_in_the_next_iteration(x):
    y = x * 2
    for _ in range(3):
        y[0] = x[1]
        y = TABLE
    return np.sum(y * x)


def in_a_helper(x):
    def put(q):
        q[0] = x[1]

    put(TABLE if x[0] > 0 else x * 2)
    return np.sum(x)


def element_of_a_list(x):
    rows = [x * i for i in range(2)]
    rows.append(TABLE)
    rows[2][0] = x[1]
    return np.sum(rows[1])


def chosen_list(x):
    y = ROWS if x[0] > 0 else [2.0, 3.0]
    y.append(x[0])
    return y[-1]


def chosen_dict(x):
    y = OPTIONS if x[0] > 0 else {"a": 3.0}
    y["a"] = x[0]
    return y["a"]


@pytest.mark.parametrize("primal", [chosen, view_of_chosen, written_in_the_next_iteration, in_a_helper, element_of_a_list,
                                    chosen_list, chosen_dict])
def test_module_level_objects(primal):
    with pytest.raises(CompileError, match=r"ADC401 this may modify '(TABLE|ROWS|OPTIONS)'"):
        value_and_grad(primal)(X)


def after_a_branch(x, z):
    if z[0] < 0:
        x = np.sin(x)
    x[0] = z[1] * 2
    return np.sum(x * z)


def after_a_loop(x, z):
    for _ in range(int(z[2]) - 3):
        x = np.sin(x)
    x[0] = z[1] * 2
    return np.sum(x * z)


@pytest.mark.parametrize("primal", [after_a_branch, after_a_loop])
def test_arguments_that_share_memory(primal):
    value, slope = value_and_grad(primal)(X, X.copy())
    assert value == primal(X.copy(), X.copy())
    assert np.array_equal(slope, [0.0, 2.0, 3.0])
    with pytest.raises(CompileError, match="ADC408"):
        value_and_grad(primal)(X, X)


def replaces(p):
    p["a"] = p["a"] ** 2
    p["b"] = 1.0
    return np.sum(p["a"] ** 2)


def test_the_callers_containers_stay():
    held = {"a": X.copy()}
    value, pull = vjp(replaces)(held)
    assert value == np.sum(X ** 4)
    assert np.allclose(pull(1.0)[0]["a"], 4 * X ** 3)
    check_grads(replaces, (held,))
    assert list(held) == ["a"] and np.array_equal(held["a"], X)
