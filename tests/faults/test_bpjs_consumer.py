"""The example consumer against the whole system: whatever dies, each submission reaches it once and is answered."""

from __future__ import annotations

import asyncio
import json
import shutil
import sqlite3
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Final

import pytest
from joserfc.jwk import ECKey

from bpjs_sync.outgoing.readers import FRESH_SECONDS
from bpjs_sync.outgoing.signing import Signer, keys_of
from jejak_local.kafka import Kafka
from jejak_local.preparation import offices_folder
from jejak_tools.play import Berkas, Office
from jejak_tools.stories import contoh, karangasem, pesisir, siantar, solok
from jejak_tools.stories.counter import carried_to_bpjs
from jejak_tools.stories.people import BAHAR, MADE
from tests.bpjs import heard, no_longer_trusted, trusted
from tests.consumer import FOLDER, Consumer, consumer_of
from tests.faults.bpjs_topic import (
    SETTLED,
    TOPIC,
    deleted,
    forgotten,
    installation,
    is_on_topic,
    signed_as,
    submission_on_topic,
    told_nonsense,
    told_without_personal,
    written,
)
from tests.faults.scene import Scene, comes_back, holding, kill
from tests.servers import run
from tests.signing import new_key
from tests.waits import PATIENCE

AS_ASKED: Final = frozenset({"MembershipActivated", "MembershipDeactivated"})


@pytest.fixture(scope="module")
def consumer(scene: Scene, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Consumer]:
    """It has a key that the installation knows, and runs. Afterwards it is again the day that it was."""
    with consumer_of(scene.jejak, tmp_path_factory.mktemp("consumer")) as found:
        found.hold(known(scene, "bridging-1"))
        found.start()
        yield found
    scene.office.at("2022-07-04 09:00")


def known(scene: Scene, kid: str) -> ECKey:
    """A new key pair whose public half the installation has been given."""
    key = ECKey.generate_key("P-256", {"kid": kid, "use": "enc"})
    run(trusted(scene.jejak.environment["JEJAK_DATABASE_URL_BPJS_SYNC"], key))
    return key


def broker(scene: Scene) -> Kafka:
    assert scene.jejak.kafka is not None
    return scene.jejak.kafka


def office(scene: Scene, kode: str) -> Office:
    return scene.office.player.office(offices_folder(scene.jejak.environment) / kode)


def at_once(scene: Scene) -> Berkas:
    """An emergency, sent to BPJS within the hour."""
    return karangasem.sent_at_once(office(scene, "51.07"))


def submission_of(scene: Scene, case: Berkas) -> str:
    """What an answer names."""
    found = "SELECT id FROM es.event WHERE type = 'SubmissionSent' AND stream = $1::text::uuid"
    return str(run(scene.value(found, case.id)))


def kinds(case: Berkas) -> list[str]:
    return [one["jenis"] for one in case.timeline()["peristiwa"]]


def until(holds: Callable[[], object], consumer: Consumer) -> None:
    """Waits for it; fails with what the consumer has said."""
    give_up = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < give_up, consumer.log()[-4000:]
        time.sleep(0.1)


def times(consumer: Consumer, submission: str) -> int:
    """How often a submission has come, however often it is counted."""
    found = "SELECT times FROM message WHERE name = 'submission' AND submission = ?"
    return sum(row["times"] for row in consumer.rows(found, submission))


def until_as_asked(consumer: Consumer, *cases: Berkas) -> None:
    """Waits until the consumer's answers have brought each membership to where the office asked for it."""
    for case in cases:
        until(lambda case=case: not AS_ASKED.isdisjoint(kinds(case)), consumer)  # type: ignore[misc]


def has_answered(scene: Scene, consumer: Consumer, submissions: int) -> bool:
    """Whether so many have come to it at least, and both of its answers to as many are on their cases."""
    sent = len(consumer.rows("SELECT id FROM reply WHERE sent = 1"))
    applied: int = run(scene.value("SELECT count(*) FROM bpjs.reply WHERE state = 'applied'"))
    return min(2 * len(consumer.submissions()), sent, applied) >= 2 * submissions


