"""The front end: from a Python function to IR."""

from adcompiler.frontend import mappings

__all__ = ["mappings"]
