"""The number of examples of a property test: a third of its own, or all where JEJAK_FUZZ_ROUNDS is set."""

import os
from typing import Final

_FEW: Final = 20


def examples(number: int) -> int:
    """The examples of a test, a third of them under `make test`, all under `make fuzz`."""
    return number if "JEJAK_FUZZ_ROUNDS" in os.environ else max(min(number, _FEW), number // 3)
