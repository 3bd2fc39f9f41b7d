"""Signatures: electronic in the PDF, or by pen with a scan."""
