"""Personal fields are sealed from the first event on, each to its case, its version and its key."""

import json
import uuid

import pytest

from jejak.contracts import codec
from jejak.contracts import events as e
from jejak.contracts.codec import CaseKeys, CodecError, Keyring
from jejak.platform import ids
from jejak.platform.key_settings import MasterKeys
from tests.procedure import person

CASE = uuid.UUID(int=7)
RING = Keyring(MasterKeys(b"m" * 32), ids.random_bytes)
KEYS = RING.new_keys()
SUBMITTED = e.ApplicationSubmitted(
    people=e.People(applicant=person()), service="contoh", entry_office="13.99", purpose="Cuci darah"
)
DRAFTED = e.LetterDrafted(
    draft=1,
    letters=(e.DraftLetter(letter="surat", number="460/1/DINSOS/2022"),),
    content=e.LetterContent(people=e.People(applicant=person())),
    note="Perbaiki alamat",
)


def stored(event: e.Payload, version: int = 1) -> bytes:
    return codec.encode(event, CASE, version, KEYS, ids.random_bytes)


def test_what_is_stored_reads_back_as_it_was() -> None:
    for event in (SUBMITTED, DRAFTED):
        assert codec.decode(e.type_of(event), stored(event), CASE, 1, KEYS) == event


def test_no_personal_value_stands_in_clear() -> None:
    payload = stored(SUBMITTED).decode() + stored(DRAFTED).decode()
    for secret in ("1399010101900001", "Contoh Warga", "Jorong", "Cuci darah", "Perbaiki"):
        assert secret not in payload


def test_bytes_are_compact_with_sorted_keys_and_no_floats() -> None:
    payload = stored(SUBMITTED)
    again = json.dumps(json.loads(payload, parse_float=pytest.fail), sort_keys=True, separators=(",", ":"))
    assert payload == again.encode()


def test_a_destroyed_working_key_forgets_the_person_and_the_letter_outlives_it() -> None:
    forgotten = CaseKeys(None, KEYS.archive)
    submitted = codec.decode("ApplicationSubmitted", stored(SUBMITTED), CASE, 1, forgotten)
    drafted = codec.decode("LetterDrafted", stored(DRAFTED), CASE, 1, forgotten)
    assert isinstance(submitted, e.ApplicationSubmitted)
    assert isinstance(drafted, e.LetterDrafted)
    assert submitted.people == e.FORGOTTEN
    assert submitted.service == "contoh"
    assert drafted.content == DRAFTED.content


@pytest.mark.parametrize(("case", "version"), [(uuid.UUID(int=8), 1), (CASE, 2)])
def test_an_envelope_moved_to_another_case_or_version_does_not_open(case: uuid.UUID, version: int) -> None:
    with pytest.raises(CodecError, match="does not open"):
        codec.decode("ApplicationSubmitted", stored(SUBMITTED), case, version, KEYS)


def test_nothing_personal_can_be_added_after_the_key_is_destroyed() -> None:
    with pytest.raises(CodecError, match="destroyed"):
        codec.encode(SUBMITTED, CASE, 1, CaseKeys(None, None), ids.random_bytes)


def test_keys_are_wrapped_for_their_case_only() -> None:
    wrapped = RING.wrap(CASE, KEYS)
    assert RING.unwrap(CASE, wrapped) == KEYS
    with pytest.raises(CodecError):
        RING.unwrap(uuid.UUID(int=8), wrapped)


def test_an_error_never_repeats_what_was_wrong() -> None:
    with pytest.raises(ValueError, match="nik") as caught:
        person(nik="12345")
    assert "12345" not in str(caught.value)


def test_every_free_text_is_personal() -> None:
    """A field that people type into is sealed; the few plain strings are codes, the sheet's own words, listed ones."""
    plain = {
        "service", "answers", "entry_office", "funding", "request", "shown", "differing", "rules", "via", "to",
        "letters", "batch", "reference", "message", "period", "members", "member", "reason", "method", "means", "v",
        "documents", "problems", "listings", "source", "membership", "reasons", "evidence", "draft", "signed_on",
        "active_since", "inactive_since", "share", "batch_closed_at", "double_in", "closed_at", "rows", "size",
        "sha256", "media_type", "family", "reading", "words", "right", "news", "way", "fields", "subject",
        "status", "word", "named", "proof", "task", "found",
    }  # fmt: skip
    outcome = {e.FindingChanged: {"before"}}
    for model in e.MODELS.values():
        assert set(model.model_fields) - plain - outcome.get(model, set()) == set(codec.personal_fields(model)), (
            model.__name__
        )


def test_a_code_finds_the_case_it_was_made_from() -> None:
    for _ in range(100):
        case = ids.new_uuid()
        low, high = ids.code_range(ids.case_code(case).lower().replace("-", " "))
        assert low <= case <= high
    with pytest.raises(ValueError, match="12 huruf"):
        ids.code_range("tidak ada")
