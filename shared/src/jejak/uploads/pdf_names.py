"""The names in objects of a PDF (ISO 32000-1, 7.3): what acts is named, and a title that mentions it does nothing."""

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Final

_MARK: Final = re.compile(rb"[%()\\]|[\r\n]")
_ESCAPED: Final = re.compile(rb"#([0-9A-Fa-f]{2})")
_REFERENCES: Final = re.compile(rb"(?:[\s\0]|%[^\r\n]*[\r\n])*(?:xref|[0-9]+[\s\0]+[0-9]+[\s\0]+obj)")
_OBJECT_ENDS: Final = re.compile(rb"endobj|stream")


def are_references(data: bytes, place: int) -> bool:
    """Whether a table or stream of references may stand at a place; an object that is surely another thing is none."""
    found = _REFERENCES.match(data, place)
    if found is None or found[0].endswith(b"xref"):
        return found is not None
    end = _OBJECT_ENDS.search(data, found.end())
    names = named(data[found.end() : end.start() if end else len(data)])
    return b"/XRef" in names or b"%" in names or names.count(b"<<") != names.count(b">>")


def named(objects: bytes) -> bytes:
    """Objects without their strings, and without escapes in their names; with them where a string does not end.

    Comments stay, but open no string.
    """
    return _ESCAPED.sub(lambda code: bytes((int(code[1], 16),)), b" ".join(_outside_strings(objects)))


def packed(content: bytes, first: int) -> list[bytes]:
    """The objects of an object stream, each from where its directory says that it begins. ValueError without one."""
    starts = {first + int(place) for place in content[:first].split()[1::2]}
    cuts = sorted({first, *(start for start in starts if first <= start < len(content)), len(content)})
    return [content[cut:end] for cut, end in pairwise(cuts)]


def _outside_strings(objects: bytes) -> Iterator[bytes]:
    depth, since, skipped, in_comment = 0, 0, -1, False
    pieces = []
    for mark in _MARK.finditer(objects):
        sign, at = mark[0], mark.start()
        if at < skipped:
            continue
        if in_comment:
            in_comment = sign not in b"\r\n"
        elif depth and sign == b"\\":
            skipped = at + 2
        elif sign == b"%" and not depth:
            in_comment = True
        elif sign == b"(":
            if not depth:
                pieces.append(objects[since:at])
            depth += 1
        elif sign == b")" and depth:
            depth -= 1
            since = at + 1
    return iter([objects] if depth else [*pieces, objects[since:]])
