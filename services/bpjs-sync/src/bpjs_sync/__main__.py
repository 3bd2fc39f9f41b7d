"""`python -m bpjs_sync`: settings from the environment, then serve."""

from jejak.runtime import main
from bpjs_sync.app import DESCRIPTION, NAME, build

main(NAME, DESCRIPTION, build)
