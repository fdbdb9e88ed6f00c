"""Programs of one primitive, and what must hold for their derivatives."""

from __future__ import annotations

import itertools
import random
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from adcompiler.backend.emit import emit
from adcompiler.backend.load import load
from adcompiler.ir.build import Builder, const
from adcompiler.ir.evaluate import evaluate
from adcompiler.ir.nodes import Atom, Block, Function, Leaf, Node, Parameter, Program, Var
from adcompiler.ir.text import read_program
from adcompiler.ir.types import Array, Scalar, Type, has_derivative
from adcompiler.ir.verify import verify
from adcompiler.pipeline import GRADIENT_PASSES
from adcompiler.transforms.reverse import gradient
from tests.ir.typed import TypedInterpreter, type_of
from tests.programs.differences import slope


@dataclass(frozen=True)
class Fixed:
    """An operand that is a constant of the program."""

    value: Any


@dataclass(frozen=True)
class Case:
    """A call of a primitive: `text` is a program in the IR's own notation where one call is not enough."""

    name: str
    args: tuple[Any, ...]
    params: dict[str, Any] = field(default_factory=dict)
    text: str = ""
    known_sizes: bool = False
    """Whether the type rule needs to know which sizes are 1."""
    held: frozenset[int] = frozenset()
    """The operands that are not differentiated."""

    def __str__(self) -> str:
        given = [repr(a.value) if isinstance(a, Fixed) else str(np.shape(a)) if np.ndim(a) else type(a).__name__
                 for a in self.args]
        return f"{self.name}({', '.join([*given, *(f'{k}={v}' for k, v in self.params.items())])})"


def numbers(*shape: int, low: float = -1.5, high: float = 1.5, seed: int = 0) -> Any:
    """An array of numbers between the bounds, away from each other and from integers."""
    rng = random.Random(f"{shape}{low}{high}{seed}")
    size = int(np.prod(shape))
    steps = rng.sample(range(size), size)
    return np.array([low + (high - low) * (k + 0.31 + 0.3 * rng.random()) / max(size, 1) for k in steps]).reshape(shape)


# --- the programs -----------------------------------------------------------------------------------------------


def primal_of(case: Case, sizes_known: bool, width: int) -> Program:
    """A program that computes a weighted sum of the primitive's result. Its last parameter is the weights."""
    if case.text:
        return weighted(read_program(case.text), width)
    counter = itertools.count()
    params, atoms = [], []
    for k, value in enumerate(case.args):
        if isinstance(value, Fixed):
            atoms.append(const(value.value))
            continue
        type_ = type_of(value)
        if isinstance(type_, Array) and not sizes_known:
            type_ = Array(type_.dtype, tuple(f"?size{next(counter)}" for _ in type_.dims))
        params.append(Var(f"x{k}", type_))
        atoms.append(params[-1])
    builder = Builder()
    y = builder.prim(case.name, *atoms, **case.params)
    block = builder.block(params, [y])
    return weighted(Program(Function("f", tuple(Parameter(p.hint, Leaf()) for p in params), Leaf(), block)), width)


WHOLE = 9


def weighted(program: Program, width: int = WHOLE) -> Program:
    """The program with the sum of its real results, each times weights, as its only result.

    The weights have the last `width` axes of a result. With fewer than all, the adjoint that a rule is given has fewer, too.
    """
    entry = program.entry
    builder = Builder()
    builder.binds += entry.block.binds
    weights: list[Var] = []
    total: Atom = const(0.0)
    for k, result in enumerate(a for a in entry.block.results if has_derivative(a.type)):
        weights.append(Var(f"w{len(entry.signature)}_{k}", _double(result.type, width)))
        term = builder.prim("mul", result, weights[-1])
        total = builder.prim("add", total, builder.prim("numpy.sum", term) if isinstance(term.type, Array) else term)
    block = Block((*entry.block.params, *weights), tuple(builder.binds), (total,))
    signature = (*entry.signature, *(Parameter(w.hint, Leaf()) for w in weights))
    return replace(program, entry=Function("f", signature, Leaf(), block))


def _double(type_: Type, width: int) -> Type:
    assert isinstance(type_, Array | Scalar)
    last = type_.dims[max(0, type_.rank - width):] if isinstance(type_, Array) else ()
    return Array("float64", last) if last else Scalar("float64")


def gradient_of(program: Program, wrt: Sequence[int]) -> Program:
    """The simplified program of the gradient."""
    result = Node("tuple", tuple(range(len(wrt))), tuple(Leaf() for _ in wrt))
    made = gradient(program, wrt, name="f_grad", result=result)
    for transform in GRADIENT_PASSES:
        made = transform(made)
    verify(made)
    return made


# --- what must hold -----------------------------------------------------------------------------------------------


