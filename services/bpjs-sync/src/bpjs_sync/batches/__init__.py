"""Batches: their members, their closing, their lists, over HTTP."""
