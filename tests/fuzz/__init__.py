"""Requests by chance against an installation of their own; a package, so that the tests share it."""
