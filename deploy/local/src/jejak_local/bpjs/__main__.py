"""`python -m jejak_local.bpjs`: as `jejak up` starts it."""

import sys

from jejak.cli import main

if __name__ == "__main__":
    sys.exit(main(["simulate", "bpjs", *sys.argv[1:]]))
