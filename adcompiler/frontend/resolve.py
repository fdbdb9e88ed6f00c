"""What a free name means: in a live function (its globals and closure) or in a file that is only read."""

from __future__ import annotations

import ast
import builtins
import collections.abc
import dataclasses
import importlib.util
import inspect
import math
import sys
import sysconfig
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import BuiltinFunctionType, FunctionType, ModuleType
from typing import Any

import numpy as np

from adcompiler.diagnostics import CompileError
from adcompiler.frontend.decorators import given_derivative
from adcompiler.frontend.values import (
    BuiltinV,
    ClassV,
    ConflictV,
    CustomV,
    DerivativeV,
    DtypeV,
    FunctionV,
    MethodV,
    ModuleV,
    OpaqueV,
    PrimV,
    Refused,
    TupleV,
    Value,
)
from adcompiler.ir.build import const
from adcompiler.ir.given import given_name
from adcompiler.library import HERE as LIBRARY
from adcompiler.source import SourceFile, Target, parameters_of, read_source

KNOWN_ROOTS = ("math", "numpy", "scipy")
OWN_FUNCTIONS = ("stop_gradient", "detach", "no_grad", "grad", "value_and_grad", "root", "fixed_point", "argmin")
OUTSIDE = ("jvp", "vjp", "linearize", "hvp", "jacfwd", "jacrev", "jacobian", "hessian", "check_grads")
BUILTINS = frozenset(
    "abs min max sum pow divmod round float int bool len range enumerate zip reversed isinstance print "
    "str repr list tuple dict any all sorted map filter type getattr hasattr set iter next open format "
    "hash id ord chr vars callable complex slice input object super eval exec compile globals locals "
    "setattr delattr __import__".split()
)
_MISSING = object()
_CHANGED = object()


@dataclass(frozen=True)
class LiveObject:
    """A live Python object that the front end lifts to a Value when it is read (it may need the heap)."""

    value: Any
    name: str


@dataclass(frozen=True)
class SourceExpression:
    """A module-level name of a file that is only read: the expression it was bound to."""

    node: ast.expr
    name: str
    scope: Scope
    file: SourceFile


@dataclass
class Dependency:
    """A global, closure cell or attribute that the compiled code was made from; `changed()` when it is another now."""

    read: Callable[[], Any]
    value: Any
    snapshot: Any = None
    space: dict[str, Any] | None = None
    key: str = ""

    @property
    def place(self) -> tuple[Any, str, Any]:
        """(space, key, value) such that nothing has changed while `space.get(key) is value`."""
        if self.space is not None and self.snapshot is None and self.key in self.space:
            return self.space, self.key, self.value
        return self, "", self.value

    def get(self, key: str) -> Any:
        """The value, or something else when it has changed: the `get` of a dict, for `place`."""
        return _CHANGED if self.changed() else self.value

    def changed(self) -> bool:
        """Whether compiling again could give other code."""
        now = self.read()
        if now is not self.value:
            return True
        return self.snapshot is not None and not _same(self.snapshot, now)


class Definition(Dependency):
    """A function whose code or defaults may be replaced in place: so do tools that reload modules."""

    def __init__(self, function: FunctionType) -> None:
        super().__init__(lambda: function, function, None, vars(function), "__code__")
        self.state = function, function.__code__, function.__defaults__

    def changed(self) -> bool:
        function, code, defaults = self.state
        return function.__code__ is not code or function.__defaults__ is not defaults


class _Members(Dependency):
    """What a class or an object has: its methods and attributes, each by identity."""

    def __init__(self, observe: Callable[[], list[Any]]) -> None:
        super().__init__(lambda: None, None)
        self._observe, self._seen = observe, observe()

    def get(self, key: str) -> Any:
        now = self._observe()
        same = len(now) == len(self._seen) and all(a is b for a, b in zip(now, self._seen, strict=True))
        return self.value if same else _CHANGED

    def changed(self) -> bool:
        return self.get("") is _CHANGED


def watch_members(owners: list[Any], dependencies: list[Dependency]) -> None:
    """Compile again when an attribute of one of the classes or objects is bound, rebound or removed."""
    dependencies.append(_Members(lambda: [part for o in owners for item in vars(o).items() for part in item]))


def _same(a: Any, b: Any) -> bool:
    if isinstance(a, dict):
        return isinstance(b, dict) and list(a) == list(b) and all(_same(a[k], b[k]) for k in a)
    if isinstance(a, list | tuple):
        return type(a) is type(b) and len(a) == len(b) and all(map(_same, a, b))
    return a is b or (isinstance(a, int | float | str) and type(a) is type(b) and a == b)


