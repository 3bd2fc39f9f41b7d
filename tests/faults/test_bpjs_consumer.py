"""The example consumer against the whole system: after every fault each submission reaches it once and is answered."""

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
    send_nonsense,
    send_without_personal,
    signed_as,
    submission_on_topic,
    written,
)
from tests.faults.scene import Scene, holding, kill, restarted
from tests.servers import run
from tests.signing import new_key
from tests.waits import PATIENCE

MEMBERSHIP_CHANGED: Final = frozenset({"MembershipActivated", "MembershipDeactivated"})


@pytest.fixture(scope="module")
def consumer(scene: Scene, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Consumer]:
    """The running consumer, with a key that the installation knows. Afterwards the clock is set back."""
    with consumer_of(scene.jejak, tmp_path_factory.mktemp("consumer")) as running:
        running.hold(known(scene, "bridging-1"))
        running.start()
        yield running
    scene.office.at("2022-07-04 09:00")


def known(scene: Scene, kid: str) -> ECKey:
    """A new key pair; the installation has its public half."""
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
    """The id of a case's submission."""
    query = "SELECT id FROM es.event WHERE type = 'SubmissionSent' AND stream = $1::text::uuid"
    return str(run(scene.value(query, case.id)))


def kinds(case: Berkas) -> list[str]:
    return [event["jenis"] for event in case.timeline()["peristiwa"]]


def until(holds: Callable[[], object], consumer: Consumer) -> None:
    """Waits until it holds; fails with the end of the consumer's log."""
    give_up = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < give_up, consumer.log()[-4000:]
        time.sleep(0.1)


def times(consumer: Consumer, submission: str) -> int:
    """The number of times a submission has come."""
    query = "SELECT times FROM message WHERE name = 'submission' AND submission = ?"
    return sum(row["times"] for row in consumer.rows(query, submission))


def until_membership_changed(consumer: Consumer, *cases: Berkas) -> None:
    """Waits until the consumer's answers have changed each membership as the office asked."""
    for case in cases:
        until(lambda case=case: not MEMBERSHIP_CHANGED.isdisjoint(kinds(case)), consumer)  # type: ignore[misc]


def has_answered(scene: Scene, consumer: Consumer, submissions: int) -> bool:
    """Whether at least this many submissions have come, and both answers to each are on their cases."""
    sent = len(consumer.rows("SELECT id FROM reply WHERE sent = 1"))
    applied: int = run(scene.value("SELECT count(*) FROM bpjs.reply WHERE state = 'applied'"))
    return min(2 * len(consumer.submissions()), sent, applied) >= 2 * submissions


def counted_once(scene: Scene, consumer: Consumer) -> None:
    """Checks that the consumer counts every submission once, and that its two answers to each are on the case."""
    there = run(scene.fetch("SELECT id FROM es.event WHERE type = 'SubmissionSent'"))
    until(lambda: has_answered(scene, consumer, len(there)), consumer)
    assert sorted(consumer.submissions()) == sorted(str(row["id"]) for row in there)
    answers = consumer.rows("SELECT id, key FROM reply WHERE sent = 1")
    assert sorted(row["key"] for row in answers) == sorted(2 * consumer.submissions())
    stored = run(scene.fetch("SELECT reply, state FROM bpjs.reply"))
    assert {str(row["reply"]): row["state"] for row in stored} == {row["id"]: "applied" for row in answers}
    assert len(stored) == len(answers)
    recorded = "SELECT id FROM settled WHERE state = 'recorded' AND NOT contradicts"
    until(lambda: {row["id"] for row in consumer.rows(recorded)} == {row["id"] for row in answers}, consumer)


def test_it_is_shorter_than_250_lines_and_comes_from_one_registry() -> None:
    lines = [line for file in FOLDER.glob("*.mjs") for line in file.read_text(encoding="utf-8").splitlines()]
    assert len([line for line in lines if line.strip() and not line.strip().startswith("//")]) < 250
    packages = json.loads((FOLDER / "package-lock.json").read_text(encoding="utf-8"))["packages"].values()
    assert {package["resolved"].split("/")[2] for package in packages if "resolved" in package} <= {
        "registry.npmjs.org"
    }


