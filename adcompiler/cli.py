"""adcompile: gradients of the functions in a file, as a module. The file is read, and run only for `--verify`."""

from __future__ import annotations

import argparse
import difflib
import os
import sys
import traceback
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from adcompiler.backend.files import VERSION, header_of, write_generated
from adcompiler.backend.native import Native
from adcompiler.commandline.choice import Choice, UsageError, Wrt, choices, split_word
from adcompiler.commandline.merge import merge
from adcompiler.commandline.modes import MODES, check_modes, compile_choice, name_of
from adcompiler.commandline.running import NotRunnable, imported, primal_of
from adcompiler.commandline.sample import fits, parse_at, sample
from adcompiler.diagnostics import CompileError
from adcompiler.frontend.arguments import Argument, argument_of
from adcompiler.frontend.signature import arguments_of_signature
from adcompiler.ir.text import show
from adcompiler.ir.types import FLOAT
from adcompiler.pipeline import Artifact

FINE, WRONG, USAGE, INTERRUPTED = 0, 1, 2, 130
CHECKS = ("sympy", "numeric")
WHEN = ("auto", "always", "never")

DESCRIPTION = """\
Write the gradient of a Python function as Python source. FILE is parsed, and never imported or run (but by --verify).
Without FUNC: the functions that are decorated with @grad or @value_and_grad, else the only public one.
"""
EPILOG = """\
examples:
  adcompile model.py                                        print the gradient
  adcompile model.py:loss --wrt weights,bias -o loss_grad.py
  adcompile model.py:loss --wrt weights,bias -o loss_grad.py --check
  adcompile model.py:loss --verify --at "weights=[0.5, 1.0], bias=0.1"
  adcompile model.py:loss --mode hvp --at "weights=[0.5, 1.0]"

exit status: 0 fine, 1 an error in a source file or a failed or stale check, 2 a wrong command
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit status."""
    try:
        options = _parsed(sys.argv[1:] if argv is None else argv)
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else USAGE
    try:
        return _run(options)
    except UsageError as error:
        return _complain(str(error), USAGE)
    except CompileError as error:
        print(error, file=sys.stderr)
        return WRONG
    except NotRunnable as error:
        return _complain(str(error), WRONG)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return FINE
    except KeyboardInterrupt:
        return INTERRUPTED
    except Exception as error:
        if options.verbose:
            traceback.print_exception(error)
        return _complain(f"this is a bug in adcompiler: {error!r}", WRONG)


def _complain(message: str, status: int) -> int:
    print(f"adcompile: error: {message}", file=sys.stderr)
    return status


# --- the command line -------------------------------------------------------------------------------------


def _parsed(argv: Sequence[str]) -> argparse.Namespace:
    parser = _parser()
    options = parser.parse_args(_with_values(argv))
    if (options.check or options.diff) and options.output in (None, "", "-"):
        parser.error("--check and --diff compare with a file: name it with -o")
    if options.function and all(split_word(word)[1] for word in options.files):
        parser.error(f"-f {options.function[0]}: every FILE names its function already")
    return options


def _with_values(argv: Sequence[str]) -> list[str]:
    """The words of the command, where `--verify` and `--color` have their values: they never take a FILE for one."""
    words: list[str] = []
    for word in argv:
        if words and words[-1] == "--color=always" and word in WHEN:
            words[-1] = f"--color={word}"
        else:
            words.append({"--verify": f"--verify={','.join(CHECKS)}", "--color": "--color=always"}.get(word, word))
    return words


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="adcompile", description=DESCRIPTION, epilog=EPILOG, allow_abbrev=False,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("files", nargs="+", metavar="FILE[:FUNC]", help="a Python file, and a function at its top level")
    add("-f", "--function", metavar="FUNC", action="append", help="the function, where FILE does not name one; may be repeated")
    add("--wrt", metavar="X,Y", type=_wrt, help="differentiate with respect to these parameters (names or positions)")
    add("--value", action="store_true", help="return the pair (value, gradient)")
    add("--mode", choices=tuple(MODES), default="reverse", help="; ".join(f"{m}: {what}" for m, what in MODES.items()))
    add("--order", metavar="N", type=int, default=1, help="the N-th derivative: the gradient of the gradient and so on")
    add("--target", choices=("python", "numba"), help="what the source is for (default: python, or as a decorator says)")
    add("--has-aux", action="store_true", help="the function returns a pair (value, anything); only the value counts")
    add("--emit", choices=("source", "ir"), default="source", help="what to print (default: source)")
    add("-o", "--output", metavar="PATH", help="write to a file; only a generated file is ever overwritten")
    add("--check", action="store_true", help="write nothing; exit with 1 when the file at -o is stale")
    add("--diff", action="store_true", help="write nothing; print how the file at -o would change")
    add("--verify", metavar="CHECKS", nargs="?", type=_checks, default=(),
        help="run the function and check the gradient first; --verify=sympy or --verify=numeric makes one check only")
    add("--at", metavar="VALUES", type=str, help='arguments, as "x=1.5, n=10": to compile for and to check at')
    add("--time-limit", metavar="SECONDS", type=float, default=10.0, help="for each --verify (default: 10)")
    add("--color", metavar="WHEN", nargs="?", choices=WHEN, default="auto",
        help="colour the source: auto (default), always, never; --color alone means always")
    add("-q", "--quiet", action="store_true", help="say nothing but errors")
    add("-v", "--verbose", action="store_true", help="say what is compiled for which types")
    add("--version", action="version", version=f"adcompile {VERSION}")
    return parser


