"""What a PDF would do by itself: scripts and files anywhere, and addresses that it opens before anybody has clicked."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice, pairwise
from typing import Final

from jejak.platform.errors import Malformed
from jejak.uploads.work import Work

OBJECT: Final = re.compile(rb"(?<![0-9])([0-9]{1,10})[\s\0]{1,20}[0-9]{1,5}[\s\0]{1,20}obj(?![A-Za-z])")
_ACTIVE: Final = re.compile(
    rb"/(?:JavaScript|JS|Launch|EmbeddedFiles?|RichMedia|XFA|SubmitForm|ImportData|GoTo[RE])(?![A-Za-z0-9])"
)
_REFERENCE: Final = rb"([0-9]{1,10})[\s\0]{1,20}[0-9]{1,5}[\s\0]{1,20}R(?![A-Za-z])"
_BY_ITSELF: Final = re.compile(rb"/(?:OpenAction|AA)(?![A-Za-z0-9])[\s\0]{0,20}(?:" + _REFERENCE + rb"|<<)")
_NEXT: Final = re.compile(rb"(?:/[A-Za-z]{1,4}|/Next[\s\0]{0,20}\[|(?<=R))[\s\0]{0,20}" + _REFERENCE)
_ADDRESS: Final = re.compile(rb"/URI(?![A-Za-z0-9])")
_BRACKETS: Final = re.compile(rb"<<|>>")
_NUMBER: Final = re.compile(rb"[0-9]{1,10}")
_ACTION_BYTES: Final = 4_096
_MOST_BEGUN: Final = 100
_MOST_ACTIONS: Final = 1_000
_MOST_NUMBERS: Final = 40_000
"""At the head of object streams: an object's number and its place, of as many as a file may have."""

type Unpacked = tuple[bytes, int]
"""An object stream in clear, and where in it the first object begins."""


def check_active(text: bytes) -> None:
    """Malformed for a script, a file inside, or a way to another file."""
    if _ACTIVE.search(text):
        raise _acts()


def check_by_itself(outside: Sequence[bytes], inside: Sequence[Unpacked], work: Work) -> None:
    """Malformed when opening the document or a page leads to an address. A link that waits for a click may."""
    texts = [*outside, *(text for text, _ in inside)]
    begun = [*islice(((text, found) for text in texts for found in _BY_ITSELF.finditer(text)), _MOST_BEGUN + 1)]
    if not begun:
        return
    if len(begun) > _MOST_BEGUN:
        raise _acts()
    work.spend(sum(map(len, texts)) + _ACTION_BYTES * len(begun))
    todo = {int(found[1]) for _, found in begun if found[1]}
    actions = [_dictionary(text, found.end()) for text, found in begun if not found[1]]
    objects = _objects(outside, inside)
    seen = set[int]()
    while actions or todo:
        for action in actions:
            if len(action) > _ACTION_BYTES or _ADDRESS.search(action):
                raise _acts()
            todo |= {int(number) for number in _NEXT.findall(action)} if b"<<" in action else set()
        todo -= seen
        seen |= todo
        if len(seen) > _MOST_ACTIONS:
            raise _acts()
        actions = [body for number in todo for body in objects.get(number, ())]
        todo = set()


def _dictionary(text: bytes, at: int) -> bytes:
    """The dictionary whose opening bracket ends here. Malformed for one larger than an action is."""
    depth = 1
    for bracket in _BRACKETS.finditer(text, at, at + _ACTION_BYTES):
        depth += 1 if bracket[0] == b"<<" else -1
        if not depth:
            return b"<<" + text[at : bracket.end()]
    raise _acts()


def _objects(outside: Iterable[bytes], inside: Iterable[Unpacked]) -> Mapping[int, Sequence[bytes]]:
    """Every edition of every object by its number, cut off behind the size an action may have."""
    found = defaultdict[int, list[bytes]](list)
    for text in outside:
        for number, body in _outside(text):
            found[number].append(body)
    left = _MOST_NUMBERS
    for text, first in inside:
        numbers = [int(one[0]) for one in islice(_NUMBER.finditer(text, 0, first), left)]
        left -= len(numbers)
        places = sorted(zip(numbers[1::2], numbers[::2], strict=False))
        for (offset, number), (after, _) in pairwise([*places, (len(text), 0)]):
            found[number].append(text[first + offset : first + min(after, offset + _ACTION_BYTES + 1)])
    return found


def _outside(text: bytes) -> Iterator[tuple[int, bytes]]:
    heads = [*OBJECT.finditer(text)]
    for head, after in pairwise([*heads, None]):
        assert head is not None
        end = min(head.end() + _ACTION_BYTES + 1, after.start() if after else len(text))
        yield int(head[1]), text[head.end() : end].partition(b"endobj")[0]


def _acts() -> Malformed:
    return Malformed(
        "pdf_beraksi",
        "PDF ini memuat skrip, formulir aktif, berkas sisipan, atau membuka alamat dengan sendirinya. "
        "Cetak ulang ke PDF, lalu unggah hasilnya.",
    )
