"""Operands for every primitive that has a derivative rule: where they may lie, and which calls are tried."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import numpy as np

from adcompiler.ir.catalogue.sorting import METHODS
from tests.rules.rule_programs import Case, Fixed, numbers

Domain = tuple[float, float]


class Held(tuple[float, float]):
    """Where an operand lies for which there is no derivative."""

    __slots__ = ()


ANY: Domain = (-1.5, 1.5)
POSITIVE: Domain = (0.4, 2.5)
UNIT: Domain = (-0.9, 0.9)

ELEMENTWISE: dict[str, tuple[Domain | list[int], ...]] = {
    **{f"{name}": (ANY, ANY) for name in "add sub mul".split()},
    **{f"numpy.{name}": (ANY, ANY) for name in "maximum minimum fmax fmin hypot arctan2 logaddexp copysign".split()},
    **{f"numpy.{name}": (ANY,) for name in (
        "negative positive square exp expm1 exp2 sin cos tan sinh cosh tanh arcsinh arctan deg2rad rad2deg degrees radians "
        "abs absolute fabs").split()},
    "numpy.divide": (ANY, POSITIVE),
    **{f"numpy.{name}": (POSITIVE,) for name in "log log2 log10 log1p sqrt cbrt reciprocal".split()},
    **{f"numpy.{name}": (UNIT,) for name in "arcsin arccos arctanh".split()},
    "neg": (ANY,), "pos": (ANY,), "abs": (ANY,),
    "truediv": (ANY, POSITIVE), "mod": ((0.1, 2.9), (1.1, 1.4)), "pow": (POSITIVE, ANY),
    "numpy.float_power": (POSITIVE, ANY), "numpy.fmod": ((0.1, 2.9), (1.1, 1.4)), "numpy.arccosh": ((1.2, 3.0),),
    "numpy.clip": (ANY, (-0.9, -0.5), (0.4, 0.8)), "numpy.where": ([0, 1], ANY, ANY),
}
"""Where the operands of elementwise functions may lie; a list holds the integers (truth values for `where`) to use."""

ORDER: list[int] = [0, 1, 2]
DEGREE: list[int] = [1, 3, 2]
HELD = Held((0.6, 2.4))

SPECIAL: dict[str, tuple[Domain | list[int], ...]] = {
    **{name: (ANY,) for name in (
        "erf erfc erfcx erfi dawsn ndtr log_ndtr expit log_expit exprel exp2 exp10 expm1 cosm1 i0 i0e i1 i1e j0 j1 "
        "wrightomega").split()},
    **{name: (POSITIVE,) for name in (
        "gamma gammaln loggamma rgamma digamma psi log1p cbrt entr y0 y1 k0 k0e k1 k1e exp1 expi").split()},
    **{name: ((0.1, 0.9),) for name in "erfinv ndtri logit".split()},
    **{name: ((10.0, 70.0),) for name in "sindg cosdg tandg cotdg".split()},
    "erfcinv": ((0.2, 1.8),), "ndtri_exp": ((-2.0, -0.3),), "spence": ((1.2, 2.6),),
    "radian": ((10.0, 70.0), (1.0, 9.0), (1.0, 9.0)),
    **{name: (POSITIVE, POSITIVE) for name in "beta betaln rel_entr kl_div poch".split()},
    "binom": ((3.2, 4.8), (0.4, 2.7)), "owens_t": (ANY, ANY), "xlogy": (ANY, POSITIVE), "xlog1py": (ANY, POSITIVE),
    "powm1": (POSITIVE, ANY), "boxcox": (POSITIVE, ANY), "boxcox1p": (POSITIVE, ANY), "inv_boxcox": (POSITIVE, (0.3, 1.4)),
    "inv_boxcox1p": (POSITIVE, (0.3, 1.4)), "huber": ((0.5, 0.8), (-0.4, 0.4)), "pseudo_huber": (POSITIVE, ANY),
    **{name: (HELD, POSITIVE) for name in (
        "gammainc gammaincc chdtr chdtrc pdtr pdtrc hyp0f1 iv ive jv jve yv yve kv kve").split()},
    **{name: (HELD, (0.1, 0.9)) for name in "gammaincinv gammainccinv stdtrit".split()},
    **{name: (HELD, HELD, (0.1, 0.9)) for name in "betainc betaincc betaincinv betainccinv hyp1f1".split()},
    "hyperu": (HELD, HELD, POSITIVE), "hyp2f1": (HELD, HELD, HELD, (-0.4, 0.4)), "stdtr": (HELD, ANY),
    "zeta": (Held((2.1, 4.0)), POSITIVE),
    **{name: (ORDER, POSITIVE) for name in "jn yn kn polygamma".split()}, "expn": ([2, 3, 4], POSITIVE),
    **{name: (DEGREE, UNIT) for name in "eval_legendre eval_chebyt eval_chebyu eval_laguerre".split()},
    "eval_hermite": (DEGREE, UNIT), "eval_hermitenorm": (DEGREE, UNIT),
    "eval_genlaguerre": (DEGREE, HELD, UNIT), "eval_gegenbauer": (DEGREE, HELD, UNIT), "eval_jacobi": (DEGREE, HELD, HELD, UNIT),
}
"""The same for functions of `scipy.special`."""
ELEMENTWISE |= {f"scipy.special.{name}": domains for name, domains in SPECIAL.items()} | {"numpy.i0": (ANY,)}

SCALAR: dict[str, tuple[Domain | list[int], ...]] = {
    **{f"math.{name}": (ANY,) for name in (
        "sin cos tan sinh cosh tanh asinh atan exp expm1 exp2 erf erfc fabs degrees radians").split()},
    **{f"math.{name}": (POSITIVE,) for name in "sqrt cbrt log log1p log2 log10 gamma lgamma".split()},
    **{f"math.{name}": (UNIT,) for name in "asin acos atanh".split()},
    **{f"math.{name}": (ANY, ANY) for name in "atan2 copysign hypot".split()},
    "math.acosh": ((1.2, 3.0),), "math.pow": (POSITIVE, ANY), "math.ldexp": (ANY, [3]),
    "math.fmod": ((0.1, 2.9), (1.1, 1.4)), "math.remainder": ((2.4, 2.9), (1.1, 1.3)), "min": (ANY, ANY), "max": (ANY, ANY),
    "float": (ANY,),
}
"""The same for functions of Python numbers."""

SHAPES: list[Any] = [None, (), (3,), (1,), (2, 3), (2, 1), (1, 3), (0,)]
"""Shapes that are paired with each other: None is a Python number, () a NumPy scalar."""


def operand(domain: Domain | list[int], shape: Any, seed: int) -> Any:
    """A value of a shape from a domain."""
    if isinstance(domain, list):
        picked = [domain[k % len(domain)] for k in range(int(np.prod(shape or ())))]
        kind = bool if domain == [0, 1] else int
        if shape is None:
            return kind(picked[-1])
        return np.array(picked, dtype=kind).reshape(shape)[()]
    low, high = domain
    if shape is None:
        return float(numbers(1, low=low, high=high, seed=seed)[0])
    return numbers(*shape, low=low, high=high, seed=seed) if shape else numbers(1, low=low, high=high, seed=seed)[0]


def elementwise_cases(name: str) -> Iterator[Case]:
    """All combinations of shapes that broadcast (fewer where there are many)."""
    domains = ELEMENTWISE[name]
    few = [None, (), (3,), (2, 1)] if len(domains) < 3 else [None, (3,), (2, 1)] if len(domains) < 4 else [None, (3,)]
    for shapes in itertools.product(few if name.startswith("scipy") or len(domains) > 2 else SHAPES, repeat=len(domains)):
        try:
            np.broadcast_shapes(*(s or () for s in shapes))
        except ValueError:
            continue
        if name == "numpy.where" and not any(shapes):
            continue
        values = tuple(operand(d, s, k) for k, (d, s) in enumerate(zip(domains, shapes, strict=True)))
        yield Case(name, values, held=frozenset(k for k, d in enumerate(domains) if isinstance(d, Held)))


def scalar_cases(name: str) -> Iterator[Case]:
    """A call with Python numbers, at three places."""
    for seed in range(3):
        yield Case(name, tuple(operand(d, None, 7 * seed + k) for k, d in enumerate(SCALAR[name])))


def case(name: str, *args: Any, **params: Any) -> Case:
    """A call of a primitive."""
    return Case(name, args, params)


def known(name: str, *args: Any, **params: Any) -> Case:
    """A call whose type needs the sizes that are 1."""
    return Case(name, args, params, known_sizes=True)


def reductions(name: str, *more: dict[str, Any]) -> list[Case]:
    """Every way to choose axes."""
    found = [case(name, numbers(3)), case(name, numbers(1)), case(name, numbers(2, 3)), case(name, numbers(2, 3), keepdims=True)]
    for axis in (0, 1, -1, (0, 1), (-1,), ()):
        found += [case(name, numbers(2, 3), axis=axis), case(name, numbers(3, 1), axis=axis, keepdims=True)]
    found += [case(name, numbers(2, 3, 2), axis=(0, -1)), case(name, numbers(2, 1, 3), axis=1)]
    return found + [case(name, numbers(4, 3), **params) for params in more]


def varies(c: Case) -> bool:
    """Whether more than one number is reduced to one (else a standard deviation is 0, where it has a kink)."""
    return c.args[0].size > np.sum(c.args[0], axis=c.params.get("axis")).size


A, B = numbers(2, 3), numbers(3, 2, seed=1)
SQUARE = numbers(3, 3) + 2.0 * np.eye(3)

WITH_ZEROS = np.array([[0.4, 0.0, -1.2, 0.7], [0.0, 0.9, 0.0, 1.3], [-0.6, 1.1, 0.8, 0.5]])
WITH_NAN = np.array([[0.4, np.nan, -1.2, 0.7], [1.5, 0.9, np.nan, 1.3], [-0.6, 1.1, 0.8, 0.5]])

CALLS: dict[str, list[Case]] = {
    **{name: reductions(name, {"dtype": "float64"}) for name in ("numpy.sum", "numpy.mean")},
    **{name: reductions(name, {"initial": 0.5}, {"initial": -0.5, "axis": 1})
       for name in ("numpy.max", "numpy.min", "numpy.amax", "numpy.amin")},
    **{name: [c for c in reductions(name, {"ddof": 1}, {"ddof": 1, "axis": 0}, {"axis": 1, "ddof": 2, "keepdims": True},
                                    {"dtype": "float64"}) if varies(c)] for name in ("numpy.var", "numpy.std")},
    "numpy.cumsum": [case("numpy.cumsum", numbers(4)), case("numpy.cumsum", A, axis=0), case("numpy.cumsum", A, axis=-1),
                     case("numpy.cumsum", numbers(0), axis=0)],
    **{f"scipy.fft.{name}": [case(f"scipy.fft.{name}", numbers(5), norm="ortho"),
                             case(f"scipy.fft.{name}", A, type=2, axis=0, norm="ortho"),
                             case(f"scipy.fft.{name}", A, type=3, norm="ortho"),
                             case(f"scipy.fft.{name}", A, type=4, norm="ortho")]
       for name in "dct idct dst idst".split()},
    "numpy.nan_to_num": [case("numpy.nan_to_num", A, nan=1.0, posinf=2.0, neginf=3.0)],
    "numpy.trace": [case("numpy.trace", SQUARE), case("numpy.trace", A), case("numpy.trace", B)],
    **{name: [case(name, numbers(3), numbers(3, seed=1)), case(name, A, numbers(3)), case(name, numbers(2), A), case(name, A, B),
              case(name, numbers(1, 3), numbers(3, 1)), case(name, numbers(2, 0), numbers(0, 3)),
              case(name, numbers(2, 2, 3), numbers(2, 3, 2)), case(name, numbers(1, 2, 3), numbers(2, 3, 2)),
              case(name, A, numbers(2, 3, 2)), case(name, numbers(3), numbers(2, 3, 2)), case(name, numbers(2, 2, 3), numbers(3)),
              case(name, numbers(2, 1, 2, 3), numbers(2, 3, 2))]
       for name in ("matmul", "numpy.matmul")},
    **{name: [case(name, numbers(3), numbers(3, seed=1)), case(name, numbers(1), numbers(1, seed=1))]
       for name in ("numpy.vdot", "numpy.inner")},
    "numpy.outer": [case("numpy.outer", numbers(3), numbers(2)), case("numpy.outer", numbers(1), numbers(2)),
                    case("numpy.outer", numbers(0), numbers(2))],
    "numpy.linalg.det": [case("numpy.linalg.det", SQUARE)],
    "numpy.linalg.inv": [case("numpy.linalg.inv", SQUARE)],
    "numpy.linalg.solve": [case("numpy.linalg.solve", SQUARE, numbers(3)), case("numpy.linalg.solve", SQUARE, numbers(3, 2))],
    "numpy.linalg.norm": [case("numpy.linalg.norm", numbers(3)), case("numpy.linalg.norm", A),
                          case("numpy.linalg.norm", A, axis=0), case("numpy.linalg.norm", A, axis=-1, keepdims=True)],
    "numpy.transpose": [case("numpy.transpose", numbers(3)), case("numpy.transpose", A),
                        case("numpy.transpose", numbers(2, 3, 4), axes=(1, 2, 0)), case("numpy.transpose", A, axes=(-1, 0))],
    "numpy.reshape": [case("numpy.reshape", A, Fixed(3), Fixed(2)), case("numpy.reshape", A, Fixed(-1)),
                      case("numpy.reshape", numbers(3), Fixed(3), Fixed(1)),
                      case("numpy.reshape", numbers(1), Fixed(1), Fixed(1)), case("numpy.reshape", 0.7, Fixed(1), Fixed(1))],
    "numpy.ravel": [case("numpy.ravel", A), case("numpy.ravel", numbers(3)), case("numpy.ravel", numbers(1, 3))],
    "numpy.expand_dims": [case("numpy.expand_dims", A, axis=k) for k in (0, 1, 2, -1)] + [case("numpy.expand_dims", 0.7, axis=0)],
    "numpy.squeeze": [known("numpy.squeeze", numbers(1, 3)), known("numpy.squeeze", numbers(3)),
                      case("numpy.squeeze", numbers(3, 1), axis=1), case("numpy.squeeze", numbers(1, 3, 1), axis=(0, -1))],
    "numpy.swapaxes": [case("numpy.swapaxes", numbers(2, 3, 4), axis1=0, axis2=-1), case("numpy.swapaxes", A, axis1=0, axis2=1)],
    "numpy.flip": [case("numpy.flip", A), case("numpy.flip", A, axis=0), case("numpy.flip", A, axis=-1),
                   case("numpy.flip", A, axis=(0, 1))],
    **{name: [case(name, SQUARE), case(name, A, k=1), case(name, B, k=-1), case(name, numbers(2, 3, 3))]
       for name in ("numpy.tril", "numpy.triu")},
    "numpy.roll": [case("numpy.roll", numbers(4), Fixed(1)), case("numpy.roll", A, Fixed(-2)), case("numpy.roll", A, 1, axis=1),
                   case("numpy.roll", A, Fixed(1), axis=-1), case("numpy.roll", A, Fixed(1), Fixed(-1), axis=(1, 0))],
    "numpy.broadcast_to": [case("numpy.broadcast_to", numbers(3), Fixed(2), Fixed(3)),
                           case("numpy.broadcast_to", numbers(2, 1), Fixed(2), Fixed(3)),
                           case("numpy.broadcast_to", 0.7, Fixed(3)), case("numpy.broadcast_to", numbers(1), 3)],
    "spread": [case("spread", 0.7, A), case("spread", np.float64(0.7), A), case("spread", numbers(3), A),
               case("spread", numbers(2, 1), A), case("spread", numbers(1, 1), A)],
    "unbroadcast": [case("unbroadcast", A, numbers(3)), case("unbroadcast", A, numbers(2, 1)), case("unbroadcast", A, numbers(1)),
                    case("unbroadcast", A, A), case("unbroadcast", A, 0.7)],
    "numpy.diag": [case("numpy.diag", numbers(3)), known("numpy.diag", SQUARE), case("numpy.diag", A),
                   case("numpy.diag", A, k=-1), case("numpy.diag", numbers(2), k=2), known("numpy.diag", A, k=1)],
    "numpy.diagonal": [known("numpy.diagonal", SQUARE), case("numpy.diagonal", A, offset=1),
                       *(case("numpy.diagonal", numbers(2, 3, 4), offset=k, axis1=i, axis2=j)
                         for k, i, j in ((0, 0, 1), (-1, 2, 0), (1, 1, 2)))],
    "numpy.repeat": [case("numpy.repeat", numbers(3), Fixed(2)), case("numpy.repeat", A, Fixed(2), axis=1),
                     case("numpy.repeat", A, np.array([2, 0]), axis=0), case("numpy.repeat", A, np.array([2]), axis=1)],
    "numpy.tile": [case("numpy.tile", numbers(3), Fixed(2)), case("numpy.tile", A, Fixed(2), Fixed(1)),
                   case("numpy.tile", A, 2, 3), case("numpy.tile", A, Fixed(2), 1, 3)],
    "numpy.pad": [case("numpy.pad", numbers(3), Fixed(1), Fixed(2)), case("numpy.pad", A, Fixed(0), 1, 2, Fixed(0)),
                  case("numpy.pad", A, Fixed(0), 1, 2, Fixed(1), 0.7),
                  *(case("numpy.pad", numbers(3), Fixed(1), 4, mode=mode) for mode in ("edge", "reflect", "symmetric", "wrap")),
                  case("numpy.pad", A, Fixed(1), Fixed(1), 1, 0, mode="reflect")],
    "numpy.choose": [case("numpy.choose", np.array([1, 0, 1]), numbers(3), 0.7), case("numpy.choose", np.array([[1], [0]]), A, A),
                     *(case("numpy.choose", np.array([-1, 2, 5]), numbers(3), numbers(1), 0.7, mode=m) for m in ("wrap", "clip")),
                     case("numpy.choose", 1, 0.3, 0.7)],
    **{name: [case(name, A), case(name, 0.7), case(name, A, dtype="float64")]
       for name in ("numpy.ascontiguousarray", "numpy.asfortranarray")},
    "numpy.concatenate": [case("numpy.concatenate", numbers(2), numbers(3), numbers(0)), case("numpy.concatenate", A, A, axis=0),
                          case("numpy.concatenate", A, numbers(2, 1), axis=-1), case("numpy.concatenate", A),
                          known("numpy.concatenate", A, numbers(2, 1), A, axis=1)],
    "numpy.stack": [case("numpy.stack", numbers(3), numbers(3, seed=1)), case("numpy.stack", A, A, axis=-1),
                    case("numpy.stack", A, A, axis=1), case("numpy.stack", numbers(1), numbers(1, seed=1), axis=1)],
    "numpy.array": [case("numpy.array", 0.3, 0.7, 1.1, shape=(3,)), case("numpy.array", 0.3, 0.7, 1.1, 0.2, shape=(2, 2)),
                    case("numpy.array", 0.3, 2, shape=(2,)), case("numpy.array", 0.3, shape=(1, 1)),
                    case("numpy.array", [0.3, 0.7])],
    "numpy.asarray": [case("numpy.asarray", A), case("numpy.asarray", 0.7), case("numpy.asarray", [0.3, 0.7]),
                      case("numpy.asarray", A, dtype="float64")],
    "numpy.astype": [case("numpy.astype", A, dtype="float64"), case("numpy.astype", np.float64(0.7), dtype="float64")],
    "numpy.full": [case("numpy.full", Fixed(3), 0.7), case("numpy.full", Fixed(2), Fixed(1), np.float64(0.7), dtype="float64"),
                   case("numpy.full", 0.7)],
    "numpy.full_like": [case("numpy.full_like", A, 0.7), case("numpy.full_like", numbers(1), np.float64(0.7), dtype="float64")],
    "numpy.linspace": [case("numpy.linspace", 0.3, 1.1), case("numpy.linspace", 0.3, 1.1, Fixed(4)),
                       case("numpy.linspace", np.float64(0.3), 1.1, 5), case("numpy.linspace", numbers(3), numbers(2, 1), 4),
                       case("numpy.linspace", numbers(3), 0.7, 3, endpoint=False),
                       case("numpy.linspace", 0.3, 1.1, dtype="float64")],
    "numpy.geomspace": [case("numpy.geomspace", 0.3, 1.1, Fixed(4)),
                        case("numpy.geomspace", 0.3, np.float64(1.1), endpoint=False),
                        case("numpy.geomspace", -1.5 - numbers(3) ** 2, -0.7, 3, dtype="float64")],
    "numpy.arange": [case("numpy.arange", 0.3, 2.1), case("numpy.arange", 0.3, 2.1, 0.7), case("numpy.arange", 2.1, 0.3, -0.5),
                     case("numpy.arange", 1, 4, 0.7), case("numpy.arange", 0.3, 2.1, dtype="float64")],
    **{name: [case(name, SQUARE / 4)] for name in (f"scipy.linalg.{f}" for f in "expm cosm sinm tanm coshm sinhm tanhm".split())},
    **{name: [case(name, SQUARE @ SQUARE.T)] for name in ("scipy.linalg.sqrtm", "scipy.linalg.logm")},
    "scipy.linalg.expm_frechet": [case("scipy.linalg.expm_frechet", SQUARE / 4, numbers(3, 3, seed=2), compute_expm=False)],
    "scipy.linalg.solve_sylvester": [case("scipy.linalg.solve_sylvester", SQUARE, numbers(2, 2) + np.eye(2), numbers(3, 2))],
    **{name: [case(name, SQUARE / 9, numbers(3, 3, seed=2))]
       for name in ("scipy.linalg.solve_continuous_lyapunov", "scipy.linalg.solve_discrete_lyapunov")},
    "scipy.linalg.block_diag": [case("scipy.linalg.block_diag", A, numbers(1, 2), B)],
    **{name: [*(case(name, A, numbers(2, 3, seed=2), subscripts=t) for t in (
                  "ij,ij->ij", "ij,ij->i", "ij,ij", "ij,kj->ik", "ij,kl->jl", "ij,kj->i", "...j,ij->...i")),
              case(name, numbers(1, 3), A, subscripts="ij,ij->j"), case(name, numbers(2, 1), A, subscripts="ij,ij->ij"),
              case(name, SQUARE, subscripts="ii"), case(name, SQUARE, subscripts="ii->i"), case(name, A, subscripts="ij->j"),
              case(name, A, B, numbers(2), subscripts="ij,jk,k->i"), case(name, numbers(3), 0.7, subscripts="i,->i")]
       for name in ("numpy.einsum",)},
    "einsum_view": [case("einsum_view", A, subscripts="ij->ji"), case("einsum_view", SQUARE, subscripts="ii->i")],
    "numpy.tensordot": [case("numpy.tensordot", A, B, axes=1), case("numpy.tensordot", A, B, axes=((0, 1), (1, 0))),
                        case("numpy.tensordot", numbers(3), numbers(2), axes=0)],
    "numpy.kron": [case("numpy.kron", numbers(2), numbers(3)), case("numpy.kron", A, B), case("numpy.kron", A, numbers(2))],
    "numpy.cross": [case("numpy.cross", numbers(3), numbers(3, seed=1)), case("numpy.cross", A, numbers(3)),
                    case("numpy.cross", A, numbers(2, 3, seed=2))],
    "numpy.dot": [case("numpy.dot", A, B), case("numpy.dot", numbers(2, 3, 2), numbers(4, 2, 3)),
                  case("numpy.dot", A, numbers(3)), case("numpy.dot", numbers(3), B)],
    "copy": [case("copy", A)],
    "select": [case("select", True, 0.3, 0.7), case("select", False, 0.3, np.float64(0.7))],
    **{f"numpy.{name}": [*(case(f"numpy.{name}", WITH_NAN, **given) for given in (
                             {}, {"axis": 0}, {"axis": -1, "keepdims": True}, {"axis": (0, 1)}, *more)),
                         case(f"numpy.{name}", numbers(4), axis=0), case(f"numpy.{name}", numbers(2, 3, 2), axis=(0, -1))]
       for name, more in {"nansum": [{"dtype": "float64"}], "nanmean": [{"dtype": "float64"}], "nanmax": [], "nanmin": [],
                          "nanvar": [{"ddof": 1}, {"dtype": "float64"}], "nanstd": [{"ddof": 1}, {"dtype": "float64"}]}.items()},
    "numpy.prod": [*reductions("numpy.prod", {"dtype": "float64"}), case("numpy.prod", WITH_ZEROS),
                   *(case("numpy.prod", WITH_ZEROS, axis=k) for k in (0, 1, (0, 1)))],
    "numpy.cumprod": [case("numpy.cumprod", numbers(4)), case("numpy.cumprod", A), case("numpy.cumprod", numbers(0), axis=0),
                      case("numpy.cumprod", A, axis=-1, dtype="float64"), case("numpy.cumprod", WITH_ZEROS),
                      *(case("numpy.cumprod", WITH_ZEROS, axis=k) for k in (0, 1))],
    **{name: [case(name, numbers(5)), case(name, A, axis=1), case(name, numbers(4, 3)), case(name, numbers(2, 3, 2), axis=-2)]
       for name in ("numpy.maximum.accumulate", "numpy.minimum.accumulate")},
    "numpy.sort": [case("numpy.sort", numbers(5)), case("numpy.sort", A, axis=0), case("numpy.sort", numbers(2, 3, 2), axis=1),
                   case("numpy.sort", A, kind="stable"), case("numpy.sort", A, stable=True), case("numpy.sort", numbers(0))],
    "numpy.partition": [case("numpy.partition", numbers(6), kth=2), case("numpy.partition", numbers(4, 3), kth=(0, 2), axis=0),
                        case("numpy.partition", A, kth=-1, kind="introselect")],
    "numpy.take_along_axis": [case("numpy.take_along_axis", A, np.array([[0, 0], [2, 1]])),
                              case("numpy.take_along_axis", A, np.array([[1, 0, 1]]), axis=0),
                              case("numpy.take_along_axis", numbers(3), np.array([2, 2, -1]))],
    "numpy.median": [c for c in reductions("numpy.median") if c.params.get("axis") is None or type(c.params["axis"]) is int],
    **{name: [*(case(name, values, q * scale, **given) for q in (0.3, np.float64(0.62), np.array([0.1, 0.71]))
                for values, given in ((numbers(5), {}), (A, {}), (A, {"axis": 0}), (A, {"keepdims": True}),
                                      (numbers(2, 3, 2), {"axis": 1, "keepdims": True}))),
              *(case(name, numbers(7), 0.37 * scale, method=m) for m in sorted(METHODS)),
              case(name, numbers(7), np.array([0.01, 0.37]) * scale, method="hazen")]
       for name, scale in (("numpy.quantile", 1), ("numpy.percentile", 100))},
    "numpy.bincount": [case("numpy.bincount", np.array([2, 0, 2]), numbers(3)),
                       case("numpy.bincount", np.array([2, 0, 2]), numbers(3), minlength=5)],
    "numpy.diff": [case("numpy.diff", numbers(4), **given) for given in (
                       {}, {"n": 2}, {"n": 3}, {"n": 5}, {"prepend": 0.5}, {"append": 1}, {"prepend": 0, "append": 0.5})]
                  + [case("numpy.diff", numbers(3, 4), axis=k) for k in (0, 1, -1)]
                  + [case("numpy.diff", numbers(0)), case("numpy.diff", numbers(1, 3), axis=0, prepend=0.5)],
    **{name: [case(name, numbers(n), numbers(m, seed=1), mode=mode) for n, m in ((4, 2), (2, 5), (3, 3), (1, 3))
              for mode in ("full", "same", "valid")] + [case(name, numbers(4), numbers(2))]
       for name in ("numpy.convolve", "numpy.correlate")},
    "numpy.interp": [case("numpy.interp", x, np.array([-0.8, -0.2, 0.4, 1.2]), numbers(4))
                     for x in (numbers(5), numbers(2, 3), 0.3, np.float64(-1.4))],
    "min": [case("min", 0.3, 0.7, -0.2)],
    "max": [case("max", 0.3, 0.7, -0.2)],
}
"""Other calls, which cover every static parameter that a signature names."""

Call = tuple[tuple[Any, ...], dict[str, Any]]
ZERO_CALLS: dict[str, list[Call]] = {
    **{name: [((A,), {}), ((A,), {"axis": 1}), ((A,), {"axis": -1, "keepdims": True})] for name in ("numpy.any", "numpy.all")},
    **{name: [((A,), {}), ((A,), {"axis": 1}), ((numbers(3),), {"axis": -1})]
       for name in ("numpy.argmax", "numpy.argmin", "numpy.count_nonzero", "numpy.nanargmax", "numpy.nanargmin")},
    **{name: [((A,), {"axis": 1, "keepdims": True})] for name in ("numpy.argmin", "numpy.nanargmax", "numpy.nanargmin")},
    "numpy.argsort": [((numbers(4),), {}), ((A,), {"axis": 0}), ((A,), {"kind": "stable"}), ((A,), {"stable": True})],
    "numpy.argpartition": [((numbers(4),), {"kth": 1}), ((A,), {"kth": (0, 1), "axis": 0, "kind": "introselect"})],
    "numpy.lexsort": [((numbers(4), numbers(4, seed=1)), {}), ((A, numbers(2, 3, seed=1)), {"axis": 0})],
    "numpy.searchsorted": [((np.array([-1.0, 0.2]), A), {}), ((np.array([-1.0, 0.2]), 0.3), {"side": "right"})],
    "numpy.digitize": [((A, np.array([-1.0, 0.2])), {}), ((A, np.array([-1.0, 0.2])), {"right": True})],
    "numpy.isin": [((A, numbers(3)), {}), ((A, numbers(3)), {"invert": True, "assume_unique": True}),
                   ((np.array([1, 2]), np.array([2])), {"kind": "sort"})],
    **{name: [((A,), {}), ((A,), {"decimals": 1}), ((0.77,), {})] for name in ("numpy.round", "numpy.around")},
    **{name: [((Fixed(3),), {}), ((Fixed(2), 3), {"dtype": "int64"})] for name in ("numpy.zeros", "numpy.ones")},
    **{name: [((A,), {}), ((A,), {"dtype": "int64"})] for name in ("numpy.zeros_like", "numpy.ones_like")},
    "numpy.empty": [((Fixed(0),), {}), ((Fixed(0), 3), {"dtype": "float64"})],
    "numpy.empty_like": [((numbers(0),), {}), ((numbers(0),), {"dtype": "float64"})],
    **{name: [((Fixed(3),), {}), ((Fixed(3),), {"dtype": "int64"})] for name in ("numpy.eye", "numpy.identity")},
    "shape": [((A,), {"axis": 1})],
    "numpy.tri": [((Fixed(3),), {}), ((Fixed(3), 4), {"k": -1, "dtype": "int64"})],
    "numpy.indices": [((Fixed(3),), {}), ((Fixed(2), 3), {"dtype": "float64"})],
    "numpy.delete": [((numbers(4), Fixed(1)), {}), ((numbers(4), np.array([0, -1])), {})],
    **{name: [((A, A), {}), ((A, A), {"rtol": 0.1, "atol": 0.2, "equal_nan": True})]
       for name in ("numpy.isclose", "numpy.allclose")},
    "numpy.array_equal": [((A, A), {}), ((A, B), {"equal_nan": True})], "numpy.array_equiv": [((A, numbers(3)), {})],
    "math.comb": [((5, 2), {})], "math.perm": [((5, 2), {})],
    **{name: [((A,), {})] for name in ("numpy.isreal", "numpy.iscomplex", "numpy.linalg.matrix_rank")},
    "xor": [((True, False), {}), ((np.array([True, False]), True), {})],
    "numpy.heaviside": [((A, 0.5), {}), ((A, numbers(3)), {})],
    **{name: [((5, 2), {}), ((np.array([5, 3]), 1), {})] for name in ("bitand", "bitor", "bitxor", "lshift", "rshift")},
}
"""Calls of primitives whose derivative is zero, where two numbers or an array are not enough."""

X = "x: f64[x_0, x_1]"
PATTERNS: list[tuple[str, str, tuple[Any, ...]]] = [
    ("1, index=('i',)", "f64[x_1]", ()), ("1, 2, index=('i', 'i')", "f64", ()), ("-1, index=('s000', 'i')", "f64[x_0]", ()),
    ("1, index=('s100',)", "f64[?r, x_1]", ()), ("-1, index=('s001',)", "f64[x_0, x_1]", ()),
    ("0, 3, 2, index=('s000', 's111')", "f64[x_0, ?r]", ()), ("index=('n', 'e')", "f64[1, x_0, x_1]", ()),
    ("p, index=('a',)", "f64[?r, x_1]", (np.array([0, 1, 0, -1]),)),
    ("p, index=('s000', 'a')", "f64[x_0, ?r]", (np.array([2, 0]),)),
    ("1, p, index=('i', 'a')", "f64[?r]", (np.array([2, 0]),)), ("p, p, index=('a', 'a')", "f64[?r]", (np.array([1, 0, 1]),)),
    ("p, index=('a',)", "f64[?r]", (np.array([[True, False, True], [False, True, True]]),)),
    ("p, index=('a', 'n')", "f64[?r, 1, x_1]", (np.array([1, 1]),)),
]


def of_patterns(name: str) -> Iterator[Case]:
    """Reading, writing and adding with every kind of index."""
    for where, part, extra in PATTERNS:
        given = "" if not extra else f", p: {'bool[p_0, p_1]' if extra[0].dtype == bool else 'i64[p_0]'}"
        if name == "load":
            yield Case(name, (A, *extra), text=f"fn f({X}{given})\n  y = load(x, {where})\n  return y\n")
            continue
        at = eval(f"A[{_brackets(where)}]", {"A": A, "p": extra[0] if extra else None})
        values = [(part, numbers(*at.shape, seed=3) if at.shape else np.float64(0.7)), ("float", 0.7)]
        for type_, value in values:
            text = f"fn f({X}, v: {type_}{given})\n  y = {name}(x, v, {where})\n  return y\n"
            yield Case(name, (A, value, *extra), text=text)


def _brackets(where: str) -> str:
    operands, _, pattern = where.rpartition("index=")
    values = [v.strip() for v in operands.split(",") if v.strip()]
    entries = []
    for entry in eval(pattern):
        if entry in ("i", "a"):
            entries.append(values.pop(0))
        elif entry[0] == "s":
            entries.append(":".join(values.pop(0) if flag == "1" else "" for flag in entry[1:]))
        else:
            entries.append({"n": "None", "e": "..."}[entry])
    return ", ".join(entries)


LISTS: dict[str, tuple[tuple[Any, ...], str]] = {
    "list": ((0.3, 0.7), """
