"""Commands of those who run an installation: its databases, keys, processes and tokens, and what ails it."""
