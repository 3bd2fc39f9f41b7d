"""The tables of this service that hold keys wrapped by the master key, for `jejak keys`."""

from typing import Final

from bpjs_sync.answers.unmatched_store import associated_data
from jejak.contracts.wrapped_keys import WrappedKeys

TABLES: Final = (
    WrappedKeys("bpjs.answer_file", "id", {"wrapped_key": associated_data}),
    WrappedKeys("bpjs.reply_key", "id", {"wrapped": associated_data}),
)
