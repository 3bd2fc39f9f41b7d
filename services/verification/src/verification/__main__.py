"""`python -m verification`: settings from the environment, then serve."""

from jejak.runtime import main
from verification.app import DESCRIPTION, NAME, build

main(NAME, DESCRIPTION, build)
