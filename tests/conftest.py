"""Options of the test suite."""


def pytest_addoption(parser):
    parser.addoption("--update-golden", action="store_true", help="rewrite the expected files of tests/golden")
    parser.addoption("--budget", type=int, metavar="N", help="how many random programs to check (200)")
