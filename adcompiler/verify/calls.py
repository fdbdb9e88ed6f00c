"""The certificate of a compiled gradient: the user's own function and the generated code are what is called."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from adcompiler.frontend.arguments import layout_of, rebuilt
from adcompiler.ir.nodes import Leaf, Node, Tree
from adcompiler.ir.nodes import Parameter as Formal
from adcompiler.pipeline import Artifact
from adcompiler.verify.certificate import CHECKS, Certificate, certify


def certify_artifact(artifact: Artifact, values: Mapping[str, Any], primal: Callable[..., Any] | None = None, *,
                     checks: Sequence[str] = CHECKS, time_limit: float = 10.0) -> Certificate:
    """Check a compiled gradient at these values of its parameters; see `certify`.

    `primal` is the user's function (without it, the program stands for it). Neither it nor the gradient gets the
    caller's own arrays.
    """
    formals = artifact.primal.entry.signature
    named = [pair for p in formals for pair in _leaves(p.name, p.tree, values[p.name])]

    def arguments(leaves: Sequence[Any]) -> tuple[list[Any], dict[str, Any]]:
        rest = iter(copy.deepcopy(list(leaves)))
        return spread(formals, {p.name: _with_leaves(p.tree, values[p.name], rest) for p in formals})

    def value(*leaves: Any) -> Any:
        assert primal is not None
        positional, keywords = arguments(leaves)
        result = primal(*positional, **keywords)
        return result[0] if isinstance(artifact.primal.entry.result, Node) else result

    def gradient(*leaves: Any) -> list[Any]:
        positional, keywords = arguments(leaves)
        result = artifact.function(*positional, **keywords)
        found = [leaf for _, leaf in _leaves("", artifact.program.entry.result, result)]
        return found[artifact.gradient_leaves]

    return certify(artifact.primal, artifact.gradient_program, [leaf for _, leaf in named], artifact.wrt,
                   primal_call=None if primal is None else value, gradient_call=gradient,
                   names=[name for name, _ in named], checks=checks, time_limit=time_limit)


def spread(formals: Sequence[Formal], values: Mapping[str, Any]) -> tuple[list[Any], dict[str, Any]]:
    """Values by parameter as the positional and the keyword arguments of a call."""
    positional: list[Any] = []
    keywords: dict[str, Any] = {}
    for p in formals:
        match p.kind:
            case "VAR_POSITIONAL":
                positional += values[p.name]
            case "VAR_KEYWORD":
                keywords.update(values[p.name])
            case "KEYWORD_ONLY":
                keywords[p.name] = values[p.name]
            case _:
                positional.append(values[p.name])
    return positional, keywords


def _parts(tree: Node, value: Any) -> Sequence[Any]:
    shape = layout_of(value)
    if shape is None or len(shape[2]) != len(tree.children):
        raise TypeError(f"a {tree.kind} of {len(tree.children)} was expected, not {value!r}")
    return shape[2]


def _leaves(name: str, tree: Tree, value: Any) -> Iterator[tuple[str, Any]]:
    match tree:
        case Leaf():
            yield name, value
        case Node(_, keys, children):
            for key, child, part in zip(keys, children, _parts(tree, value), strict=True):
                yield from _leaves(f"{name}.{key}", child, part)


def _with_leaves(tree: Tree, value: Any, leaves: Iterator[Any]) -> Any:
    match tree:
        case Leaf():
            return next(leaves)
        case Node(kind, keys, children, cls):
            parts = [_with_leaves(c, v, leaves) for c, v in zip(children, _parts(tree, value), strict=True)]
            return rebuilt(kind, keys, parts, type(value) if cls is not None else None)
        case _:
            return value
