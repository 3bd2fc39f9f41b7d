"""The page of approval: several parafs given at once."""
