"""The public contract with BPJS: messages, signatures, HTTP."""
