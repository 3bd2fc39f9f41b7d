"""The BPJS desk of an office."""
