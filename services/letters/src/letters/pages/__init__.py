"""The page of letters: several signed at once."""