fn f(a: float, b: float)
  l = list(a, b, a)
  y = load(l, 2, index=('i',))
  return y
"""),
    "append": (([0.3, 0.7], 0.5), """
fn f(l: list[float], b: float)
  m = append(l, b)
  y = load(m, -1, index=('i',))
  z = load(m, 0, index=('i',))
  return y, z
"""),
    "pop": (([0.3, 0.7],), """
fn f(l: list[float])
  m, y = pop(l)
  z = load(m, 0, index=('i',))
  return y, z
"""),
    "repeat": (([0.3, 0.7],), """
fn f(l: list[float])
  m = repeat(l, 3)
  y = load(m, 4, index=('i',))
  z = load(m, 1, index=('i',))
  return y, z
"""),
    "tuple": ((0.3, 0.7), """
fn f(a: float, b: float)
  t = tuple(a, b)
  y = item(t, k=1)
  return y
"""),
    "scipy.linalg.lu_factor": ((SQUARE,), """
fn f(a: f64[=3, =3])
  l, p = scipy.linalg.lu_factor(a)
  return l
"""),
    "cholesky_solve": ((SQUARE, numbers(3)), """
fn f(a: f64[=3, =3], b: f64[=3])
  t = numpy.transpose(a)
  k = matmul(a, t)
  l = numpy.linalg.cholesky(k)
  x = cholesky_solve(l, b, k, by='numpy.linalg.solve')
  return x
