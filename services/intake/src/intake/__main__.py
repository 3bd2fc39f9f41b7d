"""`python -m intake`: settings from the environment, then serve."""

from intake.app import DESCRIPTION, NAME, build
from jejak.service import main

main(NAME, DESCRIPTION, build)
