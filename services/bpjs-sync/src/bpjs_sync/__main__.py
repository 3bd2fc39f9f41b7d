"""`python -m bpjs_sync`: settings from the environment, then serve."""

from bpjs_sync.app import DESCRIPTION, NAME, build
from jejak.service import main

main(NAME, DESCRIPTION, build)
