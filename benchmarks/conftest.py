"""Collects the figures and prints them as one table at the end."""

import pytest


class Table:
    """Rows of (what, figure, aim, unit)."""

    def __init__(self):
        self.rows = []

    def add(self, what, figure, aim, unit):
        self.rows.append((what, figure, aim, unit))


TABLE = Table()


@pytest.fixture
def table():
    return TABLE


def pytest_terminal_summary(terminalreporter):
    if TABLE.rows:
        terminalreporter.section("figures")
    for what, figure, aim, unit in TABLE.rows:
        verdict = "" if aim is None else f"   aim: at most {aim:g} {unit}"
        if aim is not None and figure > aim:
            verdict += "   MISSED"
        terminalreporter.write_line(f"{what:52s} {figure:9.3g} {unit:2s}{verdict}")
