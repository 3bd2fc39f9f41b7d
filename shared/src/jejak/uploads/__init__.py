"""What people bring (PDF, JPEG, PNG): judged by its content, in processes of their own."""

from typing import Final

MAX_BYTES: Final = 10 * 1024 * 1024
