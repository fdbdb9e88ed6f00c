"""What `adcompile` is made of: which functions are meant, at which arguments they run, and one module from several."""
