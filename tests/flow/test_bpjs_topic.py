"""The messages on BPJS's topic: from the desk to the decrypted submission, and on to the active card."""

from __future__ import annotations

import json
from uuid import UUID

from joserfc.jwk import ECKey, RSAKey

from bpjs_sync.outgoing.facts import TYPES, outgoing_facts
from bpjs_sync.outgoing.outbox import Outbox
from jejak.cases.command_handler import opened_event
from jejak.cases.procedure_registry import ProcedureRegistry
from jejak.contracts.bpjs import messages as b
from jejak.contracts.codec import Keyring
from jejak.eventstore.store import Store
from jejak.eventstore.tail import Tail
from jejak.messaging.publishing.event_log import EventLogReader
from jejak.platform import ids
from jejak.platform.settings import Source
from jejak.platform.trace import Trace
from jejak_tools.stories import karangasem, pesisir
from jejak_tools.stories.people import GUSMIATI, MADE
from tests.bpjs import messages_of, no_longer_trusted, personal, trusted
from tests.servers import run
from tests.stories import Jejak


def test_an_emergency_is_published_with_its_person_sealed_and_then_the_active_card(
    jejak: Jejak, bpjs_key: ECKey
) -> None:
    case = karangasem.emergency_into_the_online_sheet(jejak.office("51.07"))

    submission, reply, active = messages_of(jejak, case, until=3)

    submitted, answered, ended = submission.clear, reply.clear, active.clear
    assert isinstance(submitted, b.Submission)
    assert (submitted.kind, submitted.action, submitted.attempt, submitted.funding) == (
        "emergency",
        "new",
        1,
        "kabupaten",
    )
    assert (submitted.office.code, submitted.service, submitted.via) == ("51.07", "kis-pbi", "lembar_daring")
    assert {document.document for document in submitted.documents} == {"KK", "KTP", "SKD"}
    assert isinstance(answered, b.ReplyRecorded)
    assert (answered.result, answered.way) == ("accepted", "typed")
    assert isinstance(ended, b.MembershipActive)
    assert str(ended.active_since) == "2023-06-15"
    assert {message.key for message in (submission, reply, active)} == {str(submitted.submission)}
    assert len({message.partition for message in (submission, reply, active)}) == 1
    assert int(submission.headers["ce_sequence"]) < int(reply.headers["ce_sequence"])
    assert Trace.parse(submission.headers["traceparent"]) is not None

    inside = personal(submission, bpjs_key)
    assert isinstance(inside, b.SubmissionPersonal)
    assert inside.submission == submitted.submission
    assert (inside.participant.nik, inside.participant.name) == (MADE["nik"], MADE["name"])


def test_a_corrected_submission_names_the_one_that_it_replaces(jejak: Jejak, bpjs_key: ECKey) -> None:
    case = pesisir.mended_then_accepted(jejak.office("13.01"))

    first, mend, second, accepted, active = messages_of(jejak, case, until=5)

    before, again = first.clear, second.clear
    assert isinstance(before, b.Submission)
    assert isinstance(again, b.Submission)
    assert (before.attempt, before.previous, before.kind) == (1, None, "reactivation")
    assert (again.attempt, again.previous) == (2, before.submission)
    assert [letter.number for letter in again.letters] == [letter.number for letter in before.letters]
    changed = {document.document for document in set(again.documents) - set(before.documents)}
    assert changed == {"KK"}
    assert [message.clear.submission for message in (mend, accepted, active)] == [
        before.submission,
        again.submission,
        again.submission,
    ]
    assert isinstance(mend.clear, b.ReplyRecorded)
    assert mend.clear.result == "mend"
    reason = personal(mend, bpjs_key)
    assert isinstance(reason, b.ReasonPersonal)
    assert reason.reason == "Nomor KK pada fotokopi tidak terbaca."
    assert GUSMIATI["name"] not in json.dumps([message.data for message in (first, mend, second, accepted, active)])


def test_a_reactivation_brings_its_letter_with_number_hash_and_where_to_check_it(jejak: Jejak, bpjs_key: ECKey) -> None:
    case = karangasem.letter_carried_by_the_applicant(jejak.office("51.07"))

    submitted = messages_of(jejak, case, until=3)[0].clear

    assert isinstance(submitted, b.Submission)
    assert (submitted.kind, submitted.action, submitted.via) == ("reactivation", "reactivation", "dibawa_pemohon")
    [letter] = submitted.letters
    answer = jejak.player.http.get(letter.check.removeprefix(jejak.installation.url))
    assert answer.status_code == 200
    assert letter.number in answer.text
    assert letter.sha256 == jejak.ledger.event(case, "LetterSigned").payload["letters"][0]["sha256"]


def test_a_new_key_is_used_at_once_and_an_ended_one_no_longer(jejak: Jejak, bpjs_key: ECKey) -> None:
    url = jejak.installation.environment["JEJAK_DATABASE_URL_BPJS_SYNC"]
    fresh = RSAKey.generate_key(2048, {"kid": "uji-2"})
    run(trusted(url, fresh))
    both = messages_of(jejak, karangasem.emergency_into_the_online_sheet(jejak.office("51.07")), until=3)[0]

    run(no_longer_trusted(url, "uji-2"))
    single = messages_of(jejak, karangasem.emergency_into_the_online_sheet(jejak.office("51.07")), until=3)[0]

    assert personal(both, fresh) == personal(both, bpjs_key)
    kids = [{to["header"]["kid"] for to in heard.data["personal"]["recipients"]} for heard in (both, single)]
    assert kids[0] - kids[1] == {"uji-2"}
    assert "uji-1" in kids[1]


def test_a_case_that_bpjs_never_had_has_no_message(jejak: Jejak, bpjs_key: ECKey) -> None:
    withdrawn = pesisir.withdrawn_before_the_paraf(jejak.office("13.01"))

    after = karangasem.emergency_into_the_online_sheet(jejak.office("51.07"))

    assert len(messages_of(jejak, after, until=3)) == 3
    assert messages_of(jejak, withdrawn, until=0) == []


def test_the_messages_are_the_same_when_every_event_of_the_case_is_opened(jejak: Jejak, bpjs_key: ECKey) -> None:
    case = pesisir.mended_then_accepted(jejak.office("13.01"))
    messages_of(jejak, case, until=5)
    environment = jejak.installation.environment

    async def both() -> list[tuple[object, object]]:
        async with await Store.connect(environment["JEJAK_DATABASE_URL_BPJS_SYNC"], application="uji") as store:
            keyring, procedures = (
                Keyring(Source(environment).master_keys(), ids.random_bytes),
                ProcedureRegistry(store),
            )
            outbox = Outbox(
                store, procedures, keyring, EventLogReader(store.pool, Tail(store.pool)), jejak.installation.url
            )
            stream = (await store.read([UUID(case.id)])).streams[UUID(case.id)]
            events = [event for event in stream.events if event.type in TYPES]
            rows = {row.position: row for row in await outbox.rows(events)}
            history = [opened_event(event, keyring.unwrap(stream.stream, stream.keys)) for event in stream.events]
            sop, office = await procedures.sop(stream.sop), await procedures.kantor("13.01", events[0].recorded_at)
            facts = [
                outgoing_facts(stream.stream, history[: event.version], sop, office, jejak.installation.url)
                for event in events
            ]
            return [
                (rows[event.position].body, fact.clear.model_dump_json(exclude_none=True))
                for event, fact in zip(events, facts, strict=True)
                if fact is not None
            ]

    pairs = run(both())

    assert len(pairs) == 5
    assert [kept for kept, _ in pairs] == [full for _, full in pairs]
