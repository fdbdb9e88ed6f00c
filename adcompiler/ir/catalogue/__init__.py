"""The catalogue of NumPy's and SciPy's functions as primitives: importing it fills the table `OPS`, a domain a module."""

from adcompiler.ir.catalogue import creation, linalg, products, reductions, shaping, special

__all__ = ["creation", "linalg", "products", "reductions", "shaping", "special"]
