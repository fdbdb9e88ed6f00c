"""Functions of `numpy`."""
