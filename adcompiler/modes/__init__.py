"""Derivatives beyond the gradient: directional ones, pullbacks, Jacobians, Hessians."""
