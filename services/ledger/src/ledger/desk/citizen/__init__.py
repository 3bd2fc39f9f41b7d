"""What a citizen sees of a case by its code."""
