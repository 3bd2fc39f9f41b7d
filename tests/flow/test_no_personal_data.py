"""No NIK, name or telephone stands in clear where it is not needed, neither after whole cases nor after errors."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from aiokafka import AIOKafkaProducer

from jejak.platform.kafka_cluster import KafkaCluster
from jejak.web.access.clients import issue
from jejak_local import postgres
from jejak_local.files import wait_until
from jejak_tools.delivery import whole_topic
from jejak_tools.play import Berkas, Office
from jejak_tools.stories import pesisir, siantar
from jejak_tools.stories.counter import carried_to_bpjs, papers
from jejak_tools.stories.people import EVERYONE, OTHERS, ROSNA
from tests.servers import run
from tests.stories import Jejak
from tests.waits import PATIENCE

NEEDLES = tuple(
    sorted(
        {person[field] for person in (*EVERYONE, *OTHERS) for field in ("nik", "kk", "name", "phone", "card")}
        | {person["name"].upper() for person in (*EVERYONE, *OTHERS)}
        | {"Cuci darah dua kali seminggu", "Kolom Camat masih kosong", "Rawat jalan penyakit jantung"}
        | {"1301-PBDT-0029", "buruh harian", "Alamat kontrakannya"}
    )
)
"""Personal data: numbers, names, telephones, and free text about people's health and papers."""


def needles_in(haystack: bytes) -> list[str]:
    """The needles in these bytes, also those in hexadecimal."""
    low = haystack.lower()
    return [needle for needle in NEEDLES if needle.encode() in haystack or needle.encode().hex().encode() in low]


@pytest.fixture(scope="module")
def cases(jejak: Jejak, pesisir_selatan: Office, contoh: Office) -> Sequence[Berkas]:
    """Whole cases with personal words in every field for them."""
    return (
        pesisir.for_a_child(pesisir_selatan),
        pesisir.by_hand_and_by_pen(contoh, agenda="018"),
        pesisir.brought_later(pesisir_selatan),
        pesisir.twice_back_to_the_draft(pesisir_selatan),
        pesisir.mended_then_accepted(pesisir_selatan),
        pesisir.with_the_number_of_the_register(pesisir_selatan),
        siantar.poor_though_not_listed(jejak.office("12.72")),
    )


@pytest.fixture(scope="module")
def played(jejak: Jejak, pesisir_selatan: Office, cases: Sequence[Berkas]) -> Jejak:
    """The installation after those cases and some wrong requests."""
    wrong = {"layanan": "reaktivasi-kis-pbi", "pemohon": ROSNA | {"born": ROSNA["nik"]}, "peserta": ROSNA["name"]}
    assert pesisir_selatan.send("staf-1", "/cases", wrong, papers(ROSNA)).status_code == 422
    unknown = {"layanan": ROSNA["name"], "pemohon": ROSNA, "jawaban": [ROSNA["nik"]]}
    assert pesisir_selatan.send("staf-1", "/cases", unknown, papers(ROSNA)).status_code == 422
    strange = {**papers(ROSNA), ROSNA["nik"]: papers(ROSNA)["KK"]}
    right = {"layanan": "reaktivasi-kis-pbi", "pemohon": ROSNA}
    assert pesisir_selatan.send("staf-1", "/cases", right, strange).status_code == 422
    assert pesisir_selatan.player.http.get(f"/cases/{ROSNA['nik']}").status_code in {404, 422}
    answered(jejak, pesisir_selatan)
    return jejak


def answered(jejak: Jejak, office: Office) -> None:
    """BPJS answers in words that name people: to a known submission, to an unknown one, and in no valid form."""
    case = carried_to_bpjs(pesisir.with_the_letter_in_her_hands(office), "2022-07-05 09:00", "2022-07-05 13:00")
    query = 'SELECT submission FROM bpjs.message WHERE "case" = $1::text::uuid'
    assert wait_until(lambda: bool(jejak.ledger.fetch(query, case.id)), seconds=PATIENCE)
    [row] = jejak.ledger.fetch(query, case.id)
    known, unknown = (reply(str(submission)) for submission in (row["submission"], uuid.uuid4()))
    wrong = [{**known, "result": ROSNA["nik"]}, {**known, ROSNA["nik"]: 1}, {**known, "submission": ROSNA["name"]}]
    headers = {
        "Authorization": f"Bearer {issue(jejak.player.token_key, 'bpjs')}",
        "Content-Type": "application/x-ndjson",
    }
    lines = "\n".join(json.dumps(answer) for answer in (known, unknown, *wrong))
    taken = jejak.player.http.post("/bpjs/replies", content=lines, headers=headers)
    assert (taken.json()["stored"], taken.json()["wrong"], needles_in(taken.content)) == (2, 3, [])
    run(sent_on_kafka(jejak, wrong))
    case.until_due("complete")


