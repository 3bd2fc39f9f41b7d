"""How many examples a property test tries: a third of its number, all of them where JEJAK_FUZZ_ROUNDS is set."""

import os
from typing import Final

_FEW: Final = 20


def examples(number: int) -> int:
    """`make test` has to be quick; `make fuzz` tries all."""
    return number if "JEJAK_FUZZ_ROUNDS" in os.environ else max(min(number, _FEW), number // 3)
