"""The stages in order: source -> IR -> adjoint IR -> simplified IR -> Python source -> function."""

from __future__ import annotations

import ast
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from adcompiler.backend.emit import emit
from adcompiler.backend.load import load, load_compiled
from adcompiler.backend.native import Native
from adcompiler.diagnostics import CompileError, fail
from adcompiler.frontend.arguments import Argument, bound_leaves
from adcompiler.frontend.lower import lower
from adcompiler.frontend.resolve import Dependency
from adcompiler.ir.nodes import Atom, Const, Constant, Function, Leaf, Node, Parameter, Program, Static, Tree, leaves
from adcompiler.ir.ops import describe
from adcompiler.ir.rename import without_notes
from adcompiler.ir.types import Array, Dim, Never, Scalar, Type, Unknown, has_derivative
from adcompiler.ir.verify import verify
from adcompiler.rules.given import with_given
from adcompiler.source import MISSING, Target, header_span, parameters_of
from adcompiler.transforms.batch import Unstacked, batch_gradient, batch_program
from adcompiler.transforms.compressed import compressed
from adcompiler.transforms.extremes import find_extremes
from adcompiler.transforms.flags import settle_flags
from adcompiler.transforms.forward import tangent
from adcompiler.transforms.hoist import hoist
from adcompiler.transforms.jacobian import jacobian
from adcompiler.transforms.lending import lend_shapes
from adcompiler.transforms.native import for_numba
from adcompiler.transforms.nested import derivative_here
from adcompiler.transforms.pieces import add_pieces
from adcompiler.transforms.prune import prune, without_unused
from adcompiler.transforms.results import own_results
from adcompiler.transforms.reverse import gradient, pullback
from adcompiler.transforms.scratch import free_scratch
from adcompiler.transforms.simplify import simplify, simplify_gradient
from adcompiler.transforms.sizes import settle_sizes
from adcompiler.transforms.systems import join_systems
from adcompiler.transforms.unbound import bind_shapes

Wrt = str | tuple[str, int]
"""A parameter by its name, or one of the values of a `*args` parameter."""

PASSES = (bind_shapes, settle_sizes, simplify, prune, simplify, prune, settle_flags, simplify, prune, hoist, lend_shapes,
          own_results)
GRADIENT_PASSES = tuple(more for p in PASSES for more in (
    (simplify_gradient,) if p is simplify else (add_pieces, hoist) if p is hoist else (p,)))


@dataclass(frozen=True)
class Artifact:
    """A derivative: its program, its source, and what it was made from."""

    name: str
    program: Program
    primal: Program
    source: str
    wrt: tuple[int, ...]
    """The positions of the differentiated leaves among the leaf parameters."""
    arguments: tuple[tuple[str, Argument], ...]
    dependencies: tuple[Dependency, ...] = ()
    mutated: tuple[str, ...] = ()
    value: bool = False
    native: Native | None = None
    """How Numba compiles the source, if it is for Numba."""
    added: tuple[str, ...] = ()
    """The parameters that the primal does not have: for tangents in the order of what is differentiated, for a cotangent."""

    @property
    def gradient_leaves(self) -> slice:
        """Which leaves of the result are the gradient: the last where the value comes with it, else the first."""
        return slice(-len(self.wrt), None) if self.value else slice(len(self.wrt))

    @property
    def gradient_program(self) -> Program:
        """The program without the results that are not derivatives."""
        entry = self.program.entry
        results = entry.block.results[self.gradient_leaves]
        tree = Node("tuple", tuple(range(len(results))), (Leaf(),) * len(results))
        return replace(self.program, entry=replace(entry, block=replace(entry.block, results=results), result=tree))

    @property
    def named(self) -> list[str]:
        """The objects from outside that the source names."""
        names = {n.id for n in ast.walk(ast.parse(self.source)) if isinstance(n, ast.Name)}
        return [name for name in self.program.constants if name in names]

    @cached_property
    def function(self) -> Any:
        """The function that the source defines."""
        import hashlib  # here, since it is slow to import

        digest = hashlib.sha256(self.source.encode()).hexdigest()[:12]
        constants = {k: c.value for k, c in self.program.constants.items() if c.value is not None}
        if self.native:
            return load_compiled(self.source, constants, self.name, digest)
        return load(self.source, constants, self.name, f"<adcompiler {self.name} {digest}>")


