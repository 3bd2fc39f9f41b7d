"""The registers (books) that an office's sheets name."""
