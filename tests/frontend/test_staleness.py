"""What a derivative was made from may change: methods, attributes, defaults. It is never stale."""

from __future__ import annotations

import pytest

from adcompiler import CompileError, grad


class Scaled:
    def __init__(self, k):
        self.k = k

    def times(self, x):
        return self.k * x


OBJECT = Scaled(3.0)


def through_a_new_object(x):
    return Scaled(x).times(x)


def through_an_object(x):
    return OBJECT.times(x)


def mutable_default(x, a=[1.0]):  # noqa: B006
    return x * a[0]


def calls_it(x):
    return mutable_default(x)


def test_a_method_that_is_replaced(monkeypatch):
    derivative = grad(through_a_new_object)
    assert derivative(3.0) == 6.0
    monkeypatch.setattr(Scaled, "times", lambda self, x: 100 * x)
    assert derivative(3.0) == 100.0


def test_an_attribute_that_hides_a_method(monkeypatch):
    derivative = grad(through_an_object)
    assert derivative(2.0) == 3.0
    monkeypatch.setattr(OBJECT, "k", 5.0)
    assert derivative(2.0) == 5.0
    monkeypatch.setattr(OBJECT, "times", lambda x: x**3, raising=False)
    assert derivative(3.0) == 27.0


def test_a_default_that_may_be_modified_is_refused():
    with pytest.raises(CompileError) as caught:
        grad(calls_it)(1.0)
    assert caught.value.code == "ADC203"


def tuple_of_a_recursion(n, x):
    if n == 0:
        return (x, 1.0)
    a, b = tuple_of_a_recursion(n - 1, x * 1.1)
    return (a * x, b + x)


def product_of_both(x):
    a, b = tuple_of_a_recursion(3, x)
    return a * b


def test_a_recursion_that_returns_a_tuple_base_case_first():
    h = 1e-6
    slope = (product_of_both(1.5 + h) - product_of_both(1.5 - h)) / (2 * h)
    assert grad(product_of_both)(1.5) == pytest.approx(slope, rel=1e-8)


def test_a_slice_of_a_list_is_a_copy():
    def f(x):
        values = [x, 2.0, x * x]
        other = values[:]
        other[0] = 5.0
        return values[0] * other[0] * other[2]

    assert grad(f)(2.0) == pytest.approx(60.0)
