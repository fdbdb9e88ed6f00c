"""Distributions of `scipy.stats` with their parameters given beforehand: `norm(loc, scale).logpdf(x)`."""

from __future__ import annotations

import ast
from dataclasses import replace

from adcompiler.frontend.context import Context
from adcompiler.frontend.definitions import definition
from adcompiler.frontend.library import Handler, mapping
from adcompiler.frontend.values import Refused, TupleV, Value
from adcompiler.library import HERE, functions
from adcompiler.source import parameters_of


def _frozen(namespace: str) -> Handler:
    """A distribution that is called: its methods, with the arguments as defaults of their parameters."""

    def handler(ctx: Context, args: list[Value], keywords: dict[str, Value], node: ast.AST) -> Value:
        methods = []
        for name in functions(namespace):
            function = definition(f"{namespace}.{name}", ctx.span(node), ctx.builder.note)
            assert function is not None
            parameters = [p.name for p in parameters_of(function.node)][1:]
            given = dict(zip(parameters, args, strict=False)) | keywords
            if (len(args) > len(parameters) or set(given) - set(parameters)) and name in ("pdf", "pmf"):
                raise Refused("ADC302", f"{namespace}() takes {', '.join(parameters)}", node)
            methods.append(replace(function, defaults=tuple((k, v) for k, v in given.items() if k in parameters)))
        return TupleV(tuple(methods), None, tuple(functions(namespace)))
    return handler


for _path in sorted((HERE / "scipy" / "stats").glob("*.py")):
    if _path.stem not in ("__init__", "standard"):
        mapping(f"scipy.stats.{_path.stem}")(_frozen(f"scipy.stats.{_path.stem}"))
