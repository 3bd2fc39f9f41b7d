"""Answers of BPJS by message: parsed, stored, applied, settled; and the backlog."""
