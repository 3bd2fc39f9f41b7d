"""A stand-in for BPJS at the border: hears what offices ask on its topic, and answers by rules in a file.

It knows the contract and nothing behind it: no database, no key of the installation, no code of a service.
"""
