"""The hash chain, and what proves a case without a server."""
