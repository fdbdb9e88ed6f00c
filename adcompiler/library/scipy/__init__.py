"""Functions of `scipy`."""
