"""Where autograd 1.9 is known to be wrong, and why."""

AUTOGRAD_IS_WRONG = {
    **{f"numpy.{f}-13": "takes the numbers of a list for constants" for f in "add subtract maximum minimum fmax fmin".split()},
    "numpy.full-2": "adds up over all elements",
    **{f"numpy.full_like-{k}": "takes the value for a constant" for k in range(3)},
    "numpy.linalg.norm-5": "divides zero by zero",
    "numpy.linalg.norm-20": "divides zero by zero",
    "scipy.linalg.solve_triangular-5": "forgets unit_diagonal",
    "numpy.ndarray.astype-5": "differentiates a conversion to integers",
    "numpy.issubdtype-1": "takes the product with a truth value for a constant",
    "builtins.isinstance-0": "its numbers are of another type",
    "builtins.isinstance-1": "its arrays are of another type",
    "numpy.prod-19": "divides by a factor that is zero",
    "numpy.prod-25": "divides by a factor that is zero",
    "numpy.var-10": "forgets the correction",
    "numpy.repeat-9": "mistakes the last axis for the first",
    "scipy.stats.chi2.pdf-2": "forgets that the density depends on the point",
    "scipy.stats.chi2.logpdf-2": "forgets that the density depends on the point",
    "numpy.std-12": "forgets the correction",
    **{row: "forgets which elements are chosen by where="
       for row in "numpy.sum-30 numpy.ndarray.sum-8 numpy.mean-23 numpy.prod-30 numpy.var-13".split()},
    "numpy.tile-11": "mistakes the axis",
}
