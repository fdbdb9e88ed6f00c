"""Programs made of the texts of the cases, their arguments, and the derivatives that they must have."""

import ast
import linecache
import symtable
import warnings
from functools import cache

import numpy as np

from adcompiler import value_and_grad
from tests.library.cases import CASES
from tests.library.operands import OPERANDS

HEAD = """import math

import numpy as np
import scipy.linalg
import scipy.special
import scipy.stats
from scipy import special, stats
"""
AUTOGRAD_HEAD = """import math

import autograd.numpy as np
import autograd.scipy as scipy
import autograd.scipy.linalg
import autograd.scipy.special
import autograd.scipy.stats
from autograd.scipy import special, stats
"""
CONTEXTS = ("twice", "overwritten", "loop")
FLOATS = {name for name, value in OPERANDS.items()
          if isinstance(value, float) or (isinstance(value, np.ndarray) and value.dtype == float)}


def statements(text):
    """The lines of a program, the last of which assigns `r`."""
    try:
        ast.parse(text, mode="eval")
    except SyntaxError:
        return text.split("\n")
    return f"r = {text}".split("\n")


def operands_of(text):
    """The names of the operands that a program reads, in the order of the table."""
    def free(table):
        yield from (symbol.get_name() for symbol in table.get_symbols() if symbol.is_global() and symbol.is_referenced())
        for child in table.get_children():
            yield from free(child)

    body = "".join(f"    {line}\n" for line in statements(text))
    found = set(free(symtable.symtable(f"def f():\n{body}", "<text>", "exec").get_children()[0]))
    updated = {node.target.id for node in ast.walk(ast.parse(text))
               if isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name)}
    return [name for name in OPERANDS if name in found | updated]


def function_of(lines, parameters, name, head=HEAD):
    """The function `f` of these parameters and lines; its source can be read as if it came from a file."""
    source = f"{head}\n\ndef f({', '.join(parameters)}):\n" + "".join(f"    {line}\n" for line in lines)
    linecache.cache[name] = (len(source), None, source.splitlines(True), name)
    space = {"__name__": "case"}
    exec(compile(source, name, "exec"), space)
    return space["f"]


def weights(shape):
    """Irregular weights for the elements of a result."""
    size = int(np.prod(shape))
    return (0.5 + np.modf(0.61803398875 * np.arange(1, size + 1) ** 1.3)[0]).reshape(shape)


def copied(values):
    """The same arguments in memory of their own."""
    return {name: value.copy() if isinstance(value, np.ndarray) else value for name, value in values.items()}


def narrowed(values):
    """The same arguments with arrays of single precision."""
    return {name: value.astype(np.float32) if isinstance(value, np.ndarray) and value.dtype == float else value
            for name, value in values.items()}


def widened(values):
    """The same arguments with arrays of double precision."""
    return {name: value.astype(float) if isinstance(value, np.ndarray) and value.dtype == np.float32 else value
            for name, value in values.items()}


@cache
def program_of(case):
    """The program of a case as a function of its operands and the weights `w`, and its arguments."""
    text = CASES[case]
    names = operands_of(text)
    values = {name: OPERANDS[name] for name in names}
    lines = statements(text)
    result = function_of([*lines, "return r"], names, f"<result of {case}>")(**copied(values))
    scalar = np.ndim(result) == 0
    values["w"] = 1.25 if scalar else weights(np.shape(result))
    last = "return w * r" if scalar else "return np.sum(w * r)"
    return function_of([*lines, last], values, f"<{case}>"), values


def differentiated(values):
    """The names of the arguments that have a derivative: floats and arrays of floats, but not the weights."""
    return tuple(name for name in values if name in FLOATS)


@cache
def derivative_of(case):
    """The compiled value and gradient of a case."""
    program, values = program_of(case)
    return value_and_grad(program, wrt=differentiated(values))


@cache
def compiled_result(case):
    """Value and gradients that the compiled derivative gives, and the arguments as it left them."""
    given = copied(program_of(case)[1])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        value, gradients = derivative_of(case)(**given)
    return value, gradients, given


def slopes(program, values, name, step=1e-3):
    """The derivatives with respect to one argument, by differences that are exact to sixth order."""
    out = np.zeros(np.shape(values[name]))
    for index in np.ndindex(out.shape):
        def at(h, index=index):
            moved = copied(values)
            if isinstance(moved[name], np.ndarray):
                moved[name][index] += h
            else:
                moved[name] += h
            return float(program(**moved))

        first, second, third = ((at(k * step) - at(-k * step)) / (2 * k * step) for k in (1, 2, 3))
        out[index] = 1.5 * first - 0.6 * second + 0.1 * third
    return out


