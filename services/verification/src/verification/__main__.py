"""`python -m verification`: settings from the environment, then serve."""

from jejak.service import main
from verification.app import DESCRIPTION, NAME, build

main(NAME, DESCRIPTION, build)
