"""The catalogue of NumPy's and SciPy's functions as primitives: importing it fills the table `OPS`, a domain a module."""

from adcompiler.ir.catalogue import (
    calculus,
    creation,
    fourier,
    linalg,
    predicates,
    products,
    reductions,
    shaping,
    sorting,
    special,
)

__all__ = ["calculus", "creation", "fourier", "linalg", "predicates", "products", "reductions", "shaping", "sorting", "special"]
