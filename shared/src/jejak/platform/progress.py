"""How far a command has come: one line that grows, on a terminal only."""

import sys
from typing import Final

_BAR: Final = 40


def show(what: str, done: int, of: int) -> None:
    """Draws the line anew; ends it when all is done."""
    if not sys.stderr.isatty():
        return
    share = done / of if of else 1.0
    bar = "█" * int(share * _BAR)
    sys.stderr.write(f"\r{what:<10} {bar:<{_BAR}} {share:4.0%}" + ("\n" if done >= of else ""))
    sys.stderr.flush()
