"""Options of the test suite."""


def pytest_addoption(parser):
    parser.addoption("--budget", type=int, default=200, metavar="N", help="how many random programs to check")
