"""Signing in and out: at the issuer, or in development by choosing who one is."""
