"""Field types of the files people write: strict, so that a number never passes for a text."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    PlainValidator,
    Strict,
    StringConstraints,
    WithJsonSchema,
)

from jejak.timekeeping.dates import OFFICE_DAY, PAPER

KODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")
"""A kode travels in headers beside ``, ; /``: it holds none of them."""
_DURATION_IN_MONTHS = re.compile(r"([0-9]+) (bulan|tahun)")
_SHEET_DATE = re.compile(r"([0-9]{1,2})[-/. ]+([0-9]{1,2}|[a-z]+)[-/. ]+([0-9]{4})")
_ISO_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MONTHS = (
    *("januari", "februari", "maret", "april", "mei", "juni"),
    *("juli", "agustus", "september", "oktober", "november", "desember"),
)
_PERIOD = re.compile(r"([0-9]+ )?(hari kerja|hari|minggu|bulan|tahun)")


class Block(BaseModel):
    """A table of a file: frozen, and no key that is not known."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    @property
    def known_as(self) -> str:
        """What a block of a list is known by: its no, kode or nama."""
        return next(str(getattr(self, key)) for key in ("no", "kode", "nama") if hasattr(self, key))


def _matching(pattern: str | re.Pattern[str], sentence: str) -> AfterValidator:
    """A text of this form; ``sentence`` is the mistake, with ``{text}`` for what is written."""

    def check(text: str) -> str:
        if not re.fullmatch(pattern, text):
            raise ValueError(sentence.format(text=text))
        return text

    return AfterValidator(check)


def _number_or_text(value: object) -> object:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _listed(value: object) -> object:
    return [value] if isinstance(value, str) else value


def _day(value: object) -> object:
    """A date is written without quotes; the sentence for any other shows the right form."""
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    hint = "2022-01-03"
    if isinstance(value, str):
        numbers = _SHEET_DATE.fullmatch(value.strip().lower())
        if numbers and (month := _month(numbers[2])):
            hint = f"{numbers[3]}-{month:02}-{int(numbers[1]):02}"
        elif _ISO_DATE.fullmatch(value.strip()):
            hint = value.strip()
    raise ValueError(f"harus tanggal tanpa tanda kutip, tahun-bulan-hari: {hint}")


def _month(word: str) -> int | None:
    if word.isdigit():
        return int(word) if 1 <= int(word) <= len(_MONTHS) else None
    return _MONTHS.index(word) + 1 if word in _MONTHS else None


def _months(value: object) -> object:
    if not isinstance(value, str):
        msg = f'tulis dengan satuan, misalnya "{value if isinstance(value, int) else 6} bulan"'
        raise ValueError(msg)  # noqa: TRY004 - Pydantic turns ValueError into one line of the report
    match = _DURATION_IN_MONTHS.fullmatch(value.strip().lower())
    if not match:
        raise ValueError(f'"{value}" bukan lama yang dikenal — tulis misalnya "6 bulan" atau "1 tahun"')
    return int(match[1]) * (12 if match[2] == "tahun" else 1)


def _urgent(value: object) -> bool | tuple[str, ...]:
    match value:
        case bool():
            return value
        case list() if value and all(isinstance(name, str) and name for name in value):
            return tuple(value)
        case _:
            raise ValueError('harus true, atau nama jawaban yang mendesak: ["…"]')


def _period(text: str) -> str:
    if not _PERIOD.fullmatch(text.lower()):
        raise ValueError(f'"{text}" bukan jangka yang dikenal — tulis misalnya "bulan", "hari kerja" atau "3 bulan"')
    return text.lower()


Text = Annotated[str, Strict(), StringConstraints(min_length=1, pattern=r"\S")]
Kode = Annotated[Text, _matching(KODE, 'kode "{text}" hanya boleh berisi huruf, angka, "_", "-" dan "." — tanpa spasi')]
_OFFICE = r"[0-9]{2}\.[0-9]{2}(\.[0-9]{2}(\.[0-9]{4})?)?(-[a-z0-9]{1,20}){0,2}"
"""A kabupaten or kota, a kecamatan or kelurahan of it, or another office there: 13.99, 13.99.05, 13.99-dinkes."""
SheetOffice = Annotated[
    Text,
    _matching(
        _OFFICE,
        '"{text}" bukan kode kantor: kode Kemendagri kabupaten/kota atau kecamatan, misalnya "13.99" atau "13.99.05"; '
        'dinas lain di daerah itu diberi akhiran, misalnya "13.99-dinkes"',
    ),
]
OfficeCode = Annotated[
    Text,
    _matching(
        rf"[0-9]{{2}}|{_OFFICE}",
        '"{text}" bukan kode kantor: kode Kemendagri kabupaten/kota, kecamatan atau provinsi, misalnya "13.99", '
        '"13.99.05" atau "13"; dinas lain di daerah itu diberi akhiran, misalnya "13.99-dinkes"',
    ),
]
AreaCode = Annotated[
    Text,
    _matching(
        r"[0-9]{2}\.[0-9]{2}\.[0-9]{2}(\.[0-9]{4})?",
        '"{text}" bukan kode kecamatan atau kelurahan Kemendagri — tulis misalnya "13.99.05" atau "13.99.05.2001"',
    ),
]
Flag = Annotated[bool, Strict()]
Whole = Annotated[int, Strict()]
Day = Annotated[date, BeforeValidator(_day), PAPER]
OfficeDay = Annotated[date, BeforeValidator(_day), OFFICE_DAY]
Texts = tuple[Text, ...]
Names = tuple[Text, ...]
TextOrTexts = Annotated[
    Texts,
    BeforeValidator(_listed),
    WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}),
]
StepNo = Annotated[
    Kode,
    BeforeValidator(_number_or_text),
    WithJsonSchema({"anyOf": [{"type": "integer"}, {"type": "string"}]}),
]
Months = Annotated[int, BeforeValidator(_months), WithJsonSchema({"type": "string", "examples": ["6 bulan"]})]
Period = Annotated[Text, AfterValidator(_period)]
Cara = Literal["baru", "mutasi", "reaktivasi"]
Urgent = Annotated[
    bool | tuple[str, ...],
    PlainValidator(_urgent),
    WithJsonSchema({"anyOf": [{"type": "boolean"}, {"type": "array", "items": {"type": "string"}}]}),
]
