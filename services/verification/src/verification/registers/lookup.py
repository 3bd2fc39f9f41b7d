"""Look-ups in imported registers: who is listed where, and by which import.

Three kinds of register: of the poor (PBDT, DTKS, DTSEN), of members (BPJS), of residents (Dukcapil). They hold the
keyed index of a NIK instead of the NIK; names and numbers are sealed under a key of the import, itself wrapped by the
master key.
"""

import hmac
import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final
from uuid import UUID

import asyncpg

from jejak.contracts.codec import open_bytes, seal_bytes, unwrap, wrap
from jejak.platform.key_settings import MasterKeys
from jejak.platform.settings import Settings
from jejak.privacy import nik as niks
from jejak.procedure.meanings import Words
from jejak.procedure.office.vocabularies import spelt

type Connection = asyncpg.Connection[asyncpg.Record] | asyncpg.pool.PoolConnectionProxy[asyncpg.Record]


class RegisterKind(StrEnum):
    """The kinds of register."""

    POOR = "kemiskinan"
    MEMBERS = "kepesertaan"
    RESIDENTS = "kependudukan"


ALL_KINDS: Final = frozenset(RegisterKind)


@dataclass(frozen=True, slots=True)
class RegisterKeys:
    """The installation's keys: `index` finds a NIK, `masters` wrap the key of every import."""

    index: bytes
    masters: MasterKeys

    @classmethod
    def of(cls, settings: Settings) -> "RegisterKeys":
        """The keys of this installation."""
        return cls(settings.hmac_key, settings.master_keys)


@dataclass(frozen=True, slots=True)
class Answering:
    """The import that answers for a register; `office` is the kabupaten, or the province whose list covers it."""

    import_id: UUID
    office: str
    register: str
    kind: RegisterKind
    as_of: date


@dataclass(frozen=True, slots=True)
class RegisterEntry:
    """A row of a register of the poor. `number` is its own number (No. PBDT, ID DTKS).

    `status` is None where the list has no such column; `desil_word` is what stands where the decile is no number.
    """

    source: Answering
    desil: int | None
    name: str | None
    number: str | None
    status: str | None = None
    desil_word: str | None = None


@dataclass(frozen=True, slots=True)
class MemberEntry:
    """A row of a membership list. `status` is the list's own word; `jejak.procedure.meanings` has its meaning.

    `status` and `segment` are None where the list has no such column, empty where the cell is.
    `decree` is the number of the SK that took the participant out, `reason` the list's own word for why.
    """

    source: Answering
    card: str | None
    name: str | None
    segment: str | None
    status: str | None
    deactivated_on: date | None
    deactivations: int | None
    decree: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class ResidentEntry:
    """A row of a population extract. `status` is its own word (hidup, …), None where it has no such column."""

    source: Answering
    kk: str | None
    name: str | None
    born: date | None
    status: str | None


@dataclass(frozen=True, slots=True)
class UnreadRow:
    """A row about the person that was not taken: its number in the file, and its fault.

    `same_name`: its NIK could not be read, and the name is the person's.
    """

    source: Answering
    row: int
    fault: str
    same_name: bool = False


type Row = RegisterEntry | MemberEntry | ResidentEntry | UnreadRow


@dataclass(frozen=True, slots=True)
class RegisterAnswers:
    """The rows of all registers for one NIK, in the order of register and file; differing rows are all included."""

    listed: tuple[RegisterEntry, ...] = ()
    members: tuple[MemberEntry, ...] = ()
    residents: tuple[ResidentEntry, ...] = ()
    unread: tuple[UnreadRow, ...] = ()


@dataclass(frozen=True, slots=True)
class LookUp:
    """The answers by NIK. A register missing in `answering` was never imported."""

    answering: Mapping[str, Answering]
    answers: Mapping[str, RegisterAnswers]


LOOKUP: Final = """
WITH answering AS MATERIALIZED (
  SELECT DISTINCT ON (register) no, id, office, register, kind, as_of, wrapped_key
  FROM register.import
  WHERE status = 'answering' AND office = ANY($1::text[]) AND kind = ANY($2::text[])
  ORDER BY register, as_of DESC, length(office) DESC
)
SELECT a.no, a.id, a.office, a.register, a.kind, a.as_of, a.wrapped_key,
       e.nik_index, e.desil, e.segment, e.status, e.deactivated_on, e.deactivations, e.sealed,
       e.row_no, NULL AS fault
FROM answering a
LEFT JOIN register.entry e ON e.import_no = a.no AND e.nik_index = ANY($3::bytea[])
UNION ALL
SELECT a.no, a.id, a.office, a.register, a.kind, a.as_of, a.wrapped_key,
       u.nik_index, NULL, NULL, NULL, NULL, NULL, NULL, u.row_no, u.fault
FROM answering a
JOIN register.unread u ON u.import_no = a.no AND u.nik_index = ANY($3::bytea[])
ORDER BY register, row_no
"""


def offices_answering(office: str) -> tuple[str, ...]:
    """Whose lists cover an office: those of its kabupaten and its province, for which lists are imported.

    "13.01", "13.01-dinkes" and "13.01.05" (a kecamatan) → "13.01", "13".
    """
    region, province = office[:5], office[:2]
    return tuple(dict.fromkeys((region, province)))


