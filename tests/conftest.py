"""Options of the test suite."""


def pytest_addoption(parser):
    parser.addoption("--budget", type=int, metavar="N", help="how many random programs to check (200)")
