"""`python -m letters`: settings from the environment, then serve."""

from jejak.service import main
from letters.app import DESCRIPTION, NAME, build

main(NAME, DESCRIPTION, build)
