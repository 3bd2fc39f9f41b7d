"""The trail of a case: timeline, hash chain, evidence, registers, search."""
