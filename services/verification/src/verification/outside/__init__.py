"""Look-ups at BPJS and Dukcapil themselves, over HTTP."""