def reply(submission: str) -> dict[str, str]:
    return {
        "id": str(uuid.uuid4()),
        "submission": submission,
        "result": "mend",
        "reason": f"Rawat jalan penyakit jantung: {ROSNA['nik']}",
        "replied_at": "2022-07-05T14:00:00+07:00",
    }


async def sent_on_kafka(jejak: Jejak, wrong: Sequence[object]) -> None:
    environment = jejak.installation.environment
    producer = AIOKafkaProducer(bootstrap_servers=environment["KAFKA_BOOTSTRAP_SERVERS"])
    await producer.start()
    headers = [("ce_specversion", b"1.0"), ("ce_type", ROSNA["name"].encode()), ("content-type", b"application/json")]
    try:
        for answer in wrong:
            topic = f"{environment['JEJAK_TOPIC_PREFIX']}.bpjs.replies"
            await producer.send_and_wait(topic, json.dumps(answer).encode(), headers=headers)
    finally:
        await producer.stop()


def log_files(folders: Sequence[Path]) -> Iterator[Path]:
    for folder in folders:
        yield from (path for path in sorted(folder.rglob("*.log")) if path.is_file())


def test_a_needle_would_be_found() -> None:
    assert needles_in(f"x{ROSNA['nik']}y".encode()) == [ROSNA["nik"]]
    assert needles_in(ROSNA["name"].encode().hex().encode()) == [ROSNA["name"]]


def test_not_in_a_log(played: Jejak, postgres_server: postgres.Address) -> None:
    logs = list(log_files([played.installation.data / "logs", postgres_server.folder]))
    assert {"intake.log", "letters.log", "ledger.log", "postgres.log"} <= {path.name for path in logs}
    requests = (played.installation.data / "logs" / "intake.log").read_bytes()
    assert b'"event": "request"' in requests
    assert {path.name: leaked for path in logs if (leaked := needles_in(path.read_bytes()))} == {}


@pytest.mark.parametrize(("name", "least"), [("cases", 50), ("bpjs.replies.rejected", 3)])
def test_not_on_kafka(played: Jejak, name: str, least: int) -> None:
    environment = played.installation.environment
    topic = f"{environment['JEJAK_TOPIC_PREFIX']}.{name}"

    async def whole() -> list[bytes]:
        return [
            b"\n".join(
                [record.key or b"", record.value or b"", *(name.encode() + value for name, value in record.headers)]
            )
            async for record in whole_topic(KafkaCluster(environment["KAFKA_BOOTSTRAP_SERVERS"]), topic)
        ]

    messages: list[bytes] = []

    def enough() -> bool:
        messages[:] = run(whole())
        return len(messages) >= least

    assert wait_until(enough, seconds=PATIENCE)
    assert {leaked for message in messages for leaked in needles_in(message)} == set()


def test_not_in_any_table(played: Jejak) -> None:
    tables = played.ledger.fetch(
        "SELECT format('%I.%I', n.nspname, c.relname) AS name FROM pg_class c"
        " JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'm')"
        " AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema' ORDER BY 1"
    )
    names = [row["name"] for row in tables]
    assert {"es.event", "es.blob", "es.person", "letters.signed", "view.step_time", "bpjs.reply"} <= set(names)
    leaked = {}
    for name in names:
        rows = played.ledger.fetch(f"SELECT t::text AS line FROM {name} t")  # noqa: S608 - names from the catalogue
        if here := {needle for row in rows for needle in needles_in(row["line"].encode())}:
            leaked[name] = here
    assert leaked == {}


def test_not_on_a_public_page(played: Jejak, cases: Sequence[Berkas]) -> None:
    http = played.player.http
    for case in cases:
        for path in (f"/cases/{case.id}", f"/cases/{case.id}/timeline", f"/cases/{case.id}/daftar-kontrol"):
            answer = http.get(path)
            assert answer.is_success, answer.text
            assert needles_in(answer.content) == []