def words_of_list(words: Words, office: str, listed_by: str) -> Words:
    """What the words of one list mean to an office: a list of its kabupaten is its own, one of its province is not.

    The kabupaten's lists are imported once for every office there: "13.01", "13.01-dinkes" and "13.01.05".
    """
    return words.of_list(own=is_own(office, listed_by))


def is_own(office: str, listed_by: str) -> bool:
    """Whether a list that answers for an office is its own, by whose code it was imported under."""
    return listed_by == offices_answering(office)[0]


async def lookup(
    connection: Connection,
    keys: RegisterKeys,
    office: str,
    nik_list: Sequence[str],
    kinds: Iterable[RegisterKind] = ALL_KINDS,
    names: Mapping[str, str] | None = None,
) -> LookUp:
    """The answers of every imported register for these NIKs: one query on one snapshot, never half an import.

    Where both the office and the province imported a register, the import with the later as-of date answers.
    `names` (by NIK) also finds rows whose NIK could not be read.
    """
    by_index = {niks.index(keys.index, nik): nik for nik in nik_list}
    by_name: dict[bytes, list[str]] = defaultdict(list)
    for nik, name in (names or {}).items():
        by_name[name_index(keys.index, name)].append(nik)
    kind_names = [str(kind) for kind in kinds]
    rows = await connection.fetch(LOOKUP, list(offices_answering(office)), kind_names, [*by_index, *by_name])
    sources: dict[int, tuple[Answering, bytes]] = {}
    rows_by_nik: dict[str, list[Row]] = {nik: [] for nik in nik_list}
    for row in rows:
        number = row["no"]
        if number not in sources:
            sources[number] = _source(row, keys.masters)
        source, key = sources[number]
        if row["nik_index"] in by_index:
            rows_by_nik[by_index[row["nik_index"]]].append(_row(row, source, key))
        for nik in by_name.get(row["nik_index"], ()):
            rows_by_nik[nik].append(UnreadRow(source, row["row_no"], row["fault"], same_name=True))
    answering = {source.register: source for source, _ in sources.values()}
    return LookUp(answering, {nik: _grouped(rows_of) for nik, rows_of in rows_by_nik.items()})


def name_index(key: bytes, name: str) -> bytes:
    """The keyed hash by which a row without a readable NIK is found: of its name, without case, marks and spaces."""
    return hmac.digest(key, f"nama:{spelt(name)}".encode(), "sha256")


def wrap_key(keys: RegisterKeys, import_id: UUID, key: bytes, random: Callable[[int], bytes]) -> bytes:
    """The key of an import as it is stored: sealed under the master key, bound to the import."""
    return wrap(keys.masters, key, bound_to_import(import_id), random)


def bound_to_import(import_id: UUID) -> bytes:
    """What the key of an import is bound to."""
    return b"register:" + import_id.bytes


def seal_row(
    key: bytes, import_id: UUID, nik_index: bytes, personal: Mapping[str, str], random: Callable[[int], bytes]
) -> bytes | None:
    """The personal values of a row, bound to the import and the NIK; None where the row has none."""
    if not personal:
        return None
    values = json.dumps(personal, ensure_ascii=False, separators=(",", ":")).encode()
    return seal_bytes(key, values, import_id.bytes + nik_index, random)


def _source(row: asyncpg.Record, masters: MasterKeys) -> tuple[Answering, bytes]:
    source = Answering(row["id"], row["office"], row["register"], RegisterKind(row["kind"]), row["as_of"])
    return source, unwrap(masters, row["wrapped_key"], bound_to_import(source.import_id))


def _row(row: asyncpg.Record, source: Answering, key: bytes) -> Row:
    if row["fault"] is not None:
        return UnreadRow(source, row["row_no"], row["fault"])
    sealed = row["sealed"]
    bound_to = source.import_id.bytes + row["nik_index"]
    personal: dict[str, str] = json.loads(open_bytes(key, sealed, bound_to)) if sealed is not None else {}
    name = personal.get("name")
    match source.kind:
        case RegisterKind.POOR:
            return RegisterEntry(
                source, row["desil"], name, personal.get("number"), row["status"], personal.get("desil")
            )
        case RegisterKind.MEMBERS:
            history = (row["deactivated_on"], row["deactivations"], personal.get("decree"), personal.get("reason"))
            return MemberEntry(source, personal.get("card"), name, row["segment"], row["status"], *history)
        case RegisterKind.RESIDENTS:
            born = date.fromisoformat(personal["born"]) if "born" in personal else None
            return ResidentEntry(source, personal.get("kk"), name, born, row["status"])


def _grouped(rows: Sequence[Row]) -> RegisterAnswers:
    return RegisterAnswers(
        tuple(row for row in rows if isinstance(row, RegisterEntry)),
        tuple(row for row in rows if isinstance(row, MemberEntry)),
        tuple(row for row in rows if isinstance(row, ResidentEntry)),
        tuple(row for row in rows if isinstance(row, UnreadRow)),
    )
