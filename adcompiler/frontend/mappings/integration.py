"""Functions of `scipy.integrate`: called as they are, and differentiated under the integral sign."""

from __future__ import annotations

import ast

from adcompiler.frontend.calls import call_value
from adcompiler.frontend.context import Context
from adcompiler.frontend.implicit import outlined_block, read_function
from adcompiler.frontend.library import mapping
from adcompiler.frontend.values import BoundV, ConflictV, Refused, TupleV, Value
from adcompiler.ir.build import const
from adcompiler.ir.nodes import Atom, Block, Call, Const, Integral, Var, free_vars
from adcompiler.ir.quadrature import quadrature
from adcompiler.ir.types import FLOAT, Scalar, has_derivative, is_integer

_OPTIONS = ("epsabs", "epsrel", "limit")


@mapping("scipy.integrate.quad")
def _quad(ctx: Context, args: list[Value], keywords: dict[str, Value], node: ast.AST) -> Value:
    """The integral of f from a to b: f(b) b_dot - f(a) a_dot, and the integral of the derivative of f."""
    names = ("func", "a", "b", "args", "full_output", *_OPTIONS)
    given = {**dict(zip(names, args, strict=False)), **keywords}
    options = ""
    for key, value in list(given.items()):
        if key in _OPTIONS and isinstance(value, Const):
            options += f", {key}={value.value!r}"
            del given[key]
        elif key not in names[:4]:
            raise Refused("ADC520", f"the argument {key!r} of quad() is not supported here", node,
                          "divide the integral into several where it has special points")
    if not {"func", "a", "b"} <= set(given) or len(args) > len(names):
        raise Refused("ADC302", "quad() takes a function, two bounds and args", node)
    extra = given.get("args", TupleV(()))
    f = BoundV(given["func"], extra.items if isinstance(extra, TupleV) else (extra,))
    bounds = [_number(ctx, given[k], node) for k in "ab"]
    block = read_function(ctx, "quad", lambda t: call_value(ctx, f, [t], {}, node), FLOAT, node)
    (value_at,) = block.results
    if not isinstance(value_at.type, Scalar):
        raise Refused("ADC520", "quad() integrates a function that returns one number", node, "use one integral for each")
    if not has_derivative(value_at.type):
        if not isinstance(value_at, Const):
            raise Refused("ADC520", "quad() integrates a function that returns a float", node, "return float(...)")
        block = Block(block.params, block.binds, (const(float(value_at.value)),))
    free = list(free_vars(block))
    integrand = outlined_block(ctx, "integrand", block, free)
    label = outlined_block(ctx, "quad", quadrature(integrand, [Var(v.hint, v.type) for v in free], FLOAT, options), [])
    ctx.customs[label] = Integral(integrand, options)
    (found,) = ctx.at(node).emit(Call(label, (*bounds, *free)), [FLOAT])
    return TupleV((found, ConflictV("it is the estimate of the error of an integral, which is not kept", "ADC520")))


def _number(ctx: Context, value: Value, node: ast.AST) -> Atom:
    atom = ctx.atom(value, node)
    if not isinstance(atom.type, Scalar) or not (has_derivative(atom.type) or is_integer(atom.type)):
        raise Refused("ADC520", "the bounds of quad() are numbers", node)
    return const(float(atom.value)) if isinstance(atom, Const) else atom