def optimise(program: Program, *, gradient: bool = False) -> Program:
    """The program after all simplifying passes; those for what a reverse sweep computes if it is a `gradient`."""
    for transform in GRADIENT_PASSES if gradient else PASSES:
        program = transform(program)
        _checked(program)
    return with_given(program)


def _checked(program: Program) -> Program:
    if os.environ.get("ADCOMPILER_DEBUG"):
        verify(program)
    return program


def compile_gradient(target: Target, arguments: Mapping[str, Argument], wrt: Sequence[Wrt], *, value: bool = False,
                     has_aux: bool = False, single: bool = True, name: str | None = None,
                     native: Native | None = None) -> Artifact:
    """The gradient of a function with respect to the parameters `wrt`, for arguments of these types.

    `single`: the gradient of one parameter comes back by itself, not as a tuple. `name`: what the gradient is
    called (by default `f_grad` or `f_value_and_grad`). `native`: its source is for Numba. Raises CompileError.
    """
    for w in wrt:
        _selected(target, w, arguments)
    lowered = lower(target, arguments, derivative_here)
    primal = optimise(_checked(with_plain_defaults(lowered.program, target)))
    name = name or _label(target.name.strip("<>"), value)
    program, positions = differentiate(primal, target, arguments, wrt, value=value, has_aux=has_aux, single=single,
                                       name=name, native=native is not None)
    return Artifact(name, program, primal, _text(program, _doc(target.name, wrt, value), target, native), positions,
                    tuple(arguments.items()), lowered.dependencies, lowered.mutated, value, native)


def compile_again(inner: Artifact, target: Target, arguments: Mapping[str, Argument], wrt: Sequence[Wrt], *,
                  value: bool, has_aux: bool, single: bool, native: Native | None = None) -> Artifact:
    """The gradient of a gradient of `target`."""
    name = _label(inner.name, value)
    program, positions = differentiate(inner.program, target, arguments, wrt, value=value, has_aux=has_aux,
                                       single=single, name=name, native=native is not None)
    return Artifact(name, program, inner.program, _text(program, _doc(inner.name, wrt, value), target, native), positions,
                    tuple(arguments.items()), inner.dependencies, inner.mutated, value, native)


@dataclass(frozen=True)
class _Base:
    """A program that is to be transformed, and what it was made from."""

    program: Program
    label: str
    dependencies: tuple[Dependency, ...]
    mutated: tuple[str, ...]

    def artifact(self, name: str, program: Program, doc: str, target: Target, wrt: tuple[int, ...],
                 arguments: Mapping[str, Argument], value: bool = False, added: Sequence[str] = ()) -> Artifact:
        """What comes of a transformed program."""
        program = optimise(_checked(program), gradient=True)
        return Artifact(name, program, self.program, _text(program, doc, target), wrt, tuple(arguments.items()),
                        self.dependencies, self.mutated, value, added=tuple(added))


def _base(target: Target, arguments: Mapping[str, Argument], inner: Artifact | None) -> _Base:
    if inner is not None:
        return _Base(inner.program, inner.name, inner.dependencies, inner.mutated)
    lowered = lower(target, arguments, derivative_here)
    primal = _without_notes(optimise(_checked(with_plain_defaults(lowered.program, target))))
    return _Base(primal, target.name.strip("<>"), lowered.dependencies, lowered.mutated)


def _without_notes(program: Program) -> Program:
    entry = program.entry
    return replace(program, entry=replace(entry, block=replace(entry.block, binds=without_notes(entry.block.binds))))


@dataclass(frozen=True)
class _Selection:
    """What is differentiated: its structure and the positions of its leaves."""

    trees: tuple[Tree, ...]
    leaves: tuple[int, ...]

    @staticmethod
    def of(target: Target, arguments: Mapping[str, Argument], wrt: Sequence[Wrt]) -> _Selection:
        """The selection of these parameters."""
        selected = [_selected(target, w, arguments) for w in wrt]
        return _Selection(tuple(_gradient_tree(tree, iter(types)) for tree, types, _ in selected),
                          tuple(first + k for _, types, first in selected for k, t in enumerate(types) if has_derivative(t)))

    def tree(self, single: bool) -> Tree:
        """The structure of derivatives with respect to the parameters: a tuple, or that of the only one."""
        return self.trees[0] if single else Node("tuple", tuple(range(len(self.trees))), self.trees)


