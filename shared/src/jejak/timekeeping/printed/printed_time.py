"""Times as official papers print them: "3 menit", "Maksimal 3 (tiga) hari kerja", "± 15 Menit", "1 x 24 jam".

Source of the wordings: sheets (SOP) and published *standar pelayanan*. A lower bound ("minimal 3 hari") is no promise,
and words that nobody can measure ("segera") are none either: both are refused with a way out, never guessed.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final

from jejak.timekeeping.printed.quantity import QuantityReader
from jejak.timekeeping.standard import DayKind, DayOfNextMonth, Days, Duration, Hands, Standard, Ukuran, Wall

_UNSEEN: Final = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060\ufeff]")
_APPROXIMATE: Final = re.compile(
    r"(?:±|\+\s*/\s*-|\+-|\+|~|≈|lebih kurang|kurang lebih|kira-kira|sekitar|rata-rata|estimasi|perkiraan)\s*"
)
_AT_MOST: Final = re.compile(
    r"(?:paling (?:lama|lambat|lambatnya|lamanya|banyak)|selambat(?:-| )lambatnya|selambatnya|selama(?:-| )lamanya|"
    r"maksimal|maksimum|maximal|maximum|maks|max|terlama|tidak (?:lebih dari|melebihi)|kurang dari|di bawah|"
    r"s/d|s\.d\.?|sampai dengan|hingga|<=|<|≤)\.?\s*"
)
_AND_AT_MOST: Final = re.compile(rf"(?:[,;(]\s*|\bdan )(?:dan )?(?={_AT_MOST.pattern}[^\s).,;])")
_AFTER_AT_MOST: Final = (
    r"(?:paling (?:lama|lambat|lambatnya|lamanya|banyak)|selambat(?:-| )lambatnya|selambatnya|selama(?:-| )lamanya|"
    r"maksimal|maksimum|maximal|maximum|maks|max|terlama|tidak lebih|atau (?:kurang|lebih cepat))"
)
_AFTER_ABOUT: Final = r"(?:±|\+\s*/\s*-|\+-|~|≈|lebih kurang|kurang lebih|kira-kira|rata-rata|estimasi|perkiraan)"
_AFTER_AT_LEAST: Final = (
    r"(?:paling (?:cepat|sedikit|singkat|kurang)|sekurang(?:-| )kurangnya|minimal|minimum|setidaknya|tercepat|"
    r"atau lebih)"
)


def _after(words: str) -> re.Pattern[str]:
    """These words behind a time, or in brackets of their own anywhere: "3 hari kerja (maksimal)", "3 (maks.) hari"."""
    return re.compile(rf"\(\s*{words}\.?\s*\)|[\s,;]+{words}\.?$|(?<=[)\d]){words}\.?$")


_AT_MOST_AFTER, _ABOUT_AFTER, _AT_LEAST_AFTER = map(_after, (_AFTER_AT_MOST, _AFTER_ABOUT, _AFTER_AT_LEAST))
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
_TAIL: Final = re.compile(r"[,(]?\s*\b(?:sejak|semenjak|setelah|sesudah|terhitung|dihitung|mulai|dari|usai)\b.*")


def parse_waktu(text: str, *, hari: DayKind = "kerja", ukuran: Ukuran | None = None) -> Standard:
    """Read a time as a paper prints it; upper or lower case, a range is judged by its upper end.

    ``hari`` is the sheet's own key: how bare days are counted. ``ukuran`` overrides the clock the unit implies.
    Raises ValueError with an Indonesian sentence that names the text and a way out.
    """
    return _with_ukuran(parse_duration(text, hari), ukuran)


def is_approximate(text: str) -> bool:
    """Whether a time is printed as about so long ("± 15 menit"): it is judged like the exact time."""
    plain = _without_after(_plain(text), _AT_MOST_AFTER)
    if _AND_AT_MOST.search(plain):
        return False
    if _ABOUT_AFTER.search(plain):
        return True
    return any(_APPROXIMATE.match(part) for part in (plain, _without_lead(plain, _AT_MOST, _LEAD)))


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


def _without_after(plain: str, *marks: re.Pattern[str]) -> str:
    """The time without what stands behind it or in brackets of its own, in any order."""
    before = None
    while before != plain:
        before = plain
        for mark in marks:
            plain = " ".join(mark.sub(" ", plain).split()).strip(" .;,:")
    return plain


def parse_duration(text: str, hari: DayKind) -> Duration:
    """A time by the clock that its unit implies. Raises ValueError with an Indonesian sentence."""
    printed = _printed(text)
    plain = _plain(text)
    if _UNMEASURED.fullmatch(plain):
        raise ValueError(
            f'waktu "{printed}" tidak dapat diukur: hapus kuncinya, dan tulis kata-katanya di catatan_waktu'
        )
    plain = _without_lead(_without_after(plain, _AT_MOST_AFTER, _ABOUT_AFTER), _LEAD)
    if not _APPROXIMATE.match(plain) and (least := _AT_LEAST.match(plain)):
        most = _AT_MOST.search(plain, least.end())
        if most is None:
            raise _lower_bound(printed)
        plain = plain[most.start() :]
    plain = _without_lead(plain, _AT_MOST, _APPROXIMATE, _LEAD)
    if upper := _AND_AT_MOST.search(plain):  # "± 30 menit, paling lama 1 hari": the promise is the upper bound
        rest = plain[upper.end() :]
        opened = "(" in upper[0] and rest.endswith(")")
        plain = _without_lead(rest.removesuffix(")") if opened else rest, _AT_MOST, _APPROXIMATE, _LEAD)
    if _AT_LEAST_AFTER.search(plain):
        raise _lower_bound(printed)
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
    return QuantityReader(plain, printed, hari).duration()


def _lower_bound(printed: str) -> ValueError:
    return ValueError(
        f'waktu "{printed}" hanya batas bawah, bukan janji: tulis batas atasnya; bila tidak ada, '
        "hapus kuncinya dan tulis kata-katanya di catatan_waktu"
    )


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
