"""`python cli.py func.py` from a checkout: the same as `adcompile func.py`."""

import sys

from adcompiler.cli import main

if __name__ == "__main__":
    sys.exit(main())
