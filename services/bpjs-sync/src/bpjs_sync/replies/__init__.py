"""Answers of BPJS by message: read, stored, put on their cases, counted while they wait."""
