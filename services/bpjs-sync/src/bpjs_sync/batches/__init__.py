"""Batches: who is in one, closed, its list, over HTTP."""
