"""How long a printed time is: digits, number words, units and ranges, without the words around them."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from jejak.timekeeping.printed.numerals import NUMERAL_WORDS, number_in_words
from jejak.timekeeping.standard import DayKind, Days, Duration, Hands, Months, Wall

_EXAMPLES: Final = (
    'tulis misalnya "3 menit", "1 jam", "1 x 24 jam", "8 hari", "20 hari kerja", "2 minggu", "3 bulan"; '
    "kata lain yang tercetak simpan di waktu_cetak atau catatan_waktu"
)
_DAY_SECONDS: Final = 86_400
_LONGEST: Final = 100_000
_SECONDS: Final = {"detik": 1, "menit": 60, "jam": 3_600}
_ABOUT: Final = _SECONDS | {"hari": 86_400, "minggu": 604_800, "bulan": 2_592_000, "tahun": 31_536_000}
_UNITS: Final = {
    **{unit: unit for unit in _ABOUT},
    "dtk": "detik",
    "mnt": "menit",
    "mnit": "menit",
    "min": "menit",
    "'": "menit",
    "hr": "hari",
    "mgg": "minggu",
    "pekan": "minggu",
    "bln": "bulan",
    "thn": "tahun",
    "th": "tahun",
}
_ONE: Final = {f"se{unit}": unit for unit in ("jam", "menit", "hari", "minggu", "pekan", "bulan", "tahun")}
_HALVES: Final = {"½": 0.5, "¼": 0.25, "¾": 0.75}
_EACH: Final = frozenset({
    *("orang", "berkas", "pemohon", "permohonan", "peserta", "surat", "dokumen", "lembar", "kk", "jiwa"),
    *("pelayanan", "layanan", "usulan", "kasus"),
})  # fmt: skip
"""What a time may be printed "per": a case is one of each."""

_TO: Final = re.compile(r"(?:\bs/d\b|\bs\.d\.?|\bsd\b|\bsampai dengan\b|\bsampai\b|\bhingga\b|–|—)")
_TOKEN: Final = re.compile(r"\d+(?:[.,]\d+)*|\d+/\d+|[½¼¾]|[a-z]+|['’′]|\S")


class _Amount(NamedTuple):
    """A quantity with its unit ("" while none is written) and, of days and hours, the kind of them."""

    number: float
    unit: str
    kind: str = ""


class QuantityReader:
    """A descent over the words of one time."""

    def __init__(self, plain: str, printed: str, hari: DayKind) -> None:
        self._tokens = _TOKEN.findall(_TO.sub(" - ", plain))
        self._at = 0
        self._printed = printed
        self._hari: DayKind = hari

    def duration(self) -> Duration:
        """The whole text as a duration; ValueError with a sentence."""
        amount = self._amount()
        if self._take("-"):
            upper = self._amount()
            if not upper.unit:
                raise self._unknown()
            lower = amount if amount.unit else amount._replace(unit=upper.unit)
            self._agrees_as_range(lower, upper)
            amount = upper._replace(kind=upper.kind or lower.kind)
        minutes = self._minutes(amount)
        if self._take("/") or self._take("per") or self._take("tiap") or self._take("setiap"):
            if self._peek() not in _EACH:
                raise self._unknown()
            self._at += 1
        if self._peek() is not None:
            raise self._left_over(amount)
        return self._standard(amount._replace(kind=amount.kind or minutes.kind), minutes.number)

    def _amount(self) -> _Amount:
        word = self._peek()
        if word in _ONE:
            self._at += 1
            amount = _Amount(1.0, _UNITS[_ONE[word]])
        else:
            amount = self._number()
            if self._take("x") or self._take("×") or self._take("kali"):
                return self._times_24(amount.number)
            amount = self._agreed(amount, amount._replace(unit=self._unit()))
            if not amount.unit and self._peek() != "-":
                raise self._unknown()
        amount = self._with_brackets(amount)
        return self._with_brackets(self._agreed(amount, amount._replace(kind=self._kind())))

    def _number(self) -> _Amount:
        """Digits, words, or one with the other in brackets, before or behind it; the brackets may hold the unit too."""
        before = self._brackets()
        number = self._bare_number()
        if number is not None:
            amount = self._with_brackets(_Amount(number, ""))
            return amount if before is None else self._agreed(amount, before)
        if before is None:
            raise self._unknown()
        return before

    def _with_brackets(self, amount: _Amount) -> _Amount:
        """An amount with what the brackets behind it repeat, or add to it."""
        repeated = self._brackets()
        return amount if repeated is None else self._agreed(amount, repeated)

    def _agreed(self, amount: _Amount, other: _Amount) -> _Amount:
        """Two notes of one amount as one; each may leave out unit and kind, and must not say something else."""
        if any(ours and theirs and ours != theirs for ours, theirs in zip(amount, other, strict=True)):
            raise ValueError(
                f'waktu "{self._printed}": angka dan kata dalam kurungnya berbeda — tulis yang benar menurut '
                "kantor di waktu, dan yang tercetak di waktu_cetak"
            )
        return _Amount(amount.number, amount.unit or other.unit, amount.kind or other.kind)

    def _brackets(self) -> _Amount | None:
        """A time in brackets: "(tiga)", "(tiga hari)", "(tiga hari kerja)"; None where none stands."""
        if self._peek() != "(" or self._peek(1) in ("kerja", "kalender"):
            return None
        self._at += 1
        number = self._bare_number()
        if self._take("-"):  # "5-7 (lima sampai tujuh) hari": the upper one is the number before the bracket
            number = self._bare_number()
        amount = None if number is None else _Amount(number, self._unit(), self._kind())
        if amount is None or not self._take(")"):
            raise self._unknown()
        return amount

    def _unit(self) -> str:
        unit = _UNITS.get((self._peek() or "").replace("’", "'").replace("′", "'"), "")
        self._at += bool(unit)
        return unit

    def _kind(self) -> str:
        return next((kind for kind in ("kerja", "kalender") if self._take(kind) or self._in_brackets(kind)), "")

    def _bare_number(self) -> float | None:
        word = self._peek()
        if word is None:
            return None
        if word in _HALVES or word == "setengah":
            self._at += 1
            return _HALVES.get(word, 0.5)
        if word[0].isdigit():
            self._at += 1
            whole = _digits(word, self._printed)
            part = self._peek()
            if part == "/" and (self._peek(1) or "").isdigit() and int(self._peek(1) or 0):
                whole = whole / int(self._peek(1) or 1)
                self._at += 2
            elif part in _HALVES:
                self._at += 1
                whole += _HALVES[part]
            return whole
        words: list[str] = []
        while (here := self._peek()) in NUMERAL_WORDS and here != "setengah":
            words.append(here or "")
            self._at += 1
        return number_in_words(words)

    def _times_24(self, number: float) -> _Amount:
        if self._bare_number() != 24:  # noqa: PLR2004 hours of a day
            raise self._unknown()
        if self._take("("):
            while self._peek() not in (")", None):
                self._at += 1
            self._take(")")
        if not self._take("jam"):
            raise self._unknown()
        rest = " ".join(self._tokens[self._at :])
        if "kerja" in rest:
            days = f"{number:g} hari kerja"
            raise ValueError(
                f'waktu "{self._printed}" menyebut jam dinding dan hari kerja sekaligus: tulis "{number:g} x 24 jam" '
                f'atau "{days}", menurut kantor, dan yang tercetak di waktu_cetak'
            )
        return _Amount(number * 24, "jam", "dinding")

    def _minutes(self, amount: _Amount) -> _Amount:
        """The minutes after hours: "1 jam 30 menit", "1 (satu) jam dan 30 (tiga puluh) menit"."""
        if amount.unit not in ("jam", "menit"):
            return _Amount(0, "")
        start = self._at
        if self._peek() in ("dan", ","):
            self._at += 1
        ahead = [token for token in self._tokens[self._at :] if _UNITS.get(token)]
        if not ahead or _UNITS[ahead[0]] != "menit":
            self._at = start
            return _Amount(0, "")
        if amount.unit == "menit":
            raise ValueError(f'waktu "{self._printed}" menyebut menit dua kali: {_EXAMPLES}')
        return self._amount()

    def _agrees_as_range(self, lower: _Amount, upper: _Amount) -> None:
        if upper.number * _ABOUT[upper.unit] < lower.number * _ABOUT[lower.unit]:
            raise ValueError(f'waktu "{self._printed}": batas atas lebih kecil daripada batas bawah')

    def _standard(self, amount: _Amount, minutes: float) -> Duration:
        number, unit, kind = amount
        if number <= 0:
            raise ValueError(f'waktu "{self._printed}" harus lebih dari nol; bila tidak ada, hapus kuncinya')
        if number > _LONGEST:
            raise ValueError(f'waktu "{self._printed}" terlalu lama — periksa angkanya')
        if unit in _SECONDS:
            seconds = round(number * _SECONDS[unit]) + round(60 * minutes)
            if kind == "kerja":
                return Hands(self._printed, seconds, "elapsed")
            wall = kind == "dinding" or (unit == "jam" and seconds >= _DAY_SECONDS)
            return Wall(self._printed, seconds) if wall else Hands(self._printed, seconds)
        if not number.is_integer():
            raise ValueError(
                f'waktu "{self._printed}": hari, minggu dan bulan ditulis dengan bilangan bulat; bagian hari ditulis '
                'dalam jam ("4 jam kerja"), dan yang tercetak di waktu_cetak'
            )
        count = int(number)
        if unit == "hari":
            counted: DayKind = self._hari if kind not in ("kerja", "kalender") else _kind(kind)
            return Days(self._printed, count, counted, stated=bool(kind))
        if kind == "kerja":
            raise ValueError(
                f'waktu "{self._printed}": {unit} selalu {unit} kalender; tulis "{count} {unit}", atau dalam hari kerja'
            )
        if unit == "minggu":
            return Days(self._printed, 7 * count, "kalender", stated=True)
        return Months(self._printed, count * (12 if unit == "tahun" else 1))

    def _left_over(self, amount: _Amount) -> ValueError:
        rest = " ".join(self._tokens[self._at :])
        if any(token in _UNITS for token in self._tokens[self._at :]) and amount.unit in ("hari", "minggu", "bulan"):
            return ValueError(
                f'waktu "{self._printed}" memakai dua satuan: tulis dengan satu satuan yang memuat keduanya, '
                "dan yang tercetak di waktu_cetak"
            )
        return ValueError(
            f'waktu "{self._printed}": "{rest}" tidak dikenal — tulis waktunya saja, dan kata lainnya di catatan_waktu'
        )

    def _unknown(self) -> ValueError:
        return ValueError(f'waktu "{self._printed}" tidak dikenal: {_EXAMPLES}')

    def _peek(self, ahead: int = 0) -> str | None:
        at = self._at + ahead
        return self._tokens[at] if at < len(self._tokens) else None

    def _take(self, token: str) -> bool:
        taken = self._peek() == token
        self._at += taken
        return taken

    def _in_brackets(self, word: str) -> bool:
        inside = self._tokens[self._at : self._at + 3] == ["(", word, ")"]
        self._at += 3 * inside
        return inside


def _kind(word: str) -> DayKind:
    return "kerja" if word == "kerja" else "kalender"


def _digits(text: str, printed: str) -> float:
    """The digits "1.440" are one thousand four hundred and forty; "1,5" and "1.5" are one and a half."""
    if re.fullmatch(r"[1-9]\d{0,2}(?:\.\d{3})+", text):
        return float(text.replace(".", ""))
    if re.fullmatch(r"\d+(?:[.,]\d{1,2})?", text):
        return float(text.replace(",", "."))
    raise ValueError(f'waktu "{printed}": angka {text} tidak jelas — tulis tanpa titik dan koma, misalnya 1440')
