"""What the inspection of files costs, as it is spent: a small file may be as much work as a large one."""

from typing import Final


class TooMuchWorkError(Exception):
    """The inspection would cost more than may be spent on it here."""


class Work:
    """What may still be spent, in bytes that patterns are looked for in; files may share it."""

    def __init__(self, left: float) -> None:
        self.left = left

    def spend(self, amount: int) -> None:
        """TooMuchWorkError, and nothing is spent, when so much is not left."""
        if amount > self.left:
            raise TooMuchWorkError
        self.left -= amount


PART: Final = 64
"""What an object, a stream, an escape, a segment or a chunk costs beside its bytes."""
UNBOUNDED: Final = Work(float("inf"))
