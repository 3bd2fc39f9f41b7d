"""`python -m letters`: settings from the environment, then serve."""

from jejak.runtime import main
from letters.app import DESCRIPTION, NAME, build

main(NAME, DESCRIPTION, build)
