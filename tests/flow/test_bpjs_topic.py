"""What BPJS is told on its topic: from the desk to the decrypted submission, and on to the active card."""

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
from jejak_tools.stories import karangasem, pesisir
from jejak_tools.stories.people import GUSMIATI, MADE
from tests.bpjs import no_longer_trusted, personal, said, trusted
from tests.servers import run
from tests.stories import Jejak


def test_an_emergency_is_told_with_its_person_sealed_and_then_that_the_card_is_on(
    jejak: Jejak, bpjs_key: ECKey
) -> None:
    case = karangasem.emergency_into_the_online_sheet(jejak.office("51.07"))

    submission, reply, active = said(jejak, case, until=3)

    told, answered, ended = submission.clear, reply.clear, active.clear
    assert isinstance(told, b.Submission)
    assert (told.kind, told.action, told.attempt, told.funding) == ("emergency", "new", 1, "kabupaten")
    assert (told.office.code, told.service, told.via) == ("51.07", "kis-pbi", "lembar_daring")
    assert {one.document for one in told.documents} == {"KK", "KTP", "SKD"}
    assert isinstance(answered, b.ReplyRecorded)
    assert (answered.result, answered.way) == ("accepted", "typed")
    assert isinstance(ended, b.MembershipActive)
    assert str(ended.active_since) == "2023-06-15"
    assert {one.key for one in (submission, reply, active)} == {str(told.submission)}
    assert len({one.partition for one in (submission, reply, active)}) == 1
    assert int(submission.headers["ce_sequence"]) < int(reply.headers["ce_sequence"])

    inside = personal(submission, bpjs_key)
    assert isinstance(inside, b.SubmissionPersonal)
    assert inside.submission == told.submission
    assert (inside.participant.nik, inside.participant.name) == (MADE["nik"], MADE["name"])


def test_what_is_sent_again_after_it_was_mended_names_what_it_replaces(jejak: Jejak, bpjs_key: ECKey) -> None:
    case = pesisir.mended_then_accepted(jejak.office("13.01"))

    first, mend, second, accepted, active = said(jejak, case, until=5)

    before, again = first.clear, second.clear
    assert isinstance(before, b.Submission)
    assert isinstance(again, b.Submission)
    assert (before.attempt, before.previous, before.kind) == (1, None, "reactivation")
    assert (again.attempt, again.previous) == (2, before.submission)
    assert [one.number for one in again.letters] == [one.number for one in before.letters]
    changed = {one.document for one in set(again.documents) - set(before.documents)}
    assert changed == {"KK"}
    assert [one.clear.submission for one in (mend, accepted, active)] == [
        before.submission,
        again.submission,
        again.submission,
    ]
    assert isinstance(mend.clear, b.ReplyRecorded)
    assert mend.clear.result == "mend"
    reason = personal(mend, bpjs_key)
    assert isinstance(reason, b.ReasonPersonal)
    assert reason.reason == "Nomor KK pada fotokopi tidak terbaca."
    assert GUSMIATI["name"] not in json.dumps([one.data for one in (first, mend, second, accepted, active)])


def test_a_reactivation_brings_its_letter_with_number_hash_and_where_to_check_it(jejak: Jejak, bpjs_key: ECKey) -> None:
    case = karangasem.letter_carried_by_the_applicant(jejak.office("51.07"))

    told = said(jejak, case, until=3)[0].clear

    assert isinstance(told, b.Submission)
    assert (told.kind, told.action, told.via) == ("reactivation", "reactivation", "dibawa_pemohon")
    [letter] = told.letters
    answer = jejak.player.http.get(letter.check.removeprefix(jejak.installation.url))
    assert answer.status_code == 200
    assert letter.number in answer.text
    assert letter.sha256 == jejak.ledger.event(case, "LetterSigned").payload["letters"][0]["sha256"]


def test_a_new_key_is_used_at_once_and_an_ended_one_no_longer(jejak: Jejak, bpjs_key: ECKey) -> None:
    url = jejak.installation.environment["JEJAK_DATABASE_URL_BPJS_SYNC"]
    fresh = RSAKey.generate_key(2048, {"kid": "uji-2"})
    run(trusted(url, fresh))
    both = said(jejak, karangasem.emergency_into_the_online_sheet(jejak.office("51.07")), until=3)[0]

    run(no_longer_trusted(url, "uji-2"))
    one = said(jejak, karangasem.emergency_into_the_online_sheet(jejak.office("51.07")), until=3)[0]

    assert personal(both, fresh) == personal(both, bpjs_key)
    kids = [{to["header"]["kid"] for to in heard.data["personal"]["recipients"]} for heard in (both, one)]
    assert kids[0] - kids[1] == {"uji-2"}
    assert "uji-1" in kids[1]


def test_a_case_that_bpjs_never_had_is_not_told_of(jejak: Jejak, bpjs_key: ECKey) -> None:
    withdrawn = pesisir.withdrawn_before_the_paraf(jejak.office("13.01"))

    after = karangasem.emergency_into_the_online_sheet(jejak.office("51.07"))

    assert len(said(jejak, after, until=3)) == 3
    assert said(jejak, withdrawn, until=0) == []


def test_what_is_told_is_the_same_when_every_event_of_the_case_is_opened(jejak: Jejak, bpjs_key: ECKey) -> None:
    case = pesisir.mended_then_accepted(jejak.office("13.01"))
    said(jejak, case, until=5)
    environment = jejak.installation.environment

    async def both() -> list[tuple[object, object]]:
        async with await Store.connect(environment["JEJAK_DATABASE_URL_BPJS_SYNC"], application="uji") as store:
            keyring, procedures = (
                Keyring(Source(environment).key("JEJAK_MASTER_KEY"), ids.random_bytes),
                ProcedureRegistry(store),
            )
            outbox = Outbox(
                store, procedures, keyring, EventLogReader(store.pool, Tail(store.pool)), jejak.installation.url
            )
            stream = (await store.read([UUID(case.id)])).streams[UUID(case.id)]
            events = [one for one in stream.events if one.type in TYPES]
            rows = {row.position: row for row in await outbox.rows(events)}
            history = [opened_event(one, keyring.unwrap(stream.stream, stream.keys)) for one in stream.events]
            sop, office = await procedures.sop(stream.sop), await procedures.kantor("13.01", events[0].recorded_at)
            facts = [
                outgoing_facts(stream.stream, history[: one.version], sop, office, jejak.installation.url)
                for one in events
            ]
            return [
                (rows[one.position].body, fact.clear.model_dump_json(exclude_none=True))
                for one, fact in zip(events, facts, strict=True)
                if fact is not None
            ]

    pairs = run(both())

    assert len(pairs) == 5
    assert [kept for kept, _ in pairs] == [full for _, full in pairs]
