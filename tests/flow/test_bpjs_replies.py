"""BPJS answers the office by message: from the submission on its topic to the active card, over HTTP and Kafka."""

from __future__ import annotations

import json
import uuid
from typing import Any

import httpx
from aiokafka import AIOKafkaProducer
from joserfc.jwk import ECKey

from jejak.web.access.clients import issue
from jejak_tools.papers import pdf
from jejak_tools.play import Berkas
from jejak_tools.stories.counter import apply, checked, hand_over_and_archive
from jejak_tools.stories.people import GUSMIATI
from tests.bpjs import messages_of
from tests.servers import run
from tests.stories import Jejak


def carried_to_bpjs(jejak: Jejak) -> Berkas:
    """A case whose signed letter the applicant has brought to BPJS."""
    office = jejak.office("13.01")
    case = checked(apply(office, "2022-07-05 13:00", GUSMIATI), "13:05", "13:05:30")
    case.work("draft_letter", by="staf-1", begun="13:10", ended="13:13")
    case.work("paraf", by="kabid-1", begun="13:30", ended="13:31")
    case.work("sign", by="kadis-1", begun="14:00", ended="14:01")
    hand_over_and_archive(case, "14:30", "14:31", "14:32", GUSMIATI)
    delivered(case, happened="2022-07-06 09:00", at="2022-07-06 13:00")
    return case


def delivered(case: Berkas, *, happened: str, at: str) -> None:
    papers = {"TANDA_TERIMA": pdf("tanda-terima", f"Tanda terima {at} {case.kode}")}
    case.outsider("deliver", by="staf-1", happened=happened, at=at, papers=papers)


def client(jejak: Jejak) -> dict[str, str]:
    key = jejak.player.token_key
    return {"Authorization": f"Bearer {issue(key, 'bpjs')}"}


def reply(submission: str, result: str, **more: Any) -> dict[str, Any]:
    return {
        "id": str(uuid.uuid4()),
        "submission": submission,
        "result": result,
        "replied_at": "2022-07-07T09:00:00+07:00",
        **more,
    }


def posted(jejak: Jejak, *replies: dict[str, Any]) -> httpx.Response:
    lines = "\n".join(json.dumps(answer) for answer in replies)
    headers = client(jejak) | {"Content-Type": "application/x-ndjson"}
    return jejak.player.http.post("/bpjs/replies", content=lines, headers=headers)


async def answered_on_kafka(jejak: Jejak, *replies: dict[str, Any]) -> None:
    environment = jejak.installation.environment
    attributes = {"specversion": "1.0", "type": "id.jejak.bpjs.reply.v1", "source": "/bpjs", "id": "1"}
    headers = [(f"ce_{name}", value.encode()) for name, value in attributes.items()]
    producer = AIOKafkaProducer(bootstrap_servers=environment["KAFKA_BOOTSTRAP_SERVERS"])
    await producer.start()
    try:
        for answer in replies:
            topic, key = f"{environment['JEJAK_TOPIC_PREFIX']}.bpjs.replies", answer["submission"].encode()
            await producer.send_and_wait(topic, json.dumps(answer).encode(), key=key, headers=headers)
    finally:
        await producer.stop()


def test_what_bpjs_answers_mends_and_ends_the_case_by_itself(jejak: Jejak, bpjs_key: ECKey) -> None:
    case = carried_to_bpjs(jejak)
    first = messages_of(jejak, case, until=1)[0].data["submission"]
    jejak.office("13.01").at("2022-07-08 08:00")

    mend = reply(first, "mend", reason="Nomor KK tidak terbaca.")
    assert posted(jejak, mend).json()["stored"] == 1
    case.until_due("complete")
    readable = {"KK": pdf("kk-baru", f"KK Gusmiati terbaca {case.kode}")}
    case.outsider("complete", by="staf-1", happened="2022-07-11 08:00", at="2022-07-11 08:10", papers=readable)
    delivered(case, happened="2022-07-11 09:30", at="2022-07-11 13:30")
    second = next(
        message.data["submission"]
        for message in messages_of(jejak, case, until=3)
        if message.data.get("previous") == first
    )

    on = reply(second, "active", since="2022-07-10", replied_at="2022-07-11T14:00:00+07:00")
    run(answered_on_kafka(jejak, on, on))
    messages = messages_of(jejak, case, until=5)

    events = {event.type: event for event in jejak.ledger.events(case)}
    assert jejak.ledger.kinds(case).count("ReplyReceived") == 2
    last = events["MembershipActivated"]
    assert (last.actor, last.recorder, last.payload["source"]["way"]) == (None, None, "http")
    assert last.payload["active_since"] == "2022-07-10"
    senders = [event["pelaku"]["nama"] for event in case.timeline()["peristiwa"] if event["jenis"] == "ReplyReceived"]
    assert senders == ["BPJS Kesehatan", "BPJS Kesehatan"]
    recorded = [message for message in messages if message.name == "reply.recorded"]
    assert [(message.data["result"], message.data["way"]) for message in recorded] == [
        ("mend", "message"),
        ("accepted", "message"),
    ]
    assert [message.data["reply"] for message in recorded] == [mend["id"], on["id"]]
    became = jejak.player.http.get(f"/bpjs/replies/{on['id']}", headers=client(jejak)).json()
    assert (became["state"], became["submission"]) == ("recorded", second)

    again = posted(jejak, mend, on, {"submission": first}).json()
    assert (again["repeated"], again["wrong"]) == (2, 1)
    assert posted(jejak, reply(str(uuid.uuid4()), "accepted")).json()["stored"] == 1


def test_what_is_stuck_is_shown_at_the_one_address_and_to_prometheus(jejak: Jejak, bpjs_key: ECKey) -> None:
    case = carried_to_bpjs(jejak)
    messages_of(jejak, case, until=1)
    office = jejak.office("13.01")
    office.at("2022-08-08 08:00")

    listed = office.get("staf-1", "/bpjs/outstanding", limit="500").json()
    assert case.id in [case["berkas"] for case in listed["berkas"]]
    assert listed["tanpa_jawaban"]["31+"]["jumlah"] >= 1
    every = jejak.player.http.get("/bpjs/outstanding", headers=client(jejak))
    assert every.json()["kantor"] is None

    services = json.loads(jejak.installation.environment["JEJAK_SERVICES"])
    metrics = httpx.get(f"{services['bpjs_sync']}/metrics").text
    for name in ("outstanding", "unmatched", "mends_open", "replies_waiting"):
        assert f"# TYPE jejak_bpjs_{name} gauge" in metrics
    assert 'jejak_bpjs_outstanding{age="31+"}' in metrics


def test_the_interface_is_documented_and_closed_to_those_who_are_no_machine_of_ours(jejak: Jejak) -> None:
    services = json.loads(jejak.installation.environment["JEJAK_SERVICES"])
    described = httpx.get(f"{services['bpjs_sync']}/openapi.json").json()["paths"]["/bpjs/replies"]["post"]
    body = described["requestBody"]["content"]["application/json"]["schema"]
    assert set(body["required"]) == {"id", "submission", "result", "replied_at"}

    wrong = {"Authorization": "Bearer x"}
    assert jejak.player.http.post("/bpjs/replies", content=b"{}", headers=wrong).status_code == 401
