"""Numbers of letters: issued, borne by a signed letter, or batal."""
