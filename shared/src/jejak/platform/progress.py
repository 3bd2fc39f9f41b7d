"""The progress bar of a command, on a terminal only."""

import sys
from typing import Final

_BAR: Final = 40


def show(what: str, done: int, of: int) -> None:
    """Redraws the line, and ends it when `done` reaches `of`."""
    if not sys.stderr.isatty():
        return
    share = done / of if of else 1.0
    bar = "█" * int(share * _BAR)
    sys.stderr.write(f"\r{what:<10} {bar:<{_BAR}} {share:4.0%}" + ("\n" if done >= of else ""))
    sys.stderr.flush()
