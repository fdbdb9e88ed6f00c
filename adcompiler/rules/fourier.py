"""Fourier transforms that stay real."""

from __future__ import annotations

from adcompiler.rules.table import Pull, pullback

_INVERSE = {"dct": "idct", "idct": "dct", "dst": "idst", "idst": "dst"}


@pullback("scipy.fft.dct", "scipy.fft.idct", "scipy.fft.dst", "scipy.fft.idst")
def _cosine_transform(pull: Pull) -> None:
    """With norm="ortho" the transform is orthogonal: its transpose is the inverse."""
    inverse = _INVERSE[pull.op.name.rpartition(".")[2]]
    pull.adjoints.add(pull.op.args[0], pull.prim(f"scipy.fft.{inverse}", pull.full_bar, **dict(pull.op.params)))