def test_every_procedure_is_answered_though_the_consumer_the_relay_and_kafka_are_killed(
    scene: Scene, consumer: Consumer
) -> None:
    consumer.until_logged("reading")
    by_the_old_sheet = pesisir.with_the_number_of_the_register(office(scene, "13.01"))
    carried_to_bpjs(by_the_old_sheet, "2021-11-09 09:00", "2021-11-09 13:00")
    until_membership_changed(consumer, by_the_old_sheet)
    assert f"kafka: submission {submission_of(scene, by_the_old_sheet)}" in consumer.log()

    recommended = pesisir.with_the_letter_in_her_hands(office(scene, "13.01"))
    consumer.kill()
    carried_to_bpjs(recommended, "2022-07-05 09:00", "2022-07-06 08:00")
    consumer.start()
    until_membership_changed(consumer, recommended)

    by_pen = pesisir.recommended_by_hand_and_by_pen(office(scene, "13.99"))
    run(bpjs_sync_dies_before_its_checkpoint(scene, by_pen))
    until_membership_changed(consumer, by_pen)
    until(lambda: times(consumer, submission_of(scene, by_pen)) > 1, consumer)

    of_the_day = siantar.sent_with_the_days_list(office(scene, "12.72"))
    until_membership_changed(consumer, siantar.reconciled_and_archived(of_the_day))

    broker(scene).kill()
    emergency = at_once(scene)
    of_the_month = karangasem.sent_with_the_months_batch(office(scene, "51.07"))
    consumer.kill()
    broker(scene).restart()
    consumer.start()
    until_membership_changed(consumer, emergency, of_the_month)

    disposed = solok.sent_by_disposition(office(scene, "13.02"))
    until_membership_changed(consumer, disposed)
    solok.card_received(disposed, "2024-02-02 09:00")

    deceased = contoh.reported(office(scene, "13.99"), "2024-07-01 09:00", BAHAR, "wafat", ("AKTA",), "Meninggal.")
    deceased.work("check_population", by="kasi-contoh", begun="09:30", ended="09:33", body={"hasil": "meninggal"})
    deceased.work("check_membership", by="kasi-contoh", begun="09:33", ended="09:36", body=contoh.STILL_ON)
    until_membership_changed(consumer, contoh.sent(deceased, "460/201/Dinsos-Contoh/VII/2024"))
    assert "MembershipDeactivated" in kinds(deceased)
    until(lambda: not consumer.rows("SELECT 1 FROM reply WHERE sent IS NULL"), consumer)
    counted_once(scene, consumer)


async def bpjs_sync_dies_before_its_checkpoint(scene: Scene, case: Berkas) -> None:
    """The case is sent and Kafka has it, but bpjs-sync is killed before it moves its checkpoint."""
    async with holding(scene, "SELECT FROM es.checkpoint WHERE topic = $1 FOR UPDATE", TOPIC):
        await asyncio.to_thread(carried_to_bpjs, case, "2022-07-05 09:00", "2022-07-06 08:00")
        while case.kode not in {message.data["case"] for message in await heard(scene.cluster, TOPIC)}:
            pass
        await kill(scene, "bpjs_sync", with_sessions=True)
    await restarted(scene, "bpjs_sync")


def test_without_its_key_or_with_a_wrong_one_a_submission_is_parked_until_the_right_key_is_there(
    scene: Scene, consumer: Consumer
) -> None:
    right, other = known(scene, "bridging-2"), ECKey.generate_key("P-256")
    run(no_longer_trusted(scene.jejak.environment["JEJAK_DATABASE_URL_BPJS_SYNC"], "bridging-1"))
    time.sleep(2 * FRESH_SECONDS)  # until then bpjs-sync may still encrypt to it
    consumer.until_logged("reading")

    case = at_once(scene)
    consumer.until_logged(f"{submission_of(scene, case)} PARKED: put private key bridging-2 into ")
    consumer.hold(other, "bridging-2")
    assert consumer.stop() == 0
    consumer.start()
    consumer.until_logged(f"{submission_of(scene, case)} PARKED: key bridging-2 in ")
    assert consumer.rows("SELECT 1 FROM reply WHERE key = ?", submission_of(scene, case)) == []

    consumer.hold(right)
    consumer.stop()
    consumer.start()
    until_membership_changed(consumer, case)
    counted_once(scene, consumer)


def test_a_consumer_away_longer_than_the_topics_retention_misses_nothing_and_answers_over_http(
    scene: Scene, consumer: Consumer
) -> None:
    assert consumer.stop() == 0
    case = at_once(scene)
    run(forgotten(scene, submission_of(scene, case)))
    consumer.start(ANSWER_BY="http")
    until_membership_changed(consumer, case)
    assert f"http: submission {submission_of(scene, case)}" in consumer.log()
    clients = run(
        scene.fetch("SELECT DISTINCT client FROM bpjs.reply WHERE submission = $1", submission_of(scene, case))
    )
    assert [row["client"] for row in clients] == ["bpjs"]
    counted_once(scene, consumer)


def test_messages_published_again_on_a_topic_that_was_deleted_count_once(scene: Scene, consumer: Consumer) -> None:
    before = all_times(consumer)
    run(deleted(scene))
    case = at_once(scene)
    until_membership_changed(consumer, case)

    again = {
        message.headers["ce_id"]
        for message in run(heard(scene.cluster, TOPIC, 1, PATIENCE))
        if "ce_replay" in message.headers
    }
    assert again & before.keys()
    until(lambda: all(all_times(consumer)[key] > before[key] for key in again & before.keys()), consumer)
    counted_once(scene, consumer)


def all_times(consumer: Consumer) -> dict[str, int]:
    """Id of each message → the number of times it has come."""
    return {row["id"]: row["times"] for row in consumer.rows("SELECT id, times FROM message")}


