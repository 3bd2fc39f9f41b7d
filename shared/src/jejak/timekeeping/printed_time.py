"""Times as official papers print them: "3 menit", "Maksimal 3 (tiga) hari kerja", "± 15 Menit", "1 x 24 jam".

Source of the wordings: sheets (SOP) and published *standar pelayanan*. A lower bound ("minimal 3 hari") is no promise,
and words that nobody can measure ("segera") are none either: both are refused with a way out, never guessed.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final, NamedTuple

from jejak.timekeeping.numerals import NUMERAL_WORDS, number_in_words
from jejak.timekeeping.standard import (
    DayKind,
    DayOfNextMonth,
    Days,
    Duration,
    Hands,
    Months,
    Standard,
    Ukuran,
    Wall,
)

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

_UNSEEN: Final = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060\ufeff]")
_APPROXIMATE: Final = re.compile(
    r"(?:±|\+\s*/\s*-|\+-|\+|~|≈|lebih kurang|kurang lebih|kira-kira|sekitar|rata-rata|estimasi|perkiraan)\s*"
)
_AT_MOST: Final = re.compile(
    r"(?:paling (?:lama|lambat|lambatnya|lamanya|banyak)|selambat(?:-| )lambatnya|selambatnya|selama(?:-| )lamanya|"
    r"maksimal|maksimum|maximal|maximum|maks|max|terlama|tidak (?:lebih dari|melebihi)|kurang dari|di bawah|"
    r"s/d|s\.d\.?|sampai dengan|hingga|<=|<|≤)\.?\s*"
)
_AND_AT_MOST: Final = re.compile(rf"(?:[,;(]\s*|\bdan )(?:dan )?(?={_AT_MOST.pattern}\S)")
_LEAD: Final = re.compile(
    r"(?:jangka waktu|waktu(?: penyelesaian| pelayanan| proses)?|penyelesaian|dalam(?: waktu| jangka waktu)?|selama)\s*"
)
_AT_LEAST: Final = re.compile(
    r"(?:paling (?:cepat|sedikit|singkat|kurang)|sekurang(?:-| )kurangnya|minimal|minimum|min\.|lebih dari|di atas|"
    r"setidaknya|tercepat|mulai(?: dari)?|>=|>|≥)\s*"
)
_UNMEASURED: Final = re.compile(
    r"(?:segera|langsung|seketika|saat itu(?: juga)?|pada saat itu(?: juga)?|sewaktu-waktu|tentatif|situasional|"
    r"kondisional|menyesuaikan.*|sesuai .*|tergantung .*|tidak (?:tentu|terbatas|ditentukan)|relatif|fleksibel)"
)
_SAME_DAY: Final = re.compile(r"(?:pada )?hari (?:itu|ini|yang sama|yg sama)(?: juga)?")
_DATE: Final = re.compile(r"tanggal\s+(\d{1,2})(?:\s*\([a-z ]+\))?\s+bulan\s+(?:berikutnya|berikut|depan)")
_TO: Final = re.compile(r"(?:\bs/d\b|\bs\.d\.?|\bsd\b|\bsampai dengan\b|\bsampai\b|\bhingga\b|–|—)")
_TOKEN: Final = re.compile(r"\d+(?:[.,]\d+)*|\d+/\d+|[½¼¾]|[a-z]+|['’′]|\S")
_TAIL: Final = re.compile(r"[,(]?\s*\b(?:sejak|semenjak|setelah|sesudah|terhitung|dihitung|mulai|dari|usai)\b.*")


def parse_waktu(text: str, *, hari: DayKind = "kerja", ukuran: Ukuran | None = None) -> Standard:
    """Read a time as a paper prints it; upper or lower case, a range is judged by its upper end.

    ``hari`` is the sheet's own key: how bare days are counted. ``ukuran`` overrides the clock the unit implies.
    Raises ValueError with an Indonesian sentence that names the text and a way out.
    """
    return _with_ukuran(parse_duration(text, hari), ukuran)


def is_approximate(text: str) -> bool:
    """Whether a time is printed as about so long ("± 15 menit"): it is judged like the exact time."""
    if _AND_AT_MOST.search(_plain(text)):
        return False
    return any(_APPROXIMATE.match(part) for part in (_plain(text), _without_lead(_plain(text), _AT_MOST, _LEAD)))


def without_tail(text: str) -> tuple[str, str | None]:
    """A time and the words after it that say from when it counts: "3 hari kerja", "sejak berkas lengkap"."""
    printed = _printed(text)
    match = _TAIL.search(printed.casefold())
    if match is None or match.start() == 0 or not any(character.isalnum() for character in printed[: match.start()]):
        return printed, None
    return printed[: match.start()].rstrip(" ,("), printed[match.start() :].strip(" ,()")


def _printed(text: str) -> str:
    return " ".join(_UNSEEN.sub("", text).split())


def _plain(text: str) -> str:
    return _printed(text).casefold().strip(" .;,:")


def _without_lead(plain: str, *leads: re.Pattern[str]) -> str:
    """The time without the words before it, in any order; a colon may stand between."""
    before = None
    while before != plain:
        before = plain
        for lead in leads:
            if match := lead.match(plain):
                plain = plain[match.end() :].lstrip(" :")
    return plain


def parse_duration(text: str, hari: DayKind) -> Duration:
    """A time by the clock that its unit implies. Raises ValueError with an Indonesian sentence."""
    printed = _printed(text)
    plain = _plain(text)
    if _UNMEASURED.fullmatch(plain):
        raise ValueError(
            f'waktu "{printed}" tidak dapat diukur: hapus kuncinya, dan tulis kata-katanya di catatan_waktu'
        )
    plain = _without_lead(plain, _LEAD)
    if not _APPROXIMATE.match(plain) and (least := _AT_LEAST.match(plain)):
        most = _AT_MOST.search(plain, least.end())
        if most is None:
            raise ValueError(
                f'waktu "{printed}" hanya batas bawah, bukan janji: tulis batas atasnya; bila tidak ada, '
                "hapus kuncinya dan tulis kata-katanya di catatan_waktu"
            )
        plain = plain[most.start() :]
    plain = _without_lead(plain, _AT_MOST, _APPROXIMATE, _LEAD)
    if upper := _AND_AT_MOST.search(plain):  # "± 30 menit, paling lama 1 hari": the promise is the upper bound
        rest = plain[upper.end() :]
        opened = "(" in upper[0] and rest.endswith(")")
        plain = _without_lead(rest.removesuffix(")") if opened else rest, _AT_MOST, _APPROXIMATE, _LEAD)
    plain = re.sub(r"\(?\b(?:maksimal|maksimum|maks|max|paling lama|paling lambat)\.?\)?$", "", plain).rstrip(" ,(")
    if _SAME_DAY.fullmatch(plain):
        return Days(printed, 0, "kerja", stated=True)
    if match := _DATE.fullmatch(plain):
        return DayOfNextMonth(printed, _day_of_month(int(match[1]), printed))
    _, tail = without_tail(plain)
    if tail is not None:
        raise ValueError(
            f'waktu "{printed}": tulis waktunya saja, dan "{tail}" di catatan_waktu; '
            "pada waktu_total katakan dengan total_dari sejak kapan dihitung"
        )
    return _Reader(plain, printed, hari).duration()


class _Amount(NamedTuple):
    """A quantity with its unit ("" while none is written) and, of days and hours, the kind of them."""

    number: float
    unit: str
    kind: str = ""


class _Reader:
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
        return self._standard(amount, minutes)

    def _amount(self) -> _Amount:
        word = self._peek()
        if word in _ONE:
            self._at += 1
            unit, number = _UNITS[_ONE[word]], 1.0
        else:
            number = self._number()
            if self._take("x") or self._take("×") or self._take("kali"):
                return self._times_24(number)
            unit = _UNITS.get((self._peek() or "").replace("’", "'").replace("′", "'"), "")
            if not unit:
                if self._peek() == "-":
                    return _Amount(number, "")
                raise self._unknown()
            self._at += 1
        kind = next((kind for kind in ("kerja", "kalender") if self._take(kind) or self._in_brackets(kind)), "")
        return _Amount(number, unit, kind)

    def _number(self) -> float:
        """Digits, words, or one with the other in brackets, which must say the same."""
        first = self._bare_number()
        if first is None:
            raise self._unknown()
        if self._peek() == "(" and self._peek(1) not in ("kerja", "kalender"):
            self._at += 1
            other = self._bare_number()
            if self._take("-"):  # "5-7 (lima sampai tujuh) hari": the upper one is the number before the bracket
                other = self._bare_number()
            if other is None or not self._take(")"):
                raise self._unknown()
            if other != first:
                raise ValueError(
                    f'waktu "{self._printed}": angka dan kata dalam kurungnya berbeda — tulis yang benar menurut '
                    "kantor di waktu, dan yang tercetak di waktu_cetak"
                )
        return first

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

    def _minutes(self, amount: _Amount) -> float:
        """The minutes after hours: "1 jam 30 menit", "1 (satu) jam dan 30 (tiga puluh) menit"."""
        if amount.unit not in ("jam", "menit"):
            return 0
        start = self._at
        if self._peek() in ("dan", ","):
            self._at += 1
        ahead = [token for token in self._tokens[self._at :] if _UNITS.get(token)]
        if not ahead or _UNITS[ahead[0]] != "menit":
            self._at = start
            return 0
        if amount.unit == "menit":
            raise ValueError(f'waktu "{self._printed}" menyebut menit dua kali: {_EXAMPLES}')
        minutes = self._number()
        self._at += 1
        return minutes

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


def _day_of_month(day: int, printed: str) -> int:
    if not 1 <= day <= 31:  # noqa: PLR2004 the longest month
        raise ValueError(f'waktu "{printed}": tanggal harus 1 sampai 31')
    return day


def _with_ukuran(standard: Duration, ukuran: Ukuran | None) -> Duration:
    match ukuran, standard:
        case "lewat", Hands() | Wall():
            return replace(standard, clock="elapsed")
        case "sentuh", Hands() | Wall():
            return replace(standard, clock="touch")
        case "sentuh", _:
            raise ValueError(f'waktu "{standard.text}" tidak dapat diukur "sentuh": hanya menit dan jam')
        case _:
            return standard
