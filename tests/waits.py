"""The patience of a test for an event that has to happen.

It is generous, so that only an event that never happens reaches it, also on a busy machine.
"""

from typing import Final

PATIENCE: Final = 240.0
"""Seconds."""