def snapshot(value: Any) -> Any:
    """A copy of a mutable constant, to notice that it was modified."""
    if isinstance(value, dict):
        return {k: snapshot(v) for k, v in value.items()}
    if isinstance(value, list):
        return [snapshot(v) for v in value]
    return value


class Scope:
    """Where free names are looked up."""

    def lookup(self, name: str) -> Value | LiveObject | SourceExpression | None:
        """What `name` means, or None."""
        raise NotImplementedError


@dataclass(eq=False)
class LiveScope(Scope):
    """The closure, globals and builtins of a live function; what is read is recorded in `dependencies`."""

    globals: dict[str, Any]
    cells: dict[str, Any]
    dependencies: list[Dependency]

    @staticmethod
    def of(function: FunctionType, dependencies: list[Dependency]) -> LiveScope:
        """The scope of a function object."""
        cells = dict(zip(function.__code__.co_freevars, function.__closure__ or (), strict=True))
        return LiveScope(function.__globals__, cells, dependencies)

    def lookup(self, name: str) -> Value | LiveObject | SourceExpression | None:
        if name in self.cells:
            return self._cell(name)
        space = self.globals
        value = space.get(name, _MISSING)
        self._depend(lambda: space.get(name, _MISSING), value, space, name)
        if value is _MISSING:
            return BuiltinV(name) if name in BUILTINS else _builtin_constant(name)
        return LiveObject(value, name)

    def _cell(self, name: str) -> LiveObject | None:
        cell = self.cells[name]

        def read() -> Any:
            try:
                return cell.cell_contents
            except ValueError:
                return _MISSING

        value = read()
        self._depend(read, value)
        return None if value is _MISSING else LiveObject(value, name)

    def _depend(self, read: Callable[[], Any], value: Any, space: dict[str, Any] | None = None, key: str = "") -> None:
        kept = snapshot(value) if isinstance(value, dict | list) and len(value) <= 1000 else None
        self.dependencies.append(Dependency(read, value, kept, space, key))


def _builtin_constant(name: str) -> Value | None:
    value = getattr(builtins, name, None)
    if isinstance(value, type) and issubclass(value, BaseException):
        return OpaqueV(name)
    return OpaqueV(name) if value is not None else None


