"""Derivatives inside a differentiated function: `grad(g)(y)` is replaced by the code of the gradient of g.

The body of g is read with fresh variables for what it is differentiated by, and reversed at once; everything else that it
reads, from outside too, counts as constant. What comes out is code as any other, which the derivative of the whole function
goes through like the rest: there is one derivative after the other, and nothing to confuse.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence

from adcompiler.frontend.context import Context
from adcompiler.frontend.state import fresh_id
from adcompiler.frontend.values import (
    ArrayObj,
    BoundV,
    BuiltinV,
    CustomV,
    DerivativeV,
    FunctionV,
    MethodV,
    PrimV,
    Ref,
    Refused,
    TupleV,
    Value,
)
from adcompiler.ir.build import Builder
from adcompiler.ir.nodes import Atom, Block, Const, Program, Var
from adcompiler.ir.types import FLOAT, Array, Scalar, is_float, is_integer

Differentiate = Callable[[Builder, Sequence[Var], Sequence[Atom], Program, bool], tuple[Atom, list[Atom]]]
"""Emits value and derivatives of a result: the parameters, what they stand for, the bindings from them to the result as a
program, and whether they are matrices.
"""
MODES = ("grad", "value_and_grad")


def derivative(ctx: Context, name: str, args: list[Value], keywords: dict[str, Value], node: ast.AST) -> Value:
    """`grad(g, wrt=...)` and `value_and_grad(g, wrt=...)`."""
    given = dict(keywords)
    g = args[0] if args else given.pop("f", None)
    wrt = given.pop("wrt", given.pop("argnums", None))
    if not isinstance(g, FunctionV | MethodV | PrimV | BuiltinV | DerivativeV | CustomV | BoundV) or len(args) > 1 or given:
        more = next(iter(given), "")
        raise Refused("ADC505", f"{name}() inside a differentiated function takes a function and wrt=", node,
                      f"leave {more}= away" if more else "wrt= is passed by name" if len(args) > 1 else
                      "pass a function, a lambda or a method")
    chosen = wrt.items if isinstance(wrt, TupleV) else (wrt,)
    names: list[int | str] = []
    for w in chosen:
        if not (w is None or (isinstance(w, Const) and isinstance(w.value, int | str))):
            raise Refused("ADC505", "wrt= is a position, a name or a tuple of them", node)
        names.append(0 if w is None else w.value)
    return DerivativeV(g, name, tuple(names), not isinstance(wrt, TupleV))


def call_derivative(ctx: Context, d: DerivativeV, args: list[Value], keywords: dict[str, Value], node: ast.AST) -> Value:
    """The gradient at these arguments, as code."""
    if ctx.differentiate is None:
        raise Refused("ADC505", "derivatives are not taken here", node)
    args, keywords = list(args), dict(keywords)
    places = [_place(d, w, args, keywords, node) for w in d.wrt]
    outside = ctx.state
    state = outside.copy()
    params: list[Var] = []
    actual: list[Atom] = []
    for place in places:
        values: dict[str, Value] | list[Value] = keywords if isinstance(place, str) else args
        value = values[place]  # type: ignore[index]
        actual.append(_real(ctx, value, node))
        params.append(Var(getattr(actual[-1], "hint", ""), actual[-1].type))
        values[place] = state.new(ArrayObj(params[-1], frozenset([fresh_id()]))) if isinstance(  # type: ignore[index]
            params[-1].type, Array) else params[-1]
    inner = ctx.builder.child()
    with ctx.inside(inner, state):
        from adcompiler.frontend.calls import call_value

        result = call_value(ctx, d.function, args, keywords, node)
        atom = ctx.atom(result, node) if isinstance(result, Var | Const | Ref) else None
        end = ctx.state
    if d.mode == "jacobian" and atom is not None and isinstance(atom.type, Array) and is_float(atom.type):
        pass
    elif atom is None or not isinstance(atom.type, Scalar) or not (is_float(atom.type) or is_integer(atom.type)):
        raise Refused("ADC304", "the gradient of a function that does not return one real number is asked for here", node,
                      "return a number: sum the result, or choose one")
    if end.differs(outside):
        raise Refused("ADC505", "the function that is differentiated here changes values outside of it", node,
                      "let it return them")
    span, note = ctx.builder.span, ctx.builder.note
    block = Block((), tuple(inner.binds), (atom,))
    around = ctx.around(block)
    value_atom, gradients = ctx.differentiate(ctx.builder, params, actual, around, d.mode == "jacobian")
    ctx.adopt(around)
    ctx.builder.span, ctx.builder.note = span, note
    found = [ctx.wrap(g, frozenset([fresh_id()])) if isinstance(g.type, Array) else g for g in gradients]
    gradient: Value = found[0] if d.single else TupleV(tuple(found))
    return TupleV((value_atom, gradient)) if d.mode == "value_and_grad" else gradient


def _place(d: DerivativeV, w: int | str, args: list[Value], keywords: dict[str, Value], node: ast.AST) -> int | str:
    """Where the call has what is differentiated: a position or a keyword."""
    from adcompiler.source import parameters_of

    function = d.function
    while isinstance(function, DerivativeV | CustomV):
        function = function.function
    names: list[str] = []
    if isinstance(function, FunctionV):
        names = [p.name for p in parameters_of(function.node)]
    elif isinstance(function, MethodV) and isinstance(function.function, FunctionV):
        names = [p.name for p in parameters_of(function.function.node)][1:]
    if isinstance(w, int) and not isinstance(w, bool) and -len(args) <= w < len(args):
        return w % len(args)
    name = w if isinstance(w, str) else names[w] if -len(names) <= w < len(names) else None
    if name in keywords:
        return name
    if name in names and names.index(name) < len(args):
        return names.index(name)
    raise Refused("ADC602", f"this call has no argument for {w!r}, which is differentiated", node, "pass it")


def _real(ctx: Context, value: Value, node: ast.AST) -> Atom:
    """The argument as a real number or array."""
    if isinstance(value, Var | Const | Ref):
        atom = ctx.atom(value, node)
        if isinstance(atom.type, Scalar | Array) and is_float(atom.type):
            return atom
        if isinstance(atom.type, Scalar) and is_integer(atom.type):
            return Const(float(atom.value), FLOAT) if isinstance(atom, Const) else ctx.at(node).prim("float", atom)
    raise Refused("ADC505", "the gradient is taken with respect to something that is no real number or array", node,
                  "differentiate with respect to numbers and arrays, one parameter each")