"""),
    "scipy.linalg.lu_solve": ((SQUARE, numbers(3)), """
fn f(a: f64[=3, =3], b: f64[=3])
  l, p = scipy.linalg.lu_factor(a)
  x = scipy.linalg.lu_solve(l, p, b, a)
  return x
"""),
    "scipy.linalg.lu": ((SQUARE,), """
fn f(a: f64[=3, =3])
  p, l, u = scipy.linalg.lu(a)
  return l, u
"""),
    "numpy.meshgrid": ((numbers(2), numbers(3, seed=1)), """
fn f(a: f64[a_0], b: f64[b_0])
  p, q = numpy.meshgrid(a, b)
  s, t = numpy.meshgrid(a, b, indexing='ij', sparse=True)
  return p, q, s, t
"""),
    "numpy.histogram": ((A,), """
fn f(a: f64[a_0, a_1])
  n, e = numpy.histogram(a, bins=4, range=(-2, 2))
  y = mul(e, 2.0)
  z = mul(a, 2.0)
  return y, z
"""),
    "numpy.unique": ((A,), """
fn f(a: f64[a_0, a_1])
  y, i, j, n = numpy.unique(a, return_counts=True, return_index=True, return_inverse=True)
  z = numpy.unique(a)
  return y, z
"""),
    "item": ((0.3, A), """
fn f(a: float, b: f64[b_0, b_1])
  t = tuple(a, b)
  y = item(t, k=1)
  return y
"""),
}
"""Programs with lists and tuples."""


def cases_of(name: str) -> list[Case]:
    """All cases of a primitive; none where it has no entry here."""
    found = list(CALLS.get(name, []))
    if name in LISTS:
        args, text = LISTS[name]
        found.append(Case(name, args, text=text))
    if name in ELEMENTWISE:
        found += elementwise_cases(name)
    if name in SCALAR:
        found += scalar_cases(name)
    if name in ("load", "store", "accumulate"):
        found += of_patterns(name)
    return found
