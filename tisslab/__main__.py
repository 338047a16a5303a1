"""`python -m tisslab` is `tisslab`."""

import sys

from tisslab.cli import main

if __name__ == "__main__":
    sys.exit(main())
