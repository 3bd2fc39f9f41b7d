"""A simulator of BPJS: reads submissions on its topic, and answers by rules in a file.

It depends on the contract only: no database, no key of the installation, no code of a service.
"""
