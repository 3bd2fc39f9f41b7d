"""The pages of a case for the holder of its code."""
