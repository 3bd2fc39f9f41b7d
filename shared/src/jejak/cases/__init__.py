"""A case: its state, what is due, decisions around a command, and how cases are read and written."""
