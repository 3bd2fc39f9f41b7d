"""`python -m approval`: settings from the environment, then serve."""

from approval.app import DESCRIPTION, NAME, build
from jejak.service import main

main(NAME, DESCRIPTION, build)
