"""Distributions of `scipy.stats`: a file each, with the functions that are its methods.

Parameters of location and scale that are not given are None here, where SciPy has 0 and 1, so that nothing is computed with them.
"""
