"""Functions of `scipy.stats`."""
