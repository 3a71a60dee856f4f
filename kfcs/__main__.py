"""`python -m kfcs` is the command `kfcs`."""

import sys

from kfcs.main import main

if __name__ == "__main__":
    sys.exit(main())
