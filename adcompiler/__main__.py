"""`python -m adcompiler`: the same as `adcompile`."""

import sys

from adcompiler.cli import main

if __name__ == "__main__":
    sys.exit(main())
