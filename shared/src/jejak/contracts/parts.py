"""The parts of events: people, files, findings, reasons; and the marks of personal fields."""

from collections.abc import Callable
from datetime import date
from enum import StrEnum
from typing import Annotated, Final, Literal, get_args

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field

from jejak.privacy import normalise
from jejak.timekeeping.dates import YEARS, BirthDate, DocumentDate


class Key(StrEnum):
    """Under which key of the case a personal field is sealed."""

    WORKING = "k"
    ARCHIVE = "a"


class Part(BaseModel):
    """Base of everything stored or sent between services: frozen, closed, and without values in its errors."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class Forgotten(Part):
    """Replaces a personal field whose key was destroyed (UU 27/2022)."""

    forgotten: Literal[True] = True


FORGOTTEN: Final = Forgotten()

type Working[T] = Annotated[T | Forgotten, Key.WORKING]
type Archived[T] = Annotated[T | Forgotten, Key.ARCHIVE]

type Funding = Literal["APBN", "provinsi", "kabupaten", "kota"]
"""The payer of the contribution: the nation (PBI Jaminan Kesehatan), or a region for its own people (PBPU Pemda)."""
FUNDINGS: Final[tuple[Funding, ...]] = get_args(Funding.__value__)

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Text = Annotated[str, Field(min_length=1, max_length=2000)]
Name = Annotated[str, Field(min_length=1, max_length=100)]
Nik = Annotated[str, Field(pattern=r"^\d{16}$")]


def absent(value: object) -> bool:
    """Whether a field is left out of what is written, so that bytes from before the field stay as they were."""
    return value is None


def nobody(value: object) -> bool:
    """Whether a list is left out of what is written, as `absent`."""
    return value == ()


def nothing(value: object) -> bool:
    """Whether a table is left out of what is written, as `absent`."""
    return value == {}


MOST_LISTED: Final = 499
"""People on a list attached, beside the participant."""


class Person(Part):
    """A person. `card` is the 13-digit JKN card number.

    A newborn participant has no NIK yet: `mother` (her NIK) and `birth_paper` (birth certificate, or the hospital's
    or midwife's letter) stand in its place; `birth_order` tells twins apart that have no names of their own yet. They
    are left out of what is written where they are absent, so that bytes and hashes made of a person stay as they are.
    """

    nik: Nik | None = None
    mother: Nik | None = Field(default=None, exclude_if=absent)
    birth_paper: Name | None = Field(default=None, exclude_if=absent)
    birth_order: Annotated[str, Field(pattern=r"^[1-9]$")] | None = Field(default=None, exclude_if=absent)
    kk: Annotated[str, Field(pattern=r"^\d{16}$")]
    name: Name
    born: BirthDate
    address: Annotated[str, Field(min_length=1, max_length=300)]
    birthplace: Name | None = None
    phone: Annotated[str, Field(pattern=normalise.PHONE)] | None = None
    card: Annotated[str, Field(pattern=r"^\d{13}$")] | None = None


def _typed(rule: Callable[[str], str]) -> BeforeValidator:
    return BeforeValidator(lambda value: rule(value) if isinstance(value, str) else value)


TypedPerson = Annotated[Person, BeforeValidator(normalise.person)]
"""A person as people type it: normalised before it is judged. What is stored is a `Person`."""
TypedName = Annotated[Name, _typed(normalise.name)]
TypedText = Annotated[Text, _typed(normalise.paragraphs)]
TypedCard = Annotated[str, Field(pattern=r"^\d{13}$"), _typed(normalise.digits)]
TypedNik = Annotated[Nik, _typed(normalise.digits)]


class People(Part):
    """The applicant (pemohon) and the participant (peserta), None where they are the same person.

    `relationship` is what the applicant is to the participant, in words of the form: orang tua, pasangan …
    """

    applicant: Person
    participant: Person | None = None
    relationship: Name | None = None

    @property
    def subject(self) -> Person:
        """The person whose membership is asked for."""
        return self.participant or self.applicant


type PersonField = Literal[
    "nik", "mother", "birth_paper", "birth_order", "kk", "name", "born", "address", "birthplace", "phone", "card"
]


class CorrectedField(Part):
    """A field of a person that was corrected; its name only, the values are personal."""

    who: Literal["pemohon", "peserta"]
    field: PersonField


class Attachment(Part):
    """A stored file: the document of the sheet (or alternative) that it shows, and the hash of its bytes."""

    document: Name
    sha256: Sha256
    media_type: Literal["application/pdf", "image/jpeg", "image/png"]
    size: Annotated[int, Field(gt=0)]


class Problem(Part):
    """A fault of one document; `expected` is the sheet's own word for the correct form."""

    document: Name
    problem: Literal["tidak_ada", "tidak_benar"]
    expected: str | None = None


type Fact = Literal["nomor", "tanggal", "penerbit"]
FACTS: Final[tuple[Fact, ...]] = get_args(Fact.__value__)
"""What a sheet may ask to record of a document (`catat`): its own number, its date, who issued it."""


class DocumentFacts(Part):
    """What is recorded of one document that was shown; its fields are `FACTS`, None where the sheet does not ask."""

    nomor: TypedName | None = None
    tanggal: DocumentDate | None = None
    penerbit: TypedName | None = None


class Source(Part):
    """The origin of an answer: an import (which, as of when), a system, or an official's own look."""

    way: Literal["manual", "impor", "http"]
    reference: str | None = None
    as_of: date | None = None


class Listing(Part):
    """One register's answer about the participant. `status` is its own word, where it has a column for it."""

    register_name: Name
    listed: bool
    desil: Annotated[int, Field(ge=0, le=10)] | None = None
    status: Name | None = None
    source: Source


class Membership(Part):
    """The answer of the membership list, with the list's own dates. `status` is its word where it is more than a yes.

    `decree` is the number of the SK by which the membership was last deactivated.
    """

    segment: Name | None = None
    active: bool
    status: Name | None = None
    deactivated_on: date | None = None
    deactivations: Annotated[int, Field(ge=0)] | None = None
    decree: Name | None = None


class Reason(Part):
    """Why a rule was not met: the rule, its key that failed, a sentence, and the sheet's step or the law."""

    rule: str
    key: str
    text: str
    source: str | None = None


class ListedPerson(Part):
    """A person on the list attached to a letter for many, as the office's list writes it."""

    name: Name
    nik: Nik
    kk: Annotated[str, Field(pattern=r"^\d{16}$")] | None = None
    address: Annotated[str, Field(min_length=1, max_length=300)] | None = None


class LetterContent(Part):
    """The text of a letter beyond its template, under the archive key because letters outlive the case."""

    people: People
    purpose: Text | None = None
    deactivated_on: date | None = None
    desil: Annotated[int, Field(ge=0, le=10)] | None = None
    register_numbers: dict[Name, Name] = Field(default_factory=dict)
    """The participant's own number in each register that lists him, by register."""
    basis: tuple[Text, ...] = ()
    """The rules that were met, as the sheet names them."""
    refusal: tuple[Text, ...] = ()
    """The reasons of a refusal; a letter with reasons is a refusal."""
    opening: tuple[Text, ...] = ()
    closing: tuple[Text, ...] = ()
    """Paragraphs in the drafter's own words, in place of the sheet's and the template's."""
    listed: Annotated[tuple[ListedPerson, ...], Field(max_length=MOST_LISTED)] = Field(default=(), exclude_if=nobody)
    """Whom the letter is for beside the participant: on a list attached. Left out of what is written where empty."""
    facts: dict[Name, DocumentFacts] = Field(default_factory=dict, exclude_if=nothing)
    """What the letter's own words name of documents (`{KODE.nomor}`), as recorded when it was drafted."""


class Reservation(Part):
    """The entry of a number in the office's book: its year, its place in the counter, the time of reservation."""

    year: Annotated[int, Field(ge=YEARS.start, le=YEARS.stop - 1)]
    count: Annotated[int, Field(ge=1)] | None = None
    """None for a number that was typed from the agenda."""
    at: AwareDatetime


class ChosenSigner(Part):
    """The official for whose signature a letter is drafted, and the post for which he signs."""

    code: Name
    post: Name


class DraftLetter(Part):
    """One letter of a draft: its code in the SOP, its reserved number, and the signer that it names."""

    letter: Name
    number: Name
    reserved: Reservation | None = None
    signer: ChosenSigner | None = None
    """None where nobody held the post when it was drafted, and in drafts of before."""


class SignedLetter(Part):
    """One letter as signed; `sha256` names the only bytes that are ever served."""

    letter: Name
    number: Name
    sha256: Sha256
    media_type: Literal["application/pdf", "image/jpeg", "image/png"]


class Signatory(Part):
    """The signatory, as printed under the letter."""

    name: Name
    nip: Annotated[str, Field(pattern=r"^\d{18}$")] | None = None
    """None for heads of regions, secretaries of regions and elected heads, whose letters print none."""
    post: Annotated[str, Field(min_length=1, max_length=300)]
    """In full, up to the length that a letter prints: posts of merged offices have more than 100 letters."""
    acting: str | None = None
