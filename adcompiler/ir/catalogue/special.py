"""Type rules of the functions of `scipy.special`, and of functions that take the parts of a number."""

from __future__ import annotations

from collections.abc import Sequence

from adcompiler.ir.catalogue.operands import operand
from adcompiler.ir.nodes import Atom
from adcompiler.ir.ops import IrTypeError, Params, define, double_type, floating_type, is_unknown, make, reduced_axes, reduction
from adcompiler.ir.types import ANY, FLOAT, INT, Array, Scalar, Tuple, Type, dims


def _special(names: str) -> str:
    return " ".join(f"scipy.special.{name}" for name in names.split())


define("scipy.special.polygamma", double_type, 30, boxes=True)
define(_special(
    "erf erfc erfcx erfi dawsn erfinv erfcinv ndtr log_ndtr ndtri ndtri_exp gammaln loggamma gamma rgamma digamma psi "
    "gammasgn expit logit log_expit entr exprel cbrt exp2 exp10 expm1 log1p cosm1 sindg cosdg tandg cotdg "
    "i0 i0e i1 i1e j0 j1 y0 y1 k0 k0e k1 k1e exp1 expi spence wrightomega "
    "rel_entr kl_div huber pseudo_huber boxcox boxcox1p inv_boxcox inv_boxcox1p powm1 binom poch iv ive jn jv jve yv yve "
    "kv kve betainc betaincc betaincinv betainccinv stdtr stdtrit chdtr chdtrc pdtr pdtrc owens_t "
    "hyp0f1 hyp1f1 hyperu zeta round"), floating_type, 30)
define(_special(
    "beta betaln gammainc gammaincc gammaincinv gammainccinv xlogy xlog1py hyp2f1 radian yn kn expn "
    "eval_legendre eval_chebyt eval_chebyu eval_hermite eval_hermitenorm eval_laguerre eval_genlaguerre "
    "eval_gegenbauer eval_jacobi"), double_type, 30)


def _log_sum(args: Sequence[Atom], params: Params) -> Type:
    return reduction(args, params, floating=True)


def _normalised(args: Sequence[Atom], params: Params) -> Type:
    if is_unknown(args):
        return ANY
    t = operand(args)
    reduced_axes(len(dims(t)), params.get("axis"))
    if not dims(t):
        raise IrTypeError("an array is needed here, not a number")
    return make(t.dtype if t.dtype.startswith("float") else "float64", dims(t))


define("scipy.special.logsumexp", _log_sum, 200, signature="a; axis keepdims", memory="new")
define("scipy.special.softmax scipy.special.log_softmax", _normalised, 200, signature="x; axis", memory="new")


def _python_parts(args: Sequence[Atom], params: Params) -> Type:
    return Tuple((FLOAT, FLOAT))


def _python_exponent(args: Sequence[Atom], params: Params) -> Type:
    return Tuple((FLOAT, INT))


def _parts(args: Sequence[Atom], params: Params) -> Type:
    part = floating_type(args, params)
    return Tuple((part, part))


def _exponent(args: Sequence[Atom], params: Params) -> Type:
    part = floating_type(args, params)
    return Tuple((part, make("int32", dims(part)) if isinstance(part, Array | Scalar) else ANY))


define("math.modf", _python_parts, 3, several=True)
define("math.frexp", _python_exponent, 3, several=True)
define("numpy.modf", _parts, 40, several=True, memory="new")
define("numpy.frexp", _exponent, 40, several=True, memory="new")