@dataclass(eq=False)
class StaticScope(Scope):
    """The module-level names of a file that is read and never run."""

    file: SourceFile
    entries: dict[str, ast.stmt] = field(default_factory=dict)
    ambiguous: set[str] = field(default_factory=set)
    functions: dict[str, FunctionV] = field(default_factory=dict)

    @staticmethod
    def of(file: SourceFile) -> StaticScope:
        """The scope of a module's top level."""
        scope = StaticScope(file)
        scope._collect(file.tree.body)
        return scope

    def _collect(self, body: list[ast.stmt]) -> None:
        for stmt in body:
            match stmt:
                case ast.FunctionDef(name=name) | ast.ClassDef(name=name) | ast.AsyncFunctionDef(name=name):
                    self.entries[name] = stmt
                case ast.Import(names=names) | ast.ImportFrom(names=names):
                    for alias in names:
                        self.entries[alias.asname or alias.name.split(".")[0]] = stmt
                case ast.Assign(targets=targets):
                    for target in targets:
                        for node in ast.walk(target):
                            if isinstance(node, ast.Name):
                                self.entries[node.id] = stmt
                case ast.AnnAssign(target=ast.Name(id=name)) if stmt.value is not None:
                    self.entries[name] = stmt
                case ast.If(test=ast.Name(id="TYPE_CHECKING")):
                    pass
                case ast.If() | ast.Try() | ast.With() | ast.For() | ast.While():
                    self._maybe(stmt)
                case _:
                    pass

    def _maybe(self, stmt: ast.stmt) -> None:
        """Names that are bound under a condition: of those bound elsewhere too nobody knows which one it is."""
        inner = StaticScope(self.file)
        for block in (getattr(stmt, f, []) for f in ("body", "orelse", "finalbody")):
            before = set(inner.entries)
            one = StaticScope(self.file)
            one._collect(block)
            self.ambiguous |= one.ambiguous | (before & set(one.entries))
            inner.entries.update(one.entries)
        for handler in getattr(stmt, "handlers", []):
            one = StaticScope(self.file)
            one._collect(handler.body)
            self.ambiguous |= set(one.entries)
            inner.entries.update(one.entries)
        self.ambiguous |= set(inner.entries) & set(self.entries)
        self.entries.update(inner.entries)

    def lookup(self, name: str) -> Value | LiveObject | SourceExpression | None:
        stmt = self.entries.get(name)
        if name in self.ambiguous:
            return ConflictV("it is bound in several places of its module", "ADC203")
        match stmt:
            case None:
                return BuiltinV(name) if name in BUILTINS else _builtin_constant(name)
            case ast.FunctionDef():
                return self._function(name, stmt)
            case ast.ClassDef():
                return self._class(name, stmt)
            case ast.Import() | ast.ImportFrom():
                return self._imported(name, stmt)
            case ast.Assign(targets=[ast.Name()], value=value) | ast.AnnAssign(value=value) if value is not None:
                return SourceExpression(value, name, self, self.file)
            case _:
                return OpaqueV(name)

    def _function(self, name: str, node: ast.FunctionDef) -> Value:
        if node.decorator_list:
            return self._custom(name, node) or ConflictV("it is decorated, and what the decorator does is not read", "ADC203")
        if name not in self.functions:
            self.functions[name] = FunctionV(name, node, self.file, self)
        return self.functions[name]

    def _custom(self, name: str, node: ast.FunctionDef) -> Value | None:
        """A function that brings its derivative; None for another decorator."""
        given = given_derivative(self.file, node)
        if given is None:
            return None
        parts = [self._given(g) for g in given]
        plain = FunctionV(name, node, self.file, self)
        match parts:
            case [FunctionV() as tangent]:
                return CustomV(plain, tangent, None)
            case [FunctionV() as forward, FunctionV() as backward]:
                return CustomV(plain, forward, backward)
        return ConflictV("its derivative is not given by functions, once, at the top of its module", "ADC507")

    def _given(self, node: ast.expr) -> Value | LiveObject | SourceExpression | None:
        match node:
            case ast.Name(id=name):
                return self.lookup(name)
            case ast.Lambda():
                return FunctionV("<lambda>", node, self.file, self)
            case _:
                return None

    @cache  # noqa: B019  (scopes live as long as the compilation)
    def _class(self, name: str, node: ast.ClassDef) -> ClassV:
        return static_class(node, self)

    def _imported(self, name: str, stmt: ast.Import | ast.ImportFrom) -> Value:
        for alias in stmt.names:
            if (alias.asname or alias.name.split(".")[0]) != name:
                continue
            if isinstance(stmt, ast.Import):
                return self._module(alias.name if alias.asname else alias.name.split(".")[0], 0)
            if stmt.module and stmt.module.split(".")[0] == "adcompiler" and alias.name in OWN_FUNCTIONS:
                return BuiltinV(alias.name)
            if stmt.module == "adcompiler" and alias.name in OUTSIDE:
                return not_inside(alias.name)
            if stmt.level == 0 and stmt.module and stmt.module.split(".")[0] in KNOWN_ROOTS:
                return known_attribute(stmt.module, alias.name)
            origin = self._module(stmt.module or "", stmt.level)
            if isinstance(origin, ModuleV) and origin.scope is not None:
                found = origin.scope.lookup(alias.name)
                if isinstance(found, SourceExpression | FunctionV | ClassV | ModuleV | PrimV | BuiltinV):
                    return found  # type: ignore[return-value]
        return OpaqueV(name)

    def _module(self, dotted: str, level: int) -> Value:
        root = dotted.split(".")[0]
        if level == 0 and root in KNOWN_ROOTS:
            return ModuleV(dotted)
        if level == 0 and root == "adcompiler" and not dotted.startswith("adcompiler.library."):
            return ModuleV("adcompiler")
        path = self._find(dotted, level)
        if path is None:
            return OpaqueV(dotted)
        try:
            return ModuleV(dotted, static_scope(str(path)))
        except (OSError, CompileError):
            return OpaqueV(dotted)

    def _find(self, dotted: str, level: int) -> Path | None:
        here = Path(self.file.filename).parent
        for _ in range(max(0, level - 1)):
            here = here.parent
        parts = dotted.split(".") if dotted else []
        if parts[:2] == ["adcompiler", "library"]:
            return LIBRARY.joinpath(*parts[2:]).with_suffix(".py")
        for candidate in (here.joinpath(*parts).with_suffix(".py") if parts else here / "__init__.py",
                          here.joinpath(*parts) / "__init__.py"):
            if candidate.is_file():
                return candidate
        if level or len(parts) != 1 or parts[0] in sys.builtin_module_names:
            return None
        try:
            spec = importlib.util.find_spec(parts[0])
        except (ImportError, ValueError):
            return None
        return Path(spec.origin) if spec and spec.origin and spec.origin.endswith(".py") else None