def _result_tree(program: Program, target: Target) -> Tree:
    """The structure of the results of a program, with None for what has no derivative."""
    results = program.entry.block.results
    if not any(has_derivative(r.type) for r in results):
        what, hint = _described(program.entry.result, next(iter(results), None))
        raise _refuse("ADC304", f"{target.name}() returns {what}, which has no derivative", target, hint.partition(";")[0])
    return _gradient_tree(program.entry.result, (r.type for r in results))


def compile_jvp(target: Target, arguments: Mapping[str, Argument], wrt: Sequence[Wrt], *, inner: Artifact | None = None,
                value: bool = True, name: str | None = None) -> Artifact:
    """Value and tangents of a function (of its derivative `inner`, if that is given), for tangents of the parameters `wrt`.

    The generated function has a keyword parameter `x_dot` for each of `wrt` and returns (value, tangent), or the tangent
    alone. Raises CompileError.
    """
    chosen, base = _Selection.of(target, arguments, wrt), _base(target, arguments, inner)
    names = _added(base.program, [f"{_plain(w)}_dot" for w in wrt])
    parameters = [Parameter(n, tree, kind="KEYWORD_ONLY") for n, tree in zip(names, chosen.trees, strict=True)]
    name = name or f"{base.label}_jvp"
    program = tangent(base.program, chosen.leaves, parameters, name=name, result=_result_tree(base.program, target), value=value)
    doc = f"{'Value and tangent' if value else 'Tangent'} of `{base.label}` for the tangent{'s' if len(names) > 1 else ''} " \
          f"{_listed([f'`{n}`' for n in names])}."
    return base.artifact(name, program, doc, target, chosen.leaves, arguments, value, names)


def compile_vjp(target: Target, arguments: Mapping[str, Argument], wrt: Sequence[Wrt], *, inner: Artifact | None = None,
                single: bool = True, name: str | None = None) -> Artifact:
    """The pullback of a function: from the cotangent of its result, a keyword parameter, to those of the parameters `wrt`."""
    chosen, base = _Selection.of(target, arguments, wrt), _base(target, arguments, inner)
    (added,) = _added(base.program, ["result_bar"])
    parameters = [Parameter(added, _result_tree(base.program, target), kind="KEYWORD_ONLY")]
    name = name or f"{base.label}_vjp"
    program = pullback(base.program, chosen.leaves, parameters, name=name, result=chosen.tree(single))
    doc = f"Cotangent of {_listed([f'`{_plain(w)}`' for w in wrt])} for the cotangent `{added}` of the result of `{base.label}`."
    return base.artifact(name, program, doc, target, chosen.leaves, arguments, added=[added])


def compile_jacobian(target: Target, arguments: Mapping[str, Argument], wrt: Sequence[Wrt], *, forward: bool,
                     inner: Artifact | None = None, single: bool = True, name: str | None = None) -> Artifact:
    """The derivatives of all results of a function with respect to the parameters `wrt`, column by column or row by row."""
    chosen, base = _Selection.of(target, arguments, wrt), _base(target, arguments, inner)
    _refuse_lists(target, base.program, chosen)
    name = name or f"{base.label}_jacobian"
    tree = _nested(_result_tree(base.program, target), chosen.tree(single))
    program = jacobian(base.program, chosen.leaves, name=name, result=tree, forward=forward)
    doc = f"Jacobian of `{base.label}` with respect to {_listed([f'`{_plain(w)}`' for w in wrt])}, " \
          f"{'column by column' if forward else 'row by row'}."
    return base.artifact(name, program, doc, target, chosen.leaves, arguments)


def _refuse_lists(target: Target, program: Program, chosen: _Selection) -> None:
    entry = program.entry
    lists = [v for v in (*(entry.block.params[k] for k in chosen.leaves), *entry.block.results)
             if has_derivative(v.type) and not isinstance(v.type, Scalar | Array)]
    if lists:
        raise _refuse("ADC304", f"{target.name}() has {describe(lists[0].type)} among its arguments or results, and a Jacobian "
                      "is a matrix of arrays", target, "use np.array(...)")


