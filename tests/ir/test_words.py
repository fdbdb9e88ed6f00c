"""Names for what the user did not name."""

from __future__ import annotations

import pytest

from adcompiler.ir.types import BOOL, FLOAT, Array
from adcompiler.ir.words import word_for

VECTOR = Array("float64", ("n",))


@pytest.mark.parametrize("name, operands, index, expected", [
    ("math.sqrt", ["years"], (), "sqrt_years"), ("math.sqrt", [""], (), "root"), ("math.sqrt", ["2"], (), "sqrt_2"),
    ("truediv", ["spot", "strike"], (), "ratio"), ("load", ["y", "i"], ("i",), "y_i"), ("load", ["y", ""], ("i",), "y_item"),
    ("load", ["y_bar", "i"], ("i",), "y_i_bar"), ("load", ["u_bar", "", ""], ("s110",), "u_part_bar"),
    ("load", ["x", "labels"], ("a",), "x_chosen"), ("load", ["", "0"], ("i",), "element"), ("len", ["values"], (), "len_values"),
    ("numpy.exp", ["a_very_long_name"], (), "exponential"), ("numpy.transpose", ["w"], (), "w_T"),
    ("copy", [" y_part"], (), "y_part"), ("numpy.unheard_of", ["x", "y"], (), ""), ("store", ["x"], (), ""),
])
def test_words(name, operands, index, expected):
    assert word_for(name, operands, FLOAT, index) == expected


def test_truth_values():
    assert word_for("lt", ["a", "b"], BOOL) == "test" and word_for("lt", ["a", "b"], VECTOR) == "mask"