def check(case: Case, sizes_known: bool, second: bool, width: int = WHOLE) -> None:
    """The gradient agrees with differences, the printed program with its IR, and all values with their types."""
    program = primal_of(case, sizes_known, width)
    verify(program)
    values = [a for a in case.args if not isinstance(a, Fixed)]
    weights = weights_for(program, values, width)
    args = [*values, *weights]
    looked(program, args)
    given = [k for k, a in enumerate(case.args) if not isinstance(a, Fixed)]
    wrt = [k for k, v in enumerate(values) if has_derivative(type_of(v)) and given[k] not in case.held]
    choices = [wrt] if len(wrt) == 1 else [wrt, *([k] for k in wrt)]
    for chosen in choices:
        made = gradient_of(program, chosen)
        found = looked(made, args)
        compare(program, args, chosen, found)
    if second:
        again = weighted(gradient_of(program, wrt))
        args = [*args, *weights_for(again, args)]
        found = looked(gradient_of(again, wrt), args)
        compare(again, args, wrt, found)


def weights_for(program: Program, values: Sequence[Any], width: int = WHOLE) -> list[Any]:
    """Weights of the right shapes: found by running the program with its results instead of their sum."""
    missing = program.entry.block.params[len(values):]
    results = tuple(next(b.op.args[0] for b in program.entry.block.binds if w in getattr(b.op, "args", ())) for w in missing)
    entry = replace(program.entry, signature=program.entry.signature[:len(values)],
                    block=Block(program.entry.block.params[:len(values)],
                                tuple(b for b in program.entry.block.binds if not _reads(b.op, missing)), results))
    entry = replace(entry, block=replace(entry.block, binds=_until(entry.block)))
    shapes = [np.shape(v)[max(0, np.ndim(v) - width):] for v in evaluate(replace(program, entry=entry), *values)]
    return [numbers(*s, low=0.3, high=1.7, seed=k + 5) if s else 0.7 + 0.1 * k for k, s in enumerate(shapes)]


def _reads(op: Any, missing: Sequence[Var]) -> bool:
    return any(w in getattr(op, "args", ()) for w in missing)


def _until(block: Block) -> tuple[Any, ...]:
    """The bindings that can be computed from the parameters that are left."""
    known, kept = set(block.params), []
    for b in block.binds:
        if all(a in known for a in getattr(b.op, "args", ()) if isinstance(a, Var)):
            kept.append(b)
            known.update(b.targets)
    return tuple(kept)


def looked(program: Program, args: Sequence[Any]) -> tuple[Any, ...]:
    """The results of a program, whose values are what their types say, and whose text computes the same."""
    interpreter = TypedInterpreter(program)
    with np.errstate(all="ignore"):
        found = interpreter.run(*args)
        printed = load(emit(program), {}, program.entry.name, "<rule>")(*args)
    assert not interpreter.disagreements, interpreter.disagreements[0]
    for a, b in zip(found, printed if isinstance(printed, tuple) else (printed,), strict=True):
        assert np.allclose(a, b, rtol=1e-10, atol=1e-12, equal_nan=True), f"the text gives {b}, the program {a}"
    return found


def compare(program: Program, args: Sequence[Any], wrt: Sequence[int], found: Sequence[Any]) -> None:
    """Each gradient has the form of its argument, and along a direction it is what differences say."""
    for k, bar in zip(wrt, found, strict=True):
        at = args[k]
        if isinstance(at, list):
            bar, at = np.array(bar), np.array(at)
        assert np.shape(bar) == np.shape(at), f"the gradient of operand {k} has the shape {np.shape(bar)}"
        single = getattr(at, "dtype", None) == np.float32
        assert np.asarray(bar).dtype == np.asarray(at).dtype, f"the gradient of operand {k} is {np.asarray(bar).dtype}"
        direction = numbers(*np.shape(at), low=-1.0, high=1.0, seed=9) if np.ndim(at) else 0.9
        got = float(np.sum(np.asarray(bar, dtype=float) * direction))

        def moved(h: float, k: int = k, at: Any = at, direction: Any = direction) -> float:
            shifted = np.asarray(at, dtype=float) + h * direction
            new = list(map(widened, args))
            new[k] = shifted.tolist() if isinstance(args[k], list) else shifted if np.ndim(at) else type(new[k])(shifted)
            with np.errstate(all="ignore"):
                return float(evaluate(program, *new)[0])

        expected = slope(moved)
        assert expected.trusted, f"differences say nothing here: {expected}"
        narrow = single or any(getattr(a, "dtype", None) == np.float32 for a in args)
        allowed = (2e-4 if narrow else 1e-7) * max(1.0, abs(expected.value)) + 10 * expected.error
        assert abs(got - expected.value) <= allowed, f"operand {k}: {got}, but differences give {expected}"


def widened(value: Any) -> Any:
    """The same in double precision."""
    if isinstance(value, np.ndarray) and value.dtype == np.float32:
        return value.astype(float)
    return np.float64(value) if isinstance(value, np.float32) else value


def narrowed(value: Any) -> Any:
    """The same in single precision."""
    if isinstance(value, np.ndarray) and value.dtype == np.float64:
        return value.astype(np.float32)
    return np.float32(value) if isinstance(value, np.float64) else value
