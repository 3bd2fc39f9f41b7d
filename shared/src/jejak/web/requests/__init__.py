"""Incoming requests: bodies within limits, forms of browsers, connections."""