def counted_once(scene: Scene, consumer: Consumer) -> None:
    """By its own count it has every submission there ever was, and each of its two answers to each is on its case."""
    there = run(scene.fetch("SELECT id FROM es.event WHERE type = 'SubmissionSent'"))
    until(lambda: has_answered(scene, consumer, len(there)), consumer)
    assert sorted(consumer.submissions()) == sorted(str(row["id"]) for row in there)
    answers = consumer.rows("SELECT id, key FROM reply WHERE sent = 1")
    assert sorted(row["key"] for row in answers) == sorted(2 * consumer.submissions())
    stored = run(scene.fetch("SELECT reply, state FROM bpjs.reply"))
    assert {str(row["reply"]): row["state"] for row in stored} == {row["id"]: "applied" for row in answers}
    assert len(stored) == len(answers)
    told = "SELECT id FROM settled WHERE state = 'recorded' AND NOT contradicts"
    until(lambda: {one["id"] for one in consumer.rows(told)} == {one["id"] for one in answers}, consumer)


def test_it_is_shorter_than_250_lines_and_comes_from_one_registry() -> None:
    lines = [line for file in FOLDER.glob("*.mjs") for line in file.read_text(encoding="utf-8").splitlines()]
    assert len([line for line in lines if line.strip() and not line.strip().startswith("//")]) < 250
    packages = json.loads((FOLDER / "package-lock.json").read_text(encoding="utf-8"))["packages"].values()
    assert {one["resolved"].split("/")[2] for one in packages if "resolved" in one} <= {"registry.npmjs.org"}


def test_every_procedure_is_answered_though_the_consumer_the_relay_and_kafka_are_killed(
    scene: Scene, consumer: Consumer
) -> None:
    consumer.until_said("reading")
    by_the_old_sheet = pesisir.with_the_number_of_the_register(office(scene, "13.01"))
    carried_to_bpjs(by_the_old_sheet, "2021-11-09 09:00", "2021-11-09 13:00")
    until_as_asked(consumer, by_the_old_sheet)
    assert f"kafka: submission {submission_of(scene, by_the_old_sheet)}" in consumer.log()

    recommended = pesisir.with_the_letter_in_her_hands(office(scene, "13.01"))
    consumer.kill()
    carried_to_bpjs(recommended, "2022-07-05 09:00", "2022-07-06 08:00")
    consumer.start()
    until_as_asked(consumer, recommended)

    by_pen = pesisir.recommended_by_hand_and_by_pen(office(scene, "13.99"))
    run(bpjs_sync_dies_before_its_checkpoint(scene, by_pen))
    until_as_asked(consumer, by_pen)
    until(lambda: times(consumer, submission_of(scene, by_pen)) > 1, consumer)

    of_the_day = siantar.sent_with_the_days_list(office(scene, "12.72"))
    until_as_asked(consumer, siantar.reconciled_and_archived(of_the_day))

    broker(scene).kill()
    emergency = at_once(scene)
    of_the_month = karangasem.sent_with_the_months_batch(office(scene, "51.07"))
    consumer.kill()
    broker(scene).restart()
    consumer.start()
    until_as_asked(consumer, emergency, of_the_month)

    disposed = solok.sent_by_disposition(office(scene, "13.02"))
    until_as_asked(consumer, disposed)
    solok.card_received(disposed, "2024-02-02 09:00")

    deceased = contoh.reported(office(scene, "13.99"), "2024-07-01 09:00", BAHAR, "wafat", ("AKTA",), "Meninggal.")
    deceased.work("check_population", by="kasi-contoh", begun="09:30", ended="09:33", body={"hasil": "meninggal"})
    deceased.work("check_membership", by="kasi-contoh", begun="09:33", ended="09:36", body=contoh.STILL_ON)
    until_as_asked(consumer, contoh.sent(deceased, "460/201/Dinsos-Contoh/VII/2024"))
    assert "MembershipDeactivated" in kinds(deceased)
    until(lambda: not consumer.rows("SELECT 1 FROM reply WHERE sent IS NULL"), consumer)
    counted_once(scene, consumer)


async def bpjs_sync_dies_before_its_checkpoint(scene: Scene, case: Berkas) -> None:
    """The case is sent and Kafka has it, but bpjs-sync is killed before it has noted so."""
    async with holding(scene, "SELECT FROM es.checkpoint WHERE topic = $1 FOR UPDATE", TOPIC):
        await asyncio.to_thread(carried_to_bpjs, case, "2022-07-05 09:00", "2022-07-06 08:00")
        while case.kode not in {one.data["case"] for one in await heard(scene.bootstrap, TOPIC)}:
            pass
        await kill(scene, "bpjs_sync", with_sessions=True)
    await comes_back(scene, "bpjs_sync")