@cache
def static_scope(path: str) -> StaticScope:
    """The scope of a file that is only read."""
    return StaticScope.of(read_source(path))


def _is_definition(stmt: ast.stmt) -> bool:
    return isinstance(stmt, ast.FunctionDef | ast.ClassDef | ast.Import | ast.ImportFrom | ast.Assign)


# --- known libraries --------------------------------------------------------------------------------------

_DTYPES = {"float64": "float64", "float32": "float32", "float16": "float16", "int64": "int64", "int32": "int32",
           "bool_": "bool", "intp": "int64", "double": "float64", "single": "float32", "int_": "int64", "bool": "bool",
           "int8": "int8", "int16": "int16", "uint8": "uint8", "complex128": "complex128"}
_CONSTANTS = {"pi": math.pi, "e": math.e, "tau": math.tau, "inf": math.inf, "nan": math.nan,
              "euler_gamma": float(np.euler_gamma)}


def known_attribute(module: str, name: str) -> Value:
    """An attribute of math, numpy or scipy, known without importing anything: constant, dtype, module or function."""
    if module in ("math", "numpy"):
        if name in _CONSTANTS:
            return const(_CONSTANTS[name])
        if module == "numpy" and name == "newaxis":
            return const(None)
        if module == "numpy" and name in _DTYPES:
            return DtypeV(_DTYPES[name])
    dotted = f"{module}.{name}"
    if dotted in ("numpy.linalg", "numpy.random", "numpy.fft", "scipy.special", "scipy.linalg", "scipy.fft", "scipy.stats",
                  "scipy.optimize", "scipy.integrate", "scipy.interpolate", "scipy.constants", "numpy.typing"):
        return ModuleV(dotted)
    return PrimV(dotted)


_LIBRARIES = ("math", "numpy", "numpy.linalg", "numpy.fft", "scipy.special", "scipy.linalg", "scipy.fft",
              "scipy.stats", "scipy.optimize", "scipy.integrate", "scipy.interpolate")


@cache
def _library_functions(modules: tuple[str, ...]) -> dict[int, str]:
    table: dict[int, str] = {}
    for dotted in modules:
        for name, value in vars(sys.modules[dotted]).items():
            if callable(value) and not isinstance(value, type) and not name.startswith("_"):
                table.setdefault(id(value), f"{dotted}.{name}")
    return table


def library_function(value: Any) -> str | None:
    """The dotted name of a function of math, numpy, scipy or one of their modules, or of one with a rule of the user's."""
    if (own := given_name(value)) is not None:
        return own
    if isinstance(value, BuiltinFunctionType | FunctionType | np.ufunc) or callable(value):
        known = _library_functions(tuple(m for m in _LIBRARIES if m in sys.modules))
        found = known.get(id(value))
        if found is None and (owner := known.get(id(getattr(value, "__self__", None)))) is not None:
            return f"{owner}.{value.__name__}"  # a method of a distribution
        if found is None and getattr(value, "__module__", "") == "scipy.special._ufuncs":
            return f"scipy.special.{value.__name__}"
        if found is None and isinstance(value, np.ufunc) and hasattr(sys.modules.get("scipy.special"), value.__name__):
            return f"scipy.special.{value.__name__}"
        if found is None and str(getattr(value, "__module__", "")).startswith("scipy.special"):
            return f"scipy.special.{value.__name__}"
        return found
    return None


# --- live objects that need no heap -----------------------------------------------------------------------


