"""`python -m approval`: settings from the environment, then serve."""

from jejak.runtime import main
from approval.app import DESCRIPTION, NAME, build

main(NAME, DESCRIPTION, build)