def test_what_it_has_no_key_or_a_wrong_one_for_is_parked_and_comes_again_when_the_right_one_is_there(
    scene: Scene, consumer: Consumer
) -> None:
    right, other = known(scene, "bridging-2"), ECKey.generate_key("P-256")
    run(no_longer_trusted(scene.jejak.environment["JEJAK_DATABASE_URL_BPJS_SYNC"], "bridging-1"))
    time.sleep(2 * FRESH_SECONDS)  # so long may bpjs-sync still encrypt to it
    consumer.until_said("reading")

    case = at_once(scene)
    consumer.until_said(f"{submission_of(scene, case)} PARKED: put private key bridging-2 into ")
    consumer.hold(other, "bridging-2")
    assert consumer.stop() == 0
    consumer.start()
    consumer.until_said(f"{submission_of(scene, case)} PARKED: key bridging-2 in ")
    assert consumer.rows("SELECT 1 FROM reply WHERE key = ?", submission_of(scene, case)) == []

    consumer.hold(right)
    consumer.stop()
    consumer.start()
    until_as_asked(consumer, case)
    counted_once(scene, consumer)


def test_one_that_was_away_until_the_topic_held_it_no_more_misses_nothing_and_answers_over_http(
    scene: Scene, consumer: Consumer
) -> None:
    assert consumer.stop() == 0
    case = at_once(scene)
    run(forgotten(scene, submission_of(scene, case)))
    consumer.start(ANSWER_BY="http")
    until_as_asked(consumer, case)
    assert f"http: submission {submission_of(scene, case)}" in consumer.log()
    clients = run(
        scene.fetch("SELECT DISTINCT client FROM bpjs.reply WHERE submission = $1", submission_of(scene, case))
    )
    assert [row["client"] for row in clients] == ["bpjs"]
    counted_once(scene, consumer)


def test_when_the_topic_is_deleted_and_made_again_what_is_told_again_counts_no_second_time(
    scene: Scene, consumer: Consumer
) -> None:
    before = all_times(consumer)
    run(deleted(scene))
    case = at_once(scene)
    until_as_asked(consumer, case)

    again = {
        one.headers["ce_id"] for one in run(heard(scene.bootstrap, TOPIC, 1, PATIENCE)) if "ce_replay" in one.headers
    }
    assert again & before.keys()
    until(lambda: all(all_times(consumer)[one] > before[one] for one in again & before.keys()), consumer)
    counted_once(scene, consumer)


def all_times(consumer: Consumer) -> dict[str, int]:
    """How often each message has come."""
    return {row["id"]: row["times"] for row in consumer.rows("SELECT id, times FROM message")}


def test_whoever_comes_again_without_his_data_was_forgotten_and_is_emptied(scene: Scene, consumer: Consumer) -> None:
    case = at_once(scene)
    until_as_asked(consumer, case)
    held = "SELECT personal FROM message WHERE name = 'submission' AND submission = ?"
    [row] = consumer.rows(held, submission_of(scene, case))
    assert json.loads(row["personal"])["participant"]["nik"] == MADE["nik"]

    run(told_without_personal(scene, submission_of(scene, case)))

    until(lambda: [one["personal"] for one in consumer.rows(held, submission_of(scene, case))] == [None], consumer)
    counted_once(scene, consumer)


def test_what_is_told_of_an_answer_once_more_does_not_undo_what_was_told_later(
    scene: Scene, consumer: Consumer
) -> None:
    until_as_asked(consumer, at_once(scene))
    counted_once(scene, consumer)
    last = run(heard(scene.bootstrap, SETTLED))[-1]
    old = json.dumps({**last.data, "state": "kept", "reason": "late"})
    marker = str(uuid.uuid4())
    earlier = str(int(last.headers["ce_sequence"]) - 1)

    run(written(scene, signed_as(last, installation(scene), old, sequence=earlier), old, last, SETTLED))
    after = old.replace(last.data["id"], marker)
    run(written(scene, signed_as(last, installation(scene), after), after, last, SETTLED))

    until(lambda: consumer.rows("SELECT 1 FROM settled WHERE id = ?", marker), consumer)
    counted_once(scene, consumer)


def test_what_is_no_message_of_the_contract_is_passed_over_and_the_next_one_is_kept(
    scene: Scene, consumer: Consumer
) -> None:
    before = len(consumer.log())
    run(told_nonsense(scene))
    case = at_once(scene)
    until_as_asked(consumer, case)
    consumer.until_said("PASSED OVER", before)
    counted_once(scene, consumer)


