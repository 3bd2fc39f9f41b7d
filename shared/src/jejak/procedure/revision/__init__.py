"""A sheet over time: a first file, what is inferred, differences, editions in force."""
