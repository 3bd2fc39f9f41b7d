"""Requests nobody would think of, against an installation of their own; a package so that they share it."""
