"""Uploaded documents (PDF, JPEG, PNG), inspected by their content in separate processes."""

from typing import Final

MAX_BYTES: Final = 10 * 1024 * 1024
"""The size of a file."""
MAX_FILES: Final = 20
"""The files of a request."""
REQUEST_BYTES: Final = 64 * 1024
"""A message between a service and an inspector: the declared type of each file, or the result of its inspection."""
