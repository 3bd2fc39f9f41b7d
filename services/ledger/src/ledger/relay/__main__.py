"""`python -m ledger.relay`: settings from the environment, then publish."""

from jejak.service import main
from ledger.relay.app import DESCRIPTION, NAME, build

main(NAME, DESCRIPTION, build, derives=True)
