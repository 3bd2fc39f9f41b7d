"""Answers of BPJS, applied to cases; files of answers; unmatched answers of both kinds."""
