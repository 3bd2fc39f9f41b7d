"""The process that reads foreign PDFs for the signatures in them; it has no keys and no network (decision 18)."""

from collections.abc import Mapping
from typing import Any, BinaryIO

from asn1crypto import pem  # type: ignore[import-untyped]  # carries no types
from asn1crypto import x509 as asn1_x509

from jejak.uploads.sandbox import Say, run
from letters.signatures.examination import UNREADABLE, examine


def work(file: BinaryIO, request: Mapping[str, Any], say: Say) -> None:
    """One message for each of the files, which lie one behind the other: its facts, or that it is unreadable."""
    texts = [text.encode() for text in request["roots"]]
    roots = [asn1_x509.Certificate.load(der) for text in texts for _, _, der in pem.unarmor(text, multiple=True)]
    for size, sent_size in request["files"]:
        try:
            facts = examine(file.read(size), sent_size=sent_size, roots=roots).plain()
        except UNREADABLE:
            facts = {}
        say({"facts": facts})


if __name__ == "__main__":
    run(work)