def test_a_submission_that_comes_again_without_personal_data_is_emptied(scene: Scene, consumer: Consumer) -> None:
    case = at_once(scene)
    until_membership_changed(consumer, case)
    held = "SELECT personal FROM message WHERE name = 'submission' AND submission = ?"
    [row] = consumer.rows(held, submission_of(scene, case))
    assert json.loads(row["personal"])["participant"]["nik"] == MADE["nik"]

    run(send_without_personal(scene, submission_of(scene, case)))

    until(lambda: [kept["personal"] for kept in consumer.rows(held, submission_of(scene, case))] == [None], consumer)
    counted_once(scene, consumer)


def test_an_older_message_on_an_answer_does_not_undo_a_later_one(scene: Scene, consumer: Consumer) -> None:
    until_membership_changed(consumer, at_once(scene))
    counted_once(scene, consumer)
    last = run(heard(scene.cluster, SETTLED))[-1]
    old = json.dumps({**last.data, "state": "kept", "reason": "late"})
    marker = str(uuid.uuid4())
    earlier = str(int(last.headers["ce_sequence"]) - 1)

    run(written(scene, signed_as(last, installation(scene), old, sequence=earlier), old, last, SETTLED))
    after = old.replace(last.data["id"], marker)
    run(written(scene, signed_as(last, installation(scene), after), after, last, SETTLED))

    until(lambda: consumer.rows("SELECT 1 FROM settled WHERE id = ?", marker), consumer)
    counted_once(scene, consumer)


def test_a_message_outside_the_contract_is_passed_over_and_the_next_one_is_kept(
    scene: Scene, consumer: Consumer
) -> None:
    before = len(consumer.log())
    run(send_nonsense(scene))
    case = at_once(scene)
    until_membership_changed(consumer, case)
    consumer.until_logged("PASSED OVER", before)
    counted_once(scene, consumer)


def test_an_answer_that_jejak_cannot_read_is_noted_with_the_reason_and_holds_up_no_other(
    scene: Scene, consumer: Consumer
) -> None:
    assert consumer.stop() == 0
    with closing(sqlite3.connect(consumer.folder / "bpjs.sqlite")) as store, store:
        store.execute("INSERT INTO reply (id, key, value, urgent) VALUES ('salah', 'salah', '{}', 1)")
    consumer.start(ANSWER_BY="http")
    case = at_once(scene)
    until_membership_changed(consumer, case)
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
    until_membership_changed(consumer, unread, case)
    consumer.until_logged("of an epoch that is over", before)

    until(lambda: consumer.rows("SELECT 1 FROM message WHERE epoch = ?", old) == [], consumer)
    assert [kept["epoch"] for kept in consumer.rows("SELECT epoch FROM ledger ORDER BY rowid")] == [old, row["epoch"]]
    assert "LOST" not in consumer.log()
    counted_once(scene, consumer)


def test_epochs_that_began_and_ended_while_it_was_away_are_passed_over_and_it_reads_on(
    scene: Scene, consumer: Consumer, tmp_path: Path
) -> None:
    with consumer_of(scene.jejak, tmp_path) as newcomer:
        shutil.copytree(consumer.folder / "keys", tmp_path / "keys", dirs_exist_ok=True)
        newcomer.start(KAFKA_GROUP="newcomer", ANSWER_BY="none")
        newcomer.until_logged("of an epoch that is over")
        until(lambda: heard_on_topic(scene, newcomer), newcomer)

        assert newcomer.stop() == 0
        run(scene.fetch("SELECT es.new_epoch()"))
        between = at_once(scene)
        run(is_on_topic(scene, submission_of(scene, between)))
        [row] = run(scene.fetch("SELECT es.new_epoch()::text AS epoch"))
        newcomer.start(KAFKA_GROUP="newcomer", ANSWER_BY="none")
        until(lambda: heard_on_topic(scene, newcomer), newcomer)

        assert {message["epoch"] for message in newcomer.rows("SELECT epoch FROM message")} == {row["epoch"]}
        there = run(scene.fetch("SELECT id::text FROM es.event WHERE type = 'SubmissionSent'"))
        assert sorted(newcomer.submissions()) == sorted(row["id"] for row in there)
    counted_once(scene, consumer)


def heard_on_topic(scene: Scene, consumer: Consumer) -> bool:
    """Whether the consumer follows the topic again: a new submission comes to it from Kafka."""
    case = at_once(scene)
    time.sleep(1)
    return f"kafka: submission {submission_of(scene, case)}" in consumer.log()


def test_a_forged_submission_is_not_kept_and_not_answered(scene: Scene, consumer: Consumer) -> None:
    case = at_once(scene)
    until_membership_changed(consumer, case)
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
    until_membership_changed(consumer, at_once(scene))
    assert consumer.rows("SELECT 1 FROM message WHERE id = ? OR submission = ?", moved, moved) == []
    counted_once(scene, consumer)