def lift_static(live: LiveObject, dependencies: list[Dependency]) -> Value | None:
    """The Value of a live object that is immutable and not an array or instance; None where the heap is needed."""
    value, name = live.value, live.name
    if value is None or isinstance(value, bool | int | float | str | bytes | complex | np.generic):
        return const(value)
    if isinstance(value, ModuleType):
        root = value.__name__.split(".")[0]
        if root in KNOWN_ROOTS or value.__name__ == "adcompiler":
            return ModuleV(value.__name__)
        return ModuleV(value.__name__, LiveScope(vars(value), {}, dependencies))
    if isinstance(value, np.dtype):
        return DtypeV(str(value))
    if isinstance(value, type):
        return _lift_class(value, name, dependencies)
    if getattr(value, "__adcompiler__", None) in OWN_FUNCTIONS:
        return BuiltinV(value.__adcompiler__)
    if isinstance(value, FunctionType) and str(value.__module__).startswith("adcompiler."):
        return not_inside(value.__name__)
    if isinstance(value, tuple) and type(value) is tuple:
        items = [lift_static(LiveObject(v, f"{name}[{k}]"), dependencies) for k, v in enumerate(value)]
        return TupleV(tuple(i for i in items if i is not None)) if None not in items else None
    dotted = library_function(value)
    if dotted is not None:
        return PrimV(dotted)
    label = getattr(value, "__name__", "")
    if isinstance(value, BuiltinFunctionType) and vars(builtins).get(label) is value:
        return BuiltinV(label)
    if isinstance(value, FunctionType):
        return live_function(value, dependencies)
    if hasattr(value, "__wrapped__") and isinstance(inspect.unwrap(value), FunctionType) and \
            type(value).__module__ == "functools":
        return live_function(inspect.unwrap(value), dependencies)
    return None


def not_inside(name: str) -> ConflictV:
    """The Value of a function of ours that differentiated functions cannot call."""
    return ConflictV(f"inside a differentiated function there are grad() and value_and_grad(), but not {name}()", "ADC505")


def lift_derivative(live: LiveObject, dependencies: list[Dependency]) -> Value | None:
    """The Value of a gradient made elsewhere, `dg = grad(g)`; None where it is another derivative."""
    made = live.value
    if type(made).__name__ != "Derivative" or made._has_aux:
        return None
    nested = getattr(made.primal, "primal", None) is not None
    inner = LiveObject(made.primal, live.name)
    function = (lift_derivative(inner, dependencies) or lift_custom(inner, dependencies)) if nested else lift_static(
        inner, dependencies)
    wrt = tuple(made._wrt) if isinstance(made._wrt, tuple | list) else (made._wrt,)
    mode = "value_and_grad" if made._value else "grad"
    known = isinstance(function, FunctionV | DerivativeV | CustomV)
    return DerivativeV(function, mode, wrt, not isinstance(made._wrt, tuple | list)) if known and function is not None else None


def lift_custom(live: LiveObject, dependencies: list[Dependency]) -> Value | None:
    """The Value of a `custom_vjp` or `custom_jvp` object whose derivative is known; None for anything else."""
    made = live.value
    if type(made).__name__ not in ("custom_vjp", "custom_jvp"):
        return None
    known = (made.tangent,) if type(made).__name__ == "custom_jvp" else (made.forward, made.backward)
    if known[0] is None:
        return ConflictV(f"{live.name} has no derivative yet", "ADC507")
    parts = [live_function(p, dependencies) if isinstance(p, FunctionType) else None for p in (made.primal, *known)]
    match parts:
        case [FunctionV() as f, FunctionV() as forward, FunctionV() as backward]:
            return CustomV(f, forward, backward)
        case [FunctionV() as f, FunctionV() as tangent]:
            return CustomV(f, tangent, None)
    return ConflictV(f"{live.name} is made of something else than functions whose source can be read", "ADC507")


def live_function(function: FunctionType, dependencies: list[Dependency], known: Target | None = None) -> Value:
    """The FunctionV of a live function, or an opaque value when its source cannot be had.

    `known` is its target, where it has been read already.
    """
    if inspect.unwrap(function) is not function:
        raise Refused("ADC203", f"{function.__name__!r} is wrapped by a decorator that we cannot see through", None,
                      "call the undecorated function")
    if is_library(function.__code__.co_filename):
        return OpaqueV(function.__name__)
    try:
        target = known or Target.of_live(function)
    except CompileError:
        return OpaqueV(function.__name__)
    dependencies.append(Definition(function))
    defaults: list[tuple[str, Value]] = []
    named = [p for p in parameters_of(target.node) if p.kind.startswith("POSITIONAL")]
    given = function.__defaults__ or ()
    pairs = [(p.name, v) for p, v in zip(named[len(named) - len(given):], given, strict=True)]
    pairs += list((function.__kwdefaults__ or {}).items())
    for name, value in pairs:
        lifted = lift_static(LiveObject(value, name), dependencies)
        defaults.append((name, lifted if lifted is not None else ConflictV(
            "its default is an object that may be modified, and no argument is given", "ADC203")))
    return FunctionV(target.name, target.node, target.file, LiveScope.of(function, dependencies), tuple(defaults))


_LIBRARY = tuple(sysconfig.get_paths()[k] for k in ("stdlib", "platstdlib"))