def compile_primal(target: Target, arguments: Mapping[str, Argument], wrt: Sequence[Wrt], *,
                   inner: Artifact | None = None) -> Artifact:
    """The function itself (its derivative `inner`, if that is given) as a program, for its sparse derivatives."""
    chosen, base = _Selection.of(target, arguments, wrt), _base(target, arguments, inner)
    _refuse_lists(target, base.program, chosen)
    return Artifact(base.label, base.program, base.program, "", chosen.leaves, tuple(arguments.items()), base.dependencies,
                    base.mutated)


def sparse_tree(primal: Artifact, target: Target, wrt: Sequence[Wrt], single: bool) -> Tree:
    """The structure of its Jacobians: for each result, the structure of the parameters."""
    chosen = _Selection.of(target, dict(primal.arguments), wrt)
    return _nested(_result_tree(primal.program, target), chosen.tree(single))


def compile_compressed(target: Target, primal: Artifact, wrt: Sequence[Wrt], *, forward: bool, name: str,
                       title: str) -> Artifact:
    """Chosen entries of the Jacobian of a compiled primal, from seeds by colour (`adcompiler.transforms.compressed`).

    `title`: what the matrix is.
    """
    base = _Base(primal.program, primal.name, primal.dependencies, primal.mutated)
    program, added = compressed(primal.program, primal.wrt, name=name, forward=forward)
    doc = f"Entries of the {title} with respect to {_listed([f'`{_plain(w)}`' for w in wrt])}, " \
          f"by colours of its {'columns' if forward else 'rows'}."
    return base.artifact(name, program, doc, target, primal.wrt, dict(primal.arguments), added=added)
@dataclass(frozen=True)
class Examples:
    """Which arguments hold many examples: for each leaf parameter its axis of them, or None.

    `size`: the name of their number. `out_axes`: for each leaf of a result of this structure where the axis goes, or None.
    """

    axes: tuple[int | None, ...]
    size: Dim
    out_axes: Callable[[Tree], list[int | None]]


def compile_batched(target: Target, arguments: Mapping[str, Argument], example: Mapping[str, Argument], examples: Examples, *,
                    inner: Artifact | None = None) -> Artifact:
    """A function for many examples at once, as array code; `example`: the arguments for one. Raises CompileError."""
    base = _base(target, example, inner)
    name = f"{base.label}_vmap"
    tree = base.program.entry.result
    program = _stacked(target, lambda: batch_program(base.program, examples.axes, examples.out_axes(tree), examples.size, name))
    doc = f"`{base.label}` for each example in {_taken(base.program, examples)}."
    return base.artifact(name, program, doc, target, (), arguments, added=inner.added if inner else ())


def compile_batched_gradient(target: Target, arguments: Mapping[str, Argument], example: Mapping[str, Argument],
                             examples: Examples, wrt: Sequence[Wrt], *, inner: Artifact | None, single: bool,
                             value: bool) -> Artifact:
    """The gradients of a function for many examples at once, as the gradient of array code. Raises CompileError."""
    chosen, base = _Selection.of(target, example, wrt), _base(target, example, inner)
    label = _label(base.label, value)
    primal = join_systems(base.program)
    _seed(primal, target, False)
    tree = chosen.tree(single)
    whole: Tree = Node("tuple", (0, 1), (primal.entry.result, tree)) if value else tree
    out_axes = examples.out_axes(whole)
    program = _stacked(target, lambda: batch_gradient(primal, chosen.leaves, examples.axes, out_axes, examples.size,
                                                      f"{label}_vmap", tree, value))
    return base.artifact(f"{label}_vmap", program, f"`{label}` for each example in {_taken(primal, examples)}.", target, (),
                         arguments)


def _stacked(target: Target, make: Callable[[], Program]) -> Program:
    try:
        return make()
    except Unstacked as error:
        raise _refuse("ADC528", f"{target.name}() returns {error}", target, "return numbers and arrays") from None


def _taken(program: Program, examples: Examples) -> str:
    """The parameters that hold examples, in words."""
    names = [p.name for p, k in _first_leaves(program.entry) if any(a is not None for a in examples.axes[k])]
    return _listed([f"`{n}`" for n in names])


def _first_leaves(entry: Function) -> list[tuple[Parameter, slice]]:
    """The parameters of a function, each with the places of its leaves."""
    found, at = [], 0
    for p in entry.signature:
        count = sum(1 for _ in leaves(p.tree))
        found.append((p, slice(at, at + count)))
        at += count
    return found


