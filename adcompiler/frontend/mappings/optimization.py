"""Functions of `scipy.optimize` that find roots: called as they are, and differentiated by the implicit function theorem."""

from __future__ import annotations

import ast

from adcompiler.frontend.context import Context
from adcompiler.frontend.implicit import opaque_solver, solution, starting
from adcompiler.frontend.library import mapping
from adcompiler.frontend.state import fresh_id
from adcompiler.frontend.values import BoundV, ClassV, InstanceObj, PrimV, Refused, TupleV, Value
from adcompiler.ir.build import const
from adcompiler.ir.types import Array

_PARAMETERS = {
    "brentq": "f a b args xtol rtol maxiter", "brenth": "f a b args xtol rtol maxiter", "bisect": "f a b args xtol rtol maxiter",
    "ridder": "f a b args xtol rtol maxiter", "toms748": "f a b args k xtol rtol maxiter",
    "newton": "func x0 fprime args tol maxiter fprime2 x1 rtol", "fsolve": "func x0 args",
    "root": "fun x0 args method jac tol", "root_scalar": "f args method bracket fprime fprime2 x0 x1 xtol rtol maxiter",
}
_KEYWORDS = {"fsolve": "xtol maxfev factor", "root": "options"}
_FUNCTIONS = ("fprime", "fprime2", "jac")


def _finder(name: str) -> None:
    names = _PARAMETERS[name].split()
    known = {*names, *_KEYWORDS.get(name, "").split()}

    @mapping(f"scipy.optimize.{name}")
    def find(ctx: Context, args: list[Value], keywords: dict[str, Value], node: ast.AST) -> Value:
        """The root that is found: dx = -J^-1 dr, with the Jacobian J of the function r by its first argument."""
        given = {**dict(zip(names, args, strict=False)), **keywords}
        for key in given:
            if key not in known:
                raise Refused("ADC517", f"the argument {key!r} of {name}() is not supported", node, "call root(..., solver=...)")
        if len(args) > len(names) or names[0] not in given:
            raise Refused("ADC302", f"{name}() takes {', '.join(names)}", node)
        extra = given.pop("args", TupleV(()))
        if not isinstance(extra, TupleV):
            extra = TupleV((extra,))
        f = BoundV(given[names[0]], extra.items) if extra.items else given[names[0]]
        given[names[0]] = f
        for key in _FUNCTIONS:
            value = given.get(key)
            if value == const(None):
                del given[key]
            elif value is not None and extra.items:
                given[key] = BoundV(value, extra.items)
        where = given.get("x0", given.get("a"))
        if where is None and isinstance(bracket := given.get("bracket"), TupleV):
            where = bracket.items[0]
        if where is None:
            raise Refused("ADC517", f"{name}() needs x0 or a bracket here", node)
        start = starting(ctx, name, where, node)
        vector = isinstance(start.type, Array)
        if vector != (name in ("fsolve", "root")):
            raise Refused("ADC518", f"{name}() is differentiated for {'a vector' if not vector else 'a number'} as the unknown",
                          node, "use another solver, or root(..., solver=...)")

        def answer(x: Value) -> Value:
            if "x0" in given:
                given["x0"] = x
            first = next((k for k, n in enumerate(names) if n not in given), len(names))
            positional = [given[n] for n in names[:first]]
            rest = {k: v for k, v in given.items() if k not in names[:first]}
            return opaque_solver(ctx, PrimV(f"scipy.optimize.{name}"), positional, rest, node)

        found = solution(ctx, name, start, answer, f, node)
        if name not in ("root", "root_scalar"):
            return found
        cls = ClassV("OptimizeResult" if name == "root" else "RootResults", "plain", ())
        field = "x" if name == "root" else "root"
        return ctx.new(InstanceObj(cls, ((field, found),), tokens=frozenset([fresh_id()])))


for _name in _PARAMETERS:
    _finder(_name)
