"""`python -m intake`: settings from the environment, then serve."""

from jejak.runtime import main
from intake.app import DESCRIPTION, NAME, build

main(NAME, DESCRIPTION, build)