def _nested(outer: Tree, inner: Tree) -> Tree:
    """The structure `outer` with `inner` at each leaf."""
    match outer:
        case Leaf():
            return inner
        case Node(children=children):
            return replace(outer, children=tuple(_nested(c, inner) for c in children))
        case _:
            return outer


def _plain(w: Wrt) -> str:
    return w if isinstance(w, str) else f"{w[0]}_{w[1]}"


def _added(primal: Program, wanted: Sequence[str]) -> list[str]:
    """Names for more parameters, other than those that there are."""
    taken = {p.name for p in primal.entry.signature}
    names: list[str] = []
    for plain in wanted:
        names.append(next(n for n in (plain, *(f"{plain}_{k}" for k in range(1, len(taken) + 2))) if n not in taken))
        taken.add(names[-1])
    return names


def _text(program: Program, doc: str, target: Target, native: Native | None = None) -> str:
    """The source of a program; refused where a parameter would hide a module or a builtin that it uses."""
    program = without_unused(program, derivatives=False)
    source = emit(for_numba(program) if native else program, doc=doc, native=native)
    for node in ast.walk(tree := ast.parse(source)):
        match node:
            case ast.Call(func=ast.Name(id=used)):
                pass
            case ast.Attribute(value=ast.Name(id="np" | "math" | "scipy" | "special" as used)):
                pass
            case _:
                continue
        hiding = [p for f in tree.body if isinstance(f, ast.FunctionDef) for p in parameters_of(f) if p.name == used]
        if hiding:
            place = next((target.span_of(p.node) for p in target.parameters if p.name == used), header_span(target))
            raise fail("ADC607", f"the parameter {used!r} hides the {used} that the derivative needs", place,
                       "give the parameter another name")
    return source


def _label(primal: str, value: bool) -> str:
    return f"{primal}_{'value_and_grad' if value else 'grad'}"


def with_plain_defaults(program: Program, target: Target) -> Program:
    """The program with defaults that the generated module can evaluate: literals, or constants with a name."""
    constants = dict(program.constants)
    signature = tuple(_plain_default(p, target, constants) for p in program.entry.signature)
    return replace(program, entry=replace(program.entry, signature=signature), constants=constants)


def _plain_default(p: Parameter, target: Target, constants: dict[str, Constant]) -> Parameter:
    if p.default is None or _is_literal(p.default):
        return p
    default = target.default(p.name)
    if default is MISSING:
        return p
    if _is_literal(repr(default)):
        return replace(p, default=repr(default))
    constants[f"default_{p.name}"] = Constant(default, f"default_{p.name} = {p.default}")
    return replace(p, default=f"default_{p.name}")


def _is_literal(text: str) -> bool:
    try:
        ast.literal_eval(text)
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        return False
    return True


def differentiate(primal: Program, target: Target, arguments: Mapping[str, Argument], wrt: Sequence[Wrt], *,
                  value: bool, has_aux: bool, single: bool, name: str, native: bool = False) -> tuple[Program, tuple[int, ...]]:
    """The gradient program of a primal program, `native` if for compiled code."""
    selected = [_selected(target, w, arguments) for w in wrt]
    seed = _seed(primal, target, has_aux)
    trees = [_gradient_tree(tree, iter(types)) for tree, types, _ in selected]
    ordered = tuple(first + k for _, types, first in selected for k, t in enumerate(types) if has_derivative(t))
    result: Tree = trees[0] if single else Node("tuple", tuple(range(len(trees))), tuple(trees))
    prepared = find_extremes(free_scratch(join_systems(primal)))
    adjoint = gradient(prepared, ordered, name=name, result=result, value=value or has_aux, seed=seed, native=native)
    if has_aux and not value:
        adjoint = _with_aux(adjoint, primal, result)
    return optimise(_checked(adjoint), gradient=True), ordered


def _doc(name: str, wrt: Sequence[Wrt], value: bool) -> str:
    names = [f"`{w}`" if isinstance(w, str) else f"`{w[0]}[{w[1]}]`" for w in wrt]
    return f"{'Value and gradient' if value else 'Gradient'} of `{name}` with respect to {_listed(names)}."


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else ", ".join(names[:-1]) + " and " + names[-1]