def test_an_answer_that_jejak_cannot_read_is_noted_with_the_reason_and_holds_up_no_other(
    scene: Scene, consumer: Consumer
) -> None:
    assert consumer.stop() == 0
    with closing(sqlite3.connect(consumer.folder / "bpjs.sqlite")) as store, store:
        store.execute("INSERT INTO reply (id, key, value, urgent) VALUES ('salah', 'salah', '{}', 1)")
    consumer.start(ANSWER_BY="http")
    case = at_once(scene)
    until_as_asked(consumer, case)
    [row] = consumer.rows("SELECT sent, wrong FROM reply WHERE id = 'salah'")
    assert (row["sent"], "id is required" in row["wrong"]) == (1, True)
    with closing(sqlite3.connect(consumer.folder / "bpjs.sqlite", timeout=10)) as store, store:
        store.execute("DELETE FROM reply WHERE id = 'salah'")
    counted_once(scene, consumer)


def test_when_the_ledger_begins_a_new_epoch_everything_is_read_again_and_counts_no_second_time(
    scene: Scene, consumer: Consumer
) -> None:
    [(old,)] = consumer.rows("SELECT epoch FROM ledger")
    assert consumer.stop() == 0
    unread = at_once(scene)
    run(is_on_topic(scene, submission_of(scene, unread)))
    [row] = run(scene.fetch("SELECT es.new_epoch()::text AS epoch"))
    before = len(consumer.log())
    consumer.start()
    case = at_once(scene)
    until_as_asked(consumer, unread, case)
    consumer.until_said("of an epoch that is over", before)

    until(lambda: consumer.rows("SELECT 1 FROM message WHERE epoch = ?", old) == [], consumer)
    assert [one["epoch"] for one in consumer.rows("SELECT epoch FROM ledger ORDER BY rowid")] == [old, row["epoch"]]
    assert "LOST" not in consumer.log()
    counted_once(scene, consumer)


def test_epochs_that_began_and_ended_while_it_was_away_are_passed_over_and_it_reads_on(
    scene: Scene, consumer: Consumer, tmp_path: Path
) -> None:
    with consumer_of(scene.jejak, tmp_path) as newcomer:
        shutil.copytree(consumer.folder / "keys", tmp_path / "keys", dirs_exist_ok=True)
        newcomer.start(KAFKA_GROUP="newcomer", ANSWER_BY="none")
        newcomer.until_said("of an epoch that is over")
        until(lambda: heard_on_topic(scene, newcomer), newcomer)

        assert newcomer.stop() == 0
        run(scene.fetch("SELECT es.new_epoch()"))
        between = at_once(scene)
        run(is_on_topic(scene, submission_of(scene, between)))
        [row] = run(scene.fetch("SELECT es.new_epoch()::text AS epoch"))
        newcomer.start(KAFKA_GROUP="newcomer", ANSWER_BY="none")
        until(lambda: heard_on_topic(scene, newcomer), newcomer)

        assert {one["epoch"] for one in newcomer.rows("SELECT epoch FROM message")} == {row["epoch"]}
        there = run(scene.fetch("SELECT id::text FROM es.event WHERE type = 'SubmissionSent'"))
        assert sorted(newcomer.submissions()) == sorted(row["id"] for row in there)
    counted_once(scene, consumer)


def heard_on_topic(scene: Scene, consumer: Consumer) -> bool:
    """Whether it follows the topic again: what is sent now comes to it on that way."""
    case = at_once(scene)
    time.sleep(1)
    return f"kafka: submission {submission_of(scene, case)}" in consumer.log()


def test_a_forged_submission_is_not_kept_and_not_answered(scene: Scene, consumer: Consumer) -> None:
    case = at_once(scene)
    until_as_asked(consumer, case)
    genuine = run(submission_on_topic(scene, submission_of(scene, case)))
    moved = str(uuid.uuid4())
    elsewhere = genuine.value.decode().replace(genuine.key, moved)
    forger = Signer(keys_of({"keys": [new_key()]}))
    before = len(consumer.log())

    run(written(scene, {**genuine.headers, "ce_id": moved}, genuine.value.decode(), genuine))
    run(written(scene, {**genuine.headers, "ce_id": moved}, elsewhere, genuine))
    unsigned = {name: value for name, value in genuine.headers.items() if name != "ce_signature"}
    run(written(scene, {**unsigned, "ce_id": moved}, elsewhere, genuine))
    run(written(scene, signed_as(genuine, forger, elsewhere, id=moved, subject=moved), elsewhere, genuine))

    until(lambda: consumer.log()[before:].count("not signed by the installation") == 4, consumer)
    until_as_asked(consumer, at_once(scene))
    assert consumer.rows("SELECT 1 FROM message WHERE id = ? OR submission = ?", moved, moved) == []
    counted_once(scene, consumer)