def _names(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _checks(text: str) -> tuple[str, ...]:
    names = _names(text)
    unknown = [name for name in names if name not in CHECKS]
    if unknown or not names:
        what = f"unknown check {unknown[0]!r}" if unknown else "no check is named"
        raise argparse.ArgumentTypeError(f"{what}; the checks are {', '.join(CHECKS)}")
    return names


def _wrt(text: str) -> Wrt:
    """`x` is one parameter; `x,y` and `x,` are tuples, and give tuples of gradients."""
    names = tuple(int(n) if n.lstrip("-").isdigit() else n for n in _names(text))
    if not names:
        raise argparse.ArgumentTypeError("name a parameter")
    return names if "," in text else names[0]


# --- compiling --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Compiled:
    choice: Choice
    artifact: Artifact
    expected: dict[str, Argument]
    given: dict[str, Any]
    word: str


def _run(options: argparse.Namespace) -> int:
    _refuse_input_as_output(options)
    compiled = _compile_all(options)
    if compiled is None:
        return WRONG
    if options.verify and not all([_verified(c, options) for c in compiled]):
        return WRONG
    if options.emit == "ir":
        body = "\n".join(show(c.artifact.program).rstrip("\n") + "\n" for c in compiled)
    else:
        body = merge([c.artifact.source for c in compiled])
    text = header_of(*(c.choice.target for c in compiled)) + body
    return _deliver(text, options)


def _refuse_input_as_output(options: argparse.Namespace) -> None:
    """A generated file may be read again, and its header would let us write over it."""
    if options.output and os.path.exists(options.output):
        for path in (split_word(word)[0] for word in options.files):
            if os.path.exists(path) and os.path.samefile(path, options.output):
                raise UsageError(f"{options.output} is what is read; write to another file")


def _compile_all(options: argparse.Namespace) -> list[_Compiled] | None:
    """Every function that is meant; None after the errors of all have been told."""
    chosen: list[tuple[str, Choice]] = []
    compiled: list[_Compiled] = []
    failed = False
    for word in options.files:
        try:
            chosen += [(word, choice) for choice in _choices(word, options)]
        except CompileError as error:
            print(error, file=sys.stderr)
            failed = True
    for _, choice in chosen:
        check_modes(options.mode, options.order, choice.value, choice.has_aux, bool(options.verify), bool(choice.native))
    _refuse_twice([name_of(choice, options.mode, options.order) for _, choice in chosen])
    values = parse_at(options.at or "")
    known = {p.name for _, choice in chosen for p in choice.target.parameters}
    for word, choice in chosen:
        own = {p.name for p in choice.target.parameters}
        given = {n: v for n, v in values.items() if n in own or n not in known}
        try:
            compiled.append(_compile(word, choice, given, options))
        except CompileError as error:
            print(error, file=sys.stderr)
            _note_guesses(error, choice, given)
            failed = True
    return None if failed else compiled


def _note_guesses(error: CompileError, choice: Choice, given: dict[str, Any]) -> None:
    """Say which parameters were taken for real numbers only because nothing tells what they are."""
    if not error.code.startswith("ADC3"):
        return
    arguments = arguments_of_signature(choice.target, choice.names, given)
    guessed = [p.name for p in choice.target.parameters if p.annotation is None and p.default is None
               and p.name not in given and arguments[p.name].types == (FLOAT,)]
    if guessed:
        print(f"  note: taken for {'a real number' if len(guessed) == 1 else 'real numbers'}: {', '.join(guessed)}; "
              "annotate what is not, or give an example with --at", file=sys.stderr)


def _refuse_twice(names: Sequence[str]) -> None:
    twice = next((n for n in names if names.count(n) > 1), None)
    if twice is not None:
        raise UsageError(f"two functions would be called {twice!r}; write them to separate files")


def _choices(word: str, options: argparse.Namespace) -> list[Choice]:
    """What a word means, with the options of the command before those of decorators."""
    return [replace(choice, wrt=choice.wrt if options.wrt is None else options.wrt, value=choice.value or options.value,
                    has_aux=choice.has_aux or options.has_aux, native=_native(choice, options))
            for function in options.function or [None] for choice in choices(word, function)]


def _native(choice: Choice, options: argparse.Namespace) -> Native | None:
    if options.target is None:
        return choice.native
    return choice.native or Native() if options.target == "numba" else None


def _compile(word: str, choice: Choice, given: dict[str, Any], options: argparse.Namespace) -> _Compiled:
    target = choice.target
    names = choice.names
    arguments = arguments_of_signature(target, names, given)
    if given:
        values = sample(target, arguments, given)
        for name in given:
            if not fits(values[name], arguments[name], name in names):
                arguments[name] = argument_of(values[name], name in names, name)
    artifact = compile_choice(choice, arguments, options.mode, options.order)
    if options.verbose:
        print(f"{target.filename}: {_signature(artifact)}", file=sys.stderr)
    return _Compiled(choice, artifact, arguments, given, word)


def _signature(artifact: Artifact) -> str:
    entry = artifact.primal.entry.name
    return next(line for line in show(artifact.primal).splitlines() if line.startswith(f"fn {entry}("))


# --- the check --------------------------------------------------------------------------------------------


def _verified(compiled: _Compiled, options: argparse.Namespace) -> bool:
    """Whether the certificate is fine; prints it."""
    from adcompiler.verify.calls import certify_artifact

    path, _ = split_word(compiled.word)
    target = compiled.choice.target
    with imported(path) as module:
        values = sample(target, compiled.expected, compiled.given, vars(module))
        certificate = certify_artifact(compiled.artifact, values, primal_of(module, target.name),
                                       checks=options.verify, time_limit=options.time_limit)
    if not options.quiet or not certificate.ok:
        shown = ", ".join(f"{name}={value!r}" for name, value in values.items())
        print(f"{target.name}({shown})\n{certificate}", file=sys.stderr)
    return certificate.ok


# --- delivering -------------------------------------------------------------------------------------------


def _deliver(text: str, options: argparse.Namespace) -> int:
    if options.output is None or options.output == "-":
        _print(text, options.color, "python" if options.emit == "source" else "")
        return FINE
    if options.check or options.diff:
        return _compare(text, options)
    try:
        write_generated(options.output, text)
    except FileExistsError as error:
        raise UsageError(str(error)) from None
    except OSError as error:
        raise UsageError(f"cannot write {options.output}: {error.strerror or error}") from None
    _note(f"wrote {options.output}", options)
    return FINE


def _compare(text: str, options: argparse.Namespace) -> int:
    """`--check` and `--diff`: the file at -o against what would be written."""
    path: str = options.output
    old = _existing(path)
    fresh = old is not None and old == text
    if options.diff and not fresh:
        lines = difflib.unified_diff((old or "").splitlines(keepends=True), text.splitlines(keepends=True), path, path)
        _print("".join(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines),
               options.color, "diff")
    if not options.check:
        return FINE
    if fresh:
        _note(f"{path} is current", options)
        return FINE
    print(f"{path} does not exist" if old is None else f"{path} is stale", file=sys.stderr)
    return WRONG


def _existing(path: str) -> str | None:
    try:
        with Path(path).open(encoding="utf-8", errors="replace", newline="") as file:
            return file.read()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror or error}") from None


def _note(message: str, options: argparse.Namespace) -> None:
    if not options.quiet:
        print(message, file=sys.stderr)


def _print(text: str, color: str, language: str) -> None:
    """To stdout, the same bytes on every system. Raises UsageError where it cannot be written."""
    if sys.stdout is None:
        raise UsageError("cannot write to stdout: it is closed")
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(encoding="utf-8", newline="\n")
    wanted = color == "always" or (color == "auto" and sys.stdout.isatty() and "NO_COLOR" not in os.environ)
    try:
        print(_colored(text, language, color == "always") if wanted and language else text, end="", flush=True)
    except BrokenPipeError:
        raise
    except OSError as error:
        raise UsageError(f"cannot write to stdout: {error.strerror or error}") from None


def _colored(text: str, language: str, demanded: bool) -> str:
    try:
        from pygments import highlight
        from pygments.formatters import TerminalFormatter
        from pygments.lexers import get_lexer_by_name
    except ImportError:
        if demanded:
            print("adcompile: no colours: Pygments is not installed", file=sys.stderr)
        return text
    colored: str = highlight(text, get_lexer_by_name(language, stripnl=False), TerminalFormatter())
    return colored
