"""Answers of BPJS put on cases: by file, by message; what nobody could place."""
