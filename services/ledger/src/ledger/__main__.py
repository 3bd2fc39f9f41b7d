"""`python -m ledger`: settings from the environment, then serve."""

from jejak.service import main
from ledger.app import DESCRIPTION, NAME, build

main(NAME, DESCRIPTION, build, derives=True)
