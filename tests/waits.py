"""How long a test waits for something that has to happen.

The end is generous, so that it is reached only by what never happens, also on a machine that does much else.
"""

from typing import Final

PATIENCE: Final = 240.0
"""Seconds."""