def expect(condition, message):
    """An assertion with a message that says what was found."""
    if not condition:
        raise AssertionError(message)


def check_kind(gradient, value, name):
    """A float has a float as its gradient, an array has an array of its shape and type."""
    if isinstance(value, float):
        expect(isinstance(gradient, float), f"the gradient of {name} is {type(gradient)}, not a float")
        return
    kinds = (np.ndarray, np.generic) if value.ndim == 0 else np.ndarray
    expect(isinstance(gradient, kinds), f"the gradient of {name} is {type(gradient)}, not an array")
    expect(gradient.shape == value.shape, f"the gradient of {name} has shape {gradient.shape}, not {value.shape}")
    expect(gradient.dtype == value.dtype, f"the gradient of {name} has type {gradient.dtype}, not {value.dtype}")


def check_against_numpy(program, values, found, rtol=1e-12):
    """Value and gradients are those of the program as NumPy runs it, and of differences."""
    value, gradients = found
    np.testing.assert_allclose(value, program(**copied(values)), rtol=rtol, atol=1e-13, err_msg="value")
    for name, gradient in zip(differentiated(values), gradients, strict=True):
        check_kind(gradient, values[name], name)
        numeric = slopes(program, values, name)
        if not np.any(numeric):
            expect(not np.any(gradient), f"the gradient of {name} is {gradient}, not zero")
        largest = np.max(np.abs(numeric), initial=1e-3)
        np.testing.assert_allclose(gradient, numeric, rtol=0, atol=1e-6 * largest, err_msg=f"gradient of {name}")


@cache
def failure(case):
    """What is wrong with a case, or None."""
    program, values = program_of(case)
    try:
        value, gradients, given = compiled_result(case)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            for name, argument in values.items():
                expect(np.array_equal(given[name], argument), f"{name} was changed")
            check_against_numpy(program, values, (value, gradients))
    except Exception as error:
        return error
    return None


def check(case):
    """The value is NumPy's, the gradient is that of differences, and no argument was changed."""
    if failure(case):
        raise failure(case)


def in_context(case, context):
    """The program of a case in one of these contexts:

    twice        its result and its operands are used again
    overwritten  its operands are written over after their use
    loop         it runs in each iteration of a loop
    """
    _, values = program_of(case)
    lines = statements(CASES[case])
    names = differentiated(values)
    arrays = [name for name in names if np.ndim(values[name]) and np.size(values[name])]
    total = "w * r" if isinstance(values["w"], float) else "np.sum(w * r)"
    if context == "twice":
        lines = [*lines, "r = r * 1.5 + 0.5 * r * r", *(f"r = r + np.sum({name} * {name})" for name in names), f"return {total}"]
    elif context == "overwritten":
        before, after = [f"{name} = {name} * 1.0" for name in arrays], [f"{name} *= 0.5" for name in arrays]
        lines = [*before, *lines, *after, f"return {total}"]
    elif context == "loop":
        lines = [*lines, f"total = total + {total} * (step + 1)"]
        lines = ["total = 0.0", "for step in range(2):", *(f"    {line}" for line in lines), "return total"]
    return function_of(lines, values, f"<{case}, {context}>"), values


def check_in_context(case, context):
    """As `check`, where the case is a part of a larger program; that one may be refused."""
    program, values = in_context(case, context)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = value_and_grad(program, wrt=differentiated(values))(**copied(values))
        check_against_numpy(program, values, found, rtol=1e-11)


def check_single(case, exempt):
    """With arrays of single precision value and gradients have the precision that NumPy gives, and are near."""
    program, values = program_of(case)
    names = differentiated(values)
    narrow = narrowed(values)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        expected = program(**copied(narrow))
        value, gradients = derivative_of(case)(**copied(narrow))
        _, wide = derivative_of(case)(**widened(narrow))
    if not exempt:
        found, wanted = np.asarray(value).dtype, np.asarray(expected).dtype
        expect(found == wanted, f"the value has type {found}, NumPy's {wanted}")
    for name, gradient, exact in zip(names, gradients, wide, strict=True):
        check_kind(gradient, narrow[name], name)
        largest = np.max(np.abs(exact), initial=1e-1)
        np.testing.assert_allclose(gradient, exact, rtol=0, atol=1e-3 * largest, err_msg=f"gradient of {name}")