def is_library(filename: str) -> bool:
    """Whether a file belongs to Python's own library or to an installed package: called as it is, not read."""
    return filename.startswith(_LIBRARY) or "site-packages" in filename or filename.startswith("<frozen")


def _file_of(cls: type) -> str:
    return getattr(sys.modules.get(cls.__module__), "__file__", None) or ""


def _lift_class(cls: type, name: str, dependencies: list[Dependency]) -> Value:
    if cls.__module__ == "builtins" and cls.__name__ in BUILTINS:
        return BuiltinV(cls.__name__)
    if cls.__module__ == "numpy":
        return DtypeV(_DTYPES[cls.__name__]) if cls.__name__ in _DTYPES else OpaqueV(f"np.{cls.__name__}")
    if issubclass(cls, BaseException) or cls.__module__ in ("builtins", "collections.abc"):
        return OpaqueV(cls.__name__ if cls.__module__ == "builtins" else name)
    text = f"from {cls.__module__} import {cls.__qualname__}"
    text += "" if cls.__qualname__ == name or "." in cls.__qualname__ else f" as {name}"
    methods: dict[str, Value] = {}
    watch_members([b for b in cls.__mro__ if b is not object and not is_library(_file_of(b))], dependencies)
    for base in reversed(cls.__mro__):
        for key, member in vars(base).items():
            if isinstance(member, FunctionType) and base is not object:
                generated = member.__code__.co_filename == "<string>" or key in _NAMEDTUPLE_METHODS
                generated |= inspect.unwrap(member) is not member
                if not generated and base.__module__ not in ("typing", "collections"):
                    methods[key] = live_function(member, dependencies)
    if issubclass(cls, tuple) and hasattr(cls, "_fields"):
        defaults: dict[str, Value] = {k: const(v) for k, v in getattr(cls, "_field_defaults", {}).items()}
        return ClassV(name, "namedtuple", tuple(cls._fields), methods, defaults, cls, text)
    if dataclasses.is_dataclass(cls):
        fields = dataclasses.fields(cls)
        given: dict[str, Value] = {f.name: const(f.default) for f in fields if f.default is not dataclasses.MISSING}
        return ClassV(name, "dataclass", tuple(f.name for f in fields if f.init), methods, given, cls, text)
    plain = all(b is object or b.__module__ not in ("builtins", "typing", "abc", "enum") for b in cls.__mro__)
    return ClassV(name, "plain", (), methods, _class_attributes(cls), cls, text, bases_unknown=not plain)


_NAMEDTUPLE_METHODS = ("_make", "_replace", "_asdict")


def _class_attributes(cls: type) -> dict[str, Value]:
    found: dict[str, Value] = {}
    for base in reversed(cls.__mro__):
        for key, value in vars(base).items():
            if not key.startswith("__") and isinstance(value, bool | int | float | str):
                found[key] = const(value)
    return found


def static_class(node: ast.ClassDef, scope: StaticScope) -> ClassV:
    """The ClassV of a class statement in a file that is only read."""
    decorators = {ast.unparse(d).split("(")[0].split(".")[-1] for d in node.decorator_list}
    bases = [ast.unparse(b).split(".")[-1] for b in node.bases]
    kind = "dataclass" if "dataclass" in decorators else "namedtuple" if "NamedTuple" in bases else "plain"
    methods: dict[str, Value] = {}
    fields: list[str] = []
    defaults: dict[str, Value] = {}
    for stmt in node.body:
        match stmt:
            case ast.FunctionDef(name=name, decorator_list=[]):
                methods[name] = FunctionV(name, stmt, scope.file, scope)
            case ast.AnnAssign(target=ast.Name(id=name), value=value):
                fields.append(name)
                if isinstance(value, ast.Constant):
                    defaults[name] = const(value.value)
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Constant(value=value)):
                defaults[name] = const(value)
            case _:
                pass
    module = Path(scope.file.filename).stem
    unknown = kind == "plain" and any(b != "object" for b in bases)
    return ClassV(node.name, kind, tuple(fields) if kind != "plain" else (), methods, defaults, None,
                  f"from {module} import {node.name}", bases_unknown=unknown)


def method_of(value: Any, dependencies: list[Dependency], owner: Value) -> Value:
    """A live bound method, given the lifted object that it is bound to."""
    function = live_function(value.__func__, dependencies)
    return MethodV(owner, function) if isinstance(function, FunctionV) else function


Mapping = collections.abc.Mapping