def _seed(primal: Program, target: Target, has_aux: bool) -> int:
    """Check that the result is one real number (with `has_aux`: a pair that begins with one); its position."""
    tree = primal.entry.result
    if has_aux:
        if not (isinstance(tree, Node) and tree.kind == "tuple" and len(tree.children) == 2):
            raise _refuse("ADC304", f"with has_aux, {target.name}() must return a pair (value, aux)", target,
                          "return value, aux")
        tree = tree.children[0]
    first = next(iter(primal.entry.block.results), None)
    if isinstance(tree, Leaf) and first is not None and isinstance(first.type, Scalar) \
            and not first.type.dtype.startswith("complex"):
        return 0
    what, hint = _described(tree, first)
    plain = target.name.strip("<>")
    name = primal.entry.name if primal.entry.name.startswith(f"{plain}_") else target.name  # a derivative, or the function
    raise _refuse("ADC304", f"{name}() returns {what}, and a gradient needs one real number", target, hint)


def _described(tree: Tree, first: Atom | None) -> tuple[str, str]:
    """What a result is that is no real number, and what to do about it."""
    if isinstance(tree, Node):
        return f"a {tree.kind}", "return one number, or use vjp or jacobian; for (value, aux) pass has_aux=True"
    if not isinstance(tree, Leaf) or first is None or (isinstance(first, Const) and first.value is None):
        return "nothing (None)", "return the number; for several of them use vjp or jacobian"
    if isinstance(first.type, Never):
        return "nothing, since it never ends", "give the recursion a case that ends it"
    if isinstance(first.type, Unknown):
        return describe(first.type), "convert the result: float(...); for arrays use vjp or jacobian"
    return describe(first.type), "sum the result, or use vjp or jacobian"


def _refuse(code: str, message: str, target: Target, hint: str) -> CompileError:
    return fail(code, message, header_span(target), hint)


def _selected(target: Target, wrt: Wrt, arguments: Mapping[str, Argument]) -> tuple[Tree, tuple[Type, ...], int]:
    """Structure and types of what is differentiated, and the position of its first leaf among all leaves."""
    name, item = wrt if isinstance(wrt, tuple) else (wrt, None)
    if name not in arguments:
        known = ", ".join(p.name for p in target.parameters) or "none"
        raise _refuse("ADC602", f"{target.name}() has no parameter {name!r}", target, f"its parameters are {known}")
    tree, types = arguments[name].tree, arguments[name].types
    first = next((k for n, k, _ in bound_leaves(arguments) if n == name), 0)
    if item is not None:
        assert isinstance(tree, Node)
        if item >= len(tree.children):
            raise _refuse("ADC602", f"there is no value {item} in *{name}", target, f"{len(tree.children)} were given")
        sizes = [sum(1 for _ in leaves(c)) for c in tree.children]
        skipped = sum(sizes[:item])
        tree, types, first = tree.children[item], types[skipped:skipped + sizes[item]], first + skipped
    if not any(has_derivative(t) for t in types):
        place = next(p.node for p in target.parameters if p.name == name)
        what = type(tree.value).__name__ if isinstance(tree, Static) else describe(types[0]) if types else "empty"
        raise fail("ADC603", f"{name!r} holds no real number that a derivative could be taken for (it is: {what})",
                   target.span_of(place), "choose another parameter with wrt=...")
    return tree, types, first


def _gradient_tree(tree: Tree, types: Any) -> Tree:
    """The structure of a parameter's gradient: text stays what it is, other parts without a derivative become None."""
    match tree:
        case Leaf():
            return tree if has_derivative(next(types)) else Static(None)
        case Node():
            return replace(tree, children=tuple(_gradient_tree(c, types) for c in tree.children))
        case Static(str()):
            return tree
        case _:
            return Static(None)


def _with_aux(program: Program, primal: Program, result: Tree) -> Program:
    """From ((value, aux), gradient) to (gradient, aux)."""
    entry = program.entry
    values = len(primal.entry.block.results)
    aux = entry.block.results[1:values]
    gradients = entry.block.results[values:]
    tree = primal.entry.result
    assert isinstance(tree, Node)
    pair = Node("tuple", (0, 1), (result, tree.children[1]))
    block = replace(entry.block, results=(*gradients, *aux))
    return replace(program, entry=replace(entry, block=block, result=pair))

