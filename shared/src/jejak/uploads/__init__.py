"""What people bring (PDF, JPEG, PNG): judged by its content, in processes of their own."""

from typing import Final

MAX_BYTES: Final = 10 * 1024 * 1024
"""Of a file."""
MAX_FILES: Final = 20
"""Of a request."""
REQUEST_BYTES: Final = 64 * 1024
"""Between a service and an inspector: what each file was sent as, and what became of it."""
