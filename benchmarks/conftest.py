"""Collects the figures and prints them as one table at the end. All run on one thread."""

import os
import statistics

import pytest
from timing import ratio

for variable in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(variable, "1")


class Table:
    """Rows of (what, figure, aim, unit)."""

    def __init__(self):
        self.rows = []

    def add(self, what, figure, aim, unit):
        self.rows.append((what, figure, aim, unit))


TABLE = Table()
ARRAYS = {}
"""For each array program the times by contender."""
NATIVE = []
"""Rows of gradients under Numba."""
COLUMNS = {"ours / by hand": ("ours", "by hand"), "autograd / ours": ("autograd", "ours"), "torch / ours": ("torch", "ours"),
           "ours / primal": ("ours", "primal")}


@pytest.fixture
def table():
    return TABLE


@pytest.fixture
def array_table():
    return ARRAYS


@pytest.fixture
def native_table():
    return NATIVE


def pytest_terminal_summary(terminalreporter):
    if TABLE.rows:
        terminalreporter.section("figures")
    for what, figure, aim, unit in TABLE.rows:
        verdict = "" if aim is None else f"   aim: at most {aim:g} {unit}"
        if aim is not None and figure > aim:
            verdict += "   MISSED"
        terminalreporter.write_line(f"{what:52s} {figure:9.3g} {unit:2s}{verdict}")
    if ARRAYS:
        terminalreporter.section("gradients of array programs")
        terminalreporter.write_line(f"{'':40s}{'ours':>10s}" + "".join(f"{c:>17s}" for c in COLUMNS))
    for what, seconds in ARRAYS.items():
        ratios = [f"{ratio(seconds[a], seconds[b]):17.2f}" if a in seconds and b in seconds else f"{'-':>17s}"
                  for a, b in COLUMNS.values()]
        terminalreporter.write_line(f"{what:40s}{1e3 * statistics.median(seconds['ours']):7.2f} ms" + "".join(ratios))
    if NATIVE:
        from native_table import summary, table

        terminalreporter.section("gradients under Numba")
        terminalreporter.write_line(f"{table(NATIVE)}\n{summary(NATIVE)}")
