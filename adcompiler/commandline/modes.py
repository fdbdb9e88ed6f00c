"""What `--mode` and `--order` ask for: which derivative of a function is compiled."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from adcompiler.commandline.choice import Choice, UsageError
from adcompiler.frontend.arguments import Argument
from adcompiler.pipeline import Artifact, Wrt, compile_again, compile_gradient, compile_jacobian, compile_jvp, compile_vjp

MODES = {
    "reverse": "the gradient (the default)",
    "forward": "value and tangent, for a tangent of each parameter",
    "vjp": "the cotangents of the parameters, for one of the result",
    "jacobian": "the Jacobian, row by row",
    "hvp": "the product of the Hessian with a direction",
    "hessian": "the Hessian",
}
SUFFIXES = {"forward": "jvp", "vjp": "vjp", "jacobian": "jacobian", "hvp": "hvp", "hessian": "hessian"}


def check_modes(mode: str, order: int, value: bool, has_aux: bool, verify: bool, native: bool = False) -> None:
    """Refuse what does not go together. Raises UsageError."""
    if order < 1:
        raise UsageError("--order is 1 or more")
    if mode != "reverse":
        for given, option in ((order > 1, "--order"), (value, "--value"), (has_aux, "--has-aux"), (verify, "--verify"),
                              (native, "--target numba")):
            if given:
                raise UsageError(f"{option} belongs to gradients, not to --mode {mode}")
    if order > 1 and has_aux:
        raise UsageError("--has-aux goes with --order 1 only")


def name_of(choice: Choice, mode: str, order: int) -> str:
    """What the generated function is called."""
    if mode != "reverse":
        return f"{choice.target.name}_{SUFFIXES[mode]}"
    return f"{choice.target.name}{'_grad' * (order - 1)}{choice.name.removeprefix(choice.target.name)}"


def compile_choice(choice: Choice, arguments: Mapping[str, Argument], mode: str, order: int) -> Artifact:
    """The derivative that is asked for. Raises CompileError."""
    target, names, name = choice.target, choice.names, name_of(choice, mode, order)
    single = not isinstance(choice.wrt, tuple)
    match mode:
        case "forward":
            return compile_jvp(target, arguments, names, name=name)
        case "vjp":
            return compile_vjp(target, arguments, names, single=single, name=name)
        case "jacobian":
            return compile_jacobian(target, arguments, names, forward=False, single=single, name=name)
        case "hvp" | "hessian":
            inner = compile_gradient(target, arguments, names, single=single)
            if mode == "hvp":
                return compile_jvp(target, arguments, names, inner=inner, value=False, name=name)
            return compile_jacobian(target, arguments, names, forward=True, inner=inner, single=single, name=name)
    return _gradient(choice, arguments, names, single, order, name)


def _gradient(choice: Choice, arguments: Mapping[str, Argument], names: Sequence[Wrt], single: bool, order: int,
              name: str) -> Artifact:
    first = choice.value and order == 1
    artifact = compile_gradient(choice.target, arguments, names, value=first, has_aux=choice.has_aux, single=single,
                                name=name if order == 1 else None, native=choice.native)
    for k in range(2, order + 1):
        artifact = compile_again(artifact, choice.target, arguments, names, value=choice.value and k == order, has_aux=False,
                                 single=single, native=choice.native)
    return artifact
