"""What a browser sent of a page: its fields as the JSON a program would have sent.

Fields: `pemohon.nik` is nik within pemohon; `jawaban[]` is one of a list, and so is `masalah[KK]`, and
`daftar[DTKS].nomor` is nomor within the one of the list that DTKS stands for; a value that is an object in JSON is that
object; what is empty is left out. A time without a zone gets the one in `_zona`.
"""

import hmac
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final

from starlette.datastructures import FormData, UploadFile

from jejak.platform.errors import Malformed

CSRF, NEXT, KEY, VERSION, ZONE = "_tanda", "_lanjut", "_kunci", "_versi", "_zona"
"""Hidden fields of every form: protection against forgery, where to go afterwards, Idempotency-Key, If-Match, zone."""
_LOCAL: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d")
_PLACE: Final = re.compile(r"([a-z_]+)\[[^\]]*\]")
_BOUNDARY: Final = "jejak-formulir"
_MAX_DEPTH: Final = 8
"""No form of ours has fields that deep within one another."""
BROKEN: Final = "Formulir ini rusak. Muat ulang halamannya, lalu isi kembali."


def csrf(key: bytes, session: str) -> str:
    """What every form of one signed-in browser carries, and nobody else can know."""
    return hmac.new(key, b"formulir:" + session.encode(), sha256).hexdigest()


@dataclass(frozen=True, slots=True)
class Form:
    """What a browser sent: its own hidden fields, the fields in order, and the files that were chosen."""

    hidden: Mapping[str, str]
    fields: Sequence[tuple[str, str]]
    files: Sequence[tuple[str, UploadFile]]

    @classmethod
    def of(cls, data: FormData) -> "Form":
        """The fields by kind; a file field in which nothing was chosen is none."""
        items = data.multi_items()
        texts = [(_whole(name), _whole(value)) for name, value in items if isinstance(value, str)]
        files = [(name, value) for name, value in items if isinstance(value, UploadFile) and value.filename]
        hidden = {name: value for name, value in texts if name.startswith("_")}
        return cls(
            hidden, [(name, value) for name, value in texts if not name.startswith("_") and value.strip()], files
        )

    def body(self) -> dict[str, Any]:
        """The fields as the JSON object that a program would send. Malformed where they contradict one another."""
        found: dict[str, Any] = {}
        elements: dict[str, dict[str, Any]] = {}
        for name, text in self.fields:
            *outer, last = name.split(".")
            if len(outer) > _MAX_DEPTH:
                raise Malformed("formulir_rusak", BROKEN)
            place = found
            for one in outer:
                place = _within(place, one, elements)
            value = self._value(text)
            listed = _PLACE.fullmatch(last)
            if listed:
                _made(place, listed[1], list).append(value)
            else:
                place[last] = value
        return found

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
        """Whether it is of a page that was made for a session."""
        return hmac.compare_digest(self.hidden.get(CSRF, "").encode(), csrf(key, session).encode())

    async def encoded(self) -> tuple[bytes, str]:
        """Body and content type of the request that a program would send."""
        data = json.dumps(self.body(), ensure_ascii=False).encode(errors="surrogatepass")
        if not self.files:
            return data, "application/json"
        parts = [_part('name="data"', "application/json", data)]
        for name, file in self.files:
            kind = file.content_type or "application/octet-stream"
            parts.append(_part(f'name="{_quoted(name)}"; filename="berkas"', kind, await file.read()))
        return b"".join(parts) + f"--{_BOUNDARY}--\r\n".encode(), f"multipart/form-data; boundary={_BOUNDARY}"


def _whole(text: str) -> str:
    """Without half letters, which a form in a strange encoding may hold and no page can show."""
    return text.encode(errors="replace").decode()


def _within(place: dict[str, Any], name: str, elements: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """The object of this name, or the one of a list that the name in brackets stands for; made if it is not there."""
    listed = _PLACE.fullmatch(name)
    if listed is None:
        return _made(place, name, dict)
    if name not in elements:
        elements[name] = {}
        _made(place, listed[1], list).append(elements[name])
    return elements[name]


def _made[T: (dict[str, Any], list[Any])](place: dict[str, Any], name: str, kind: type[T]) -> T:
    """What stands under this name, made if nothing does. Malformed where another field has put something else there."""
    found = place.setdefault(name, kind())
    if not isinstance(found, kind):
        raise Malformed("formulir_rusak", BROKEN)
    return found


def _part(disposition: str, kind: str, data: bytes) -> bytes:
    head = f"--{_BOUNDARY}\r\nContent-Disposition: form-data; {disposition}\r\nContent-Type: {_quoted(kind)}\r\n\r\n"
    return head.encode() + data + b"\r\n"


def _quoted(text: str) -> str:
    """Nothing that could end a header or a quoted name."""
    return "".join("_" if one in '"\r\n\\' else one for one in text)
