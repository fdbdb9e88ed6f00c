"""The cases of all domains: `CASES` has the program of each case by its id, which is its row and a number."""

import importlib
import pkgutil

DOMAINS = {module.name: importlib.import_module(f"{__name__}.{module.name}") for module in pkgutil.iter_modules(__path__)}

ROWS = {}
DOMAIN = {}
for _domain, _module in DOMAINS.items():
    for _row, _texts in _module.CASES.items():
        if _row in ROWS:
            raise ValueError(f"{_row} has cases in {DOMAIN[_row]} and in {_domain}")
        ROWS[_row], DOMAIN[_row] = _texts, _domain

CASES = {f"{row}-{k}": text for row, texts in ROWS.items() for k, text in enumerate(texts)}
FLOAT64_ONLY = {name for module in DOMAINS.values() for name in getattr(module, "FLOAT64_ONLY", ())}
ABSENT = {row: reason for module in DOMAINS.values() for row, reason in getattr(module, "ABSENT", {}).items()}
