"""A browser's form, converted to the JSON that a program would send.

Field names: `pemohon.nik` is nik within pemohon; `jawaban[]` and `masalah[KK]` are elements of a list, and
`daftar[DTKS].nomor` is nomor within the element that DTKS names. A code within a name is written by `in_name`, so that
its own dots and brackets divide nothing. A value that is a JSON object becomes that object; empty fields are left out.
A time without a zone gets the one in `_zona`.
"""

import hmac
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final
from urllib.parse import unquote

from starlette.datastructures import FormData, UploadFile

from jejak.contracts.task_bodies import SECRETS
from jejak.platform.errors import Malformed

CSRF, NEXT, KEY, VERSION, ZONE = "_tanda", "_lanjut", "_kunci", "_versi", "_zona"
"""Hidden fields of every form: protection against forgery, where to go afterwards, Idempotency-Key, If-Match, zone."""
ASKED_AGAIN: Final = "_rahasia"
"""Hidden field of a form that is sent again: its secret fields, one a line, to be typed again."""
_LOCAL: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d")
_ELEMENT: Final = re.compile(r"([a-z_]+)\[[^\]]*\]")
_BOUNDARY: Final = "jejak-formulir"
_DIVIDING: Final = str.maketrans({sign: f"%{ord(sign):02X}" for sign in "%.[]"})
_MAX_DEPTH: Final = 8
"""Deepest nesting of fields and values."""
BROKEN: Final = "Formulir ini rusak. Muat ulang halamannya, lalu isi kembali."


def csrf(key: bytes, session: str) -> str:
    """The token against forgery that every form of one session carries."""
    return hmac.new(key, b"formulir:" + session.encode(), sha256).hexdigest()


def in_name(code: str) -> str:
    """A code as it stands within a field's name: the characters that divide a name are percent-encoded."""
    return code.translate(_DIVIDING)


@dataclass(frozen=True, slots=True)
class Form:
    """A form: its hidden fields, whose names begin with `_`, the other fields in order, and the chosen files."""

    hidden: Mapping[str, str]
    fields: Sequence[tuple[str, str]]
    files: Sequence[tuple[str, UploadFile]]

    @classmethod
    def of(cls, data: FormData) -> "Form":
        """The form by kind of field, without empty fields and file fields without a choice."""
        items = data.multi_items()
        texts = [(_encodable(name), _encodable(value)) for name, value in items if isinstance(value, str)]
        hidden = {name: value for name, value in texts if name.startswith("_")}
        if secrets := [name for name, value in texts if name in SECRETS and value]:
            hidden[ASKED_AGAIN] = "\n".join(secrets)
        fields = [(name, value) for name, value in texts if not name.startswith("_") and value.strip()]
        return cls(
            hidden, fields, [(name, file) for name, file in items if isinstance(file, UploadFile) and file.filename]
        )

    @property
    def shown(self) -> Sequence[tuple[str, str]]:
        """The fields as pages show and carry them: without secrets, which are asked again (`ASKED_AGAIN`)."""
        return [(name, value) for name, value in self.fields if name not in SECRETS]

    def body(self) -> dict[str, Any]:
        """The fields as a JSON object. Malformed where they contradict one another."""
        body: dict[str, Any] = {}
        elements: dict[str, dict[str, Any]] = {}
        for name, text in self.fields:
            *outer, last = name.split(".")
            if len(outer) > _MAX_DEPTH:
                raise Malformed("formulir_rusak", BROKEN)
            place = body
            for part in outer:
                place = _within(place, part, elements)
            value = text if name in SECRETS else self._value(text)
            if element := _ELEMENT.fullmatch(last):
                _child(place, element[1], list).append(value)
            else:
                place[unquote(last)] = value
        return body

    def _value(self, text: str) -> Any:
        if text.startswith("{") and text.count("{") + text.count("[") <= _MAX_DEPTH:
            try:
                return json.loads(text)
            except ValueError:
                return text
        if _LOCAL.fullmatch(text) and ZONE in self.hidden:
            return f"{text}:00{self.hidden[ZONE]}"
        return text.strip()

    def signed(self, key: bytes, session: str) -> bool:
        """Whether the form belongs to a page of this session."""
        return hmac.compare_digest(self.hidden.get(CSRF, "").encode(), csrf(key, session).encode())

    async def encoded(self) -> tuple[bytes, str]:
        """Body and content type of the command: JSON, or multipart with the files."""
        data = json.dumps(self.body(), ensure_ascii=False).encode(errors="surrogatepass")
        if not self.files:
            return data, "application/json"
        parts = [_part('name="data"', "application/json", data)]
        for name, file in self.files:
            kind = file.content_type or "application/octet-stream"
            parts.append(_part(f'name="{_quoted(name)}"; filename="berkas"', kind, await file.read()))
        return b"".join(parts) + f"--{_BOUNDARY}--\r\n".encode(), f"multipart/form-data; boundary={_BOUNDARY}"


def _encodable(text: str) -> str:
    """The text without lone surrogates, which a form may decode to and no page can show."""
    return text.encode(errors="replace").decode()


def _within(place: dict[str, Any], name: str, elements: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """The object of this name, or the list's element that the brackets name; created where it is missing."""
    element = _ELEMENT.fullmatch(name)
    if element is None:
        return _child(place, unquote(name), dict)
    if name not in elements:
        elements[name] = {}
        _child(place, element[1], list).append(elements[name])
    return elements[name]


def _child[T: (dict[str, Any], list[Any])](place: dict[str, Any], name: str, kind: type[T]) -> T:
    """The value of this name, created where it is missing. Malformed where it is of another kind."""
    child = place.setdefault(name, kind())
    if not isinstance(child, kind):
        raise Malformed("formulir_rusak", BROKEN)
    return child


def _part(disposition: str, kind: str, data: bytes) -> bytes:
    head = f"--{_BOUNDARY}\r\nContent-Disposition: form-data; {disposition}\r\nContent-Type: {_quoted(kind)}\r\n\r\n"
    return head.encode() + data + b"\r\n"


def _quoted(text: str) -> str:
    """The text without characters that end a header or a quoted name."""
    return re.sub(r'["\r\n\\]', "_", text)
