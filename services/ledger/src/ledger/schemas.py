"""What every answer of the read side rests on."""

from typing import TypedDict

from pydantic import ConfigDict, with_config


@with_config(ConfigDict(extra="forbid"))
class Answer(TypedDict):
    """An answer with a key that its class does not name is a fault of ours, and is not passed on."""
