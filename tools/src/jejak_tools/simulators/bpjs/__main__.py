"""`python -m jejak_tools.simulators.bpjs`: as `jejak up` starts it."""

import sys

from jejak.cli import main

if __name__ == "__main__":
    sys.exit(main(["simulate", "bpjs", *sys.argv[1:]]))
