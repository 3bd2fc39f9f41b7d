"""Numbers of letters: reserved, borne by a signed letter, or void (batal)."""
