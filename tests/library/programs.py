"""Programs made of the texts of the cases: files that are imported, so that their source can be read."""

import hashlib
import importlib.util
import re

import numpy as np

from tests.library.operands import OPERANDS

HEAD = """import builtins
import math

import numpy as np
import scipy.linalg
import scipy.special
import scipy.stats
from scipy import special, stats
"""


def operands_of(text):
    """The names of the operands that a program uses."""
    words = re.findall(r"(?<![\w.\"'])([A-Za-z_]\w*)(?!\w*\s*=[^=])", text)
    return [name for name in OPERANDS if name in words or re.search(rf"(?<![\w.\"']){name}\b(?!\s*=[^=])", text)]


def source_of(text, names, scalar):
    """The text of a module with the program as `f`."""
    *before, last = text.split("\n")
    if not last.startswith("r = "):
        last = f"r = {last}"
    lines = [*before, last, "return w * r" if scalar else "return np.sum(w * r)"]
    return f"{HEAD}\n\ndef f({', '.join([*names, 'w'])}):\n" + "".join(f"    {line}\n" for line in lines)


def result_of(text, values):
    """What the program computes, by Python itself."""
    *before, last = text.split("\n")
    space = {**values}
    exec("\n".join([HEAD, *before, last if last.startswith("r = ") else f"r = {last}"]), space)
    return space["r"]


def module_of(source, folder):
    """The source as a module."""
    name = "case_" + hashlib.sha1(source.encode()).hexdigest()[:12]
    path = folder / f"{name}.py"
    path.write_text(source)
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def weights(shape):
    """Irregular weights for the elements of a result."""
    size = int(np.prod(shape))
    return (0.5 + np.modf(0.61803398875 * np.arange(1, size + 1) ** 1.3)[0]).reshape(shape)
