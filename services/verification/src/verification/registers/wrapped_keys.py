"""The table of this service that holds keys wrapped by the master key, for `jejak keys`."""

from typing import Final

from jejak.contracts.wrapped_keys import WrappedKeys
from verification.registers.lookup import bound_to_import

TABLES: Final = (WrappedKeys("register.import", "id", {"wrapped_key": bound_to_import}),)
