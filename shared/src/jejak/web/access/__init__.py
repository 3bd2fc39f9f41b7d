"""Senders of requests: tokens, clients, certificates, and the rate limit of codes."""
