"""``python -m raglan`` is ``raglan``."""

import sys

from raglan.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
