"""Library functions whose calls need more than a signature to become primitives: importing the package fills `SPECIAL`."""

from adcompiler.frontend.mappings import (
    arrays,
    distributions,
    elementwise,
    integration,
    joining,
    linalg,
    mathematics,
    mutation,
    operators,
    optimization,
    predicates,
    products,
    reductions,
    shapes,
    sorting,
)

__all__ = ["arrays", "distributions", "elementwise", "integration", "joining", "linalg", "mathematics", "mutation", "operators",
           "optimization", "predicates", "products", "reductions", "shapes", "sorting"]
