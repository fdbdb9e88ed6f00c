"""Batching: how every primitive is applied to all examples at once. Importing the package fills the table."""

from adcompiler.rules.batching import containers, elementwise, indexing, linalg, products, reductions, shaping
from adcompiler.rules.batching.table import BATCHED, Batch, Value, batched_type

__all__ = ["BATCHED", "Batch", "Value", "batched_type", "containers", "elementwise", "indexing", "linalg", "products",
           "reductions", "shaping"]
