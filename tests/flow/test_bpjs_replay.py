"""The replay of messages to BPJS: over HTTP from any time or position, and onto the topic."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from joserfc.jwk import ECKey

from jejak.web.access.clients import issue
from jejak_tools.demo import token_key
from jejak_tools.play import Berkas
from jejak_tools.stories import pesisir
from tests.bpjs import kept, messages_of, opened
from tests.stories import Jejak


@pytest.fixture(scope="module")
def case(jejak: Jejak, bpjs_key: ECKey) -> Berkas:
    """A case corrected and sent again: five messages about two submissions."""
    case = pesisir.mended_then_accepted(jejak.office("13.01"))
    kept(jejak, messages_of(jejak, case, until=5))
    return case


def lines(jejak: Jejak, **query: str) -> list[dict[str, Any]]:
    """The replay as the BPJS team reads it."""
    token = issue(token_key(jejak.installation), "bpjs")
    headers = {"Authorization": f"Bearer {token}"}
    answer = jejak.player.http.get("/bpjs/submissions", params=query, headers=headers)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/x-ndjson"
    return [json.loads(line) for line in answer.text.splitlines()]


def about(events: list[dict[str, Any]], case: Berkas) -> list[dict[str, Any]]:
    return [event for event in events if event["data"]["case"] == case.kode]


def without_personal(data: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in data.items() if name != "personal"}


def test_the_replay_has_the_messages_of_the_topic(jejak: Jejak, case: Berkas, bpjs_key: ECKey) -> None:
    on_topic = messages_of(jejak, case, until=5)

    again = about(lines(jejak, office="13.01"), case)

    assert [event["id"] for event in again] == [event.headers["ce_id"] for event in on_topic]
    assert [event["type"] for event in again] == [event.headers["ce_type"] for event in on_topic]
    assert [without_personal(event["data"]) for event in again] == [without_personal(event.data) for event in on_topic]
    assert opened(again[0]["data"]["personal"], bpjs_key) == opened(on_topic[0].data["personal"], bpjs_key)


def test_a_reader_that_broke_off_goes_on_after_its_last_line(jejak: Jejak, case: Berkas) -> None:
    every = lines(jejak)
    half = len(every) // 2

    rest = lines(jejak, cursor=place(every[half - 1]))
    two = lines(jejak, cursor=place(every[half - 1]), limit="2")

    assert [event["id"] for event in rest] == [event["id"] for event in every[half:]]
    assert [event["id"] for event in two] == [event["id"] for event in rest[:2]]


def place(line: Mapping[str, Any]) -> str:
    return f"{line['epoch']}.{line['position']}"


def test_every_line_names_the_epoch_that_the_topic_names(jejak: Jejak, case: Berkas) -> None:
    mine = about(lines(jejak), case)
    on_topic = messages_of(jejak, case, until=5)

    assert [event["epoch"] for event in mine] == [event.headers["ce_epoch"] for event in on_topic]


def refused(jejak: Jejak, query: str) -> tuple[int, str]:
    headers = {"Authorization": f"Bearer {issue(token_key(jejak.installation), 'bpjs')}"}
    answer = jejak.player.http.get(f"/bpjs/submissions?{query}", headers=headers)
    return answer.status_code, answer.json()["type"].rpartition(":")[2]


def test_an_impossible_query_is_refused_and_not_ignored(jejak: Jejak, case: Berkas) -> None:
    epoch = lines(jejak, limit="1")[0]["epoch"]
    other = "0f6f2b34-6f0e-4b0e-9c1d-6a656a616b01"

    assert refused(jejak, f"cursor={other}.0") == (409, "epoch_lain")
    assert refused(jejak, f"cursor={epoch}.999999999") == (422, "cursor_terlalu_jauh")
    assert refused(jejak, "cursor=48211") == (422, "cursor_salah")
    assert refused(jejak, "ofice=13.01") == (422, "parameter_tidak_dikenal")
    assert refused(jejak, "office=99.99") == (404, "kantor_tidak_ada")
    assert refused(jejak, "since=2026-01-01T00:00:00+07:00") == (422, "plus_perlu_ditulis")
    assert refused(jejak, "since=kemarin") == (422, "zona_perlu")
    assert refused(jejak, "limit=0") == (422, "isian_salah")


def test_a_time_names_where_to_begin_and_an_office_whose(jejak: Jejak, case: Berkas) -> None:
    mine = about(lines(jejak), case)

    later = about(lines(jejak, since=mine[2]["time"]), case)

    assert [event["id"] for event in later] == [event["id"] for event in mine[2:]]
    assert {event["office"] for event in lines(jejak, office="13.01")} == {"13.01"}


def test_only_a_machine_that_is_let_in_may_read(jejak: Jejak, case: Berkas) -> None:
    official = {"Authorization": f"Bearer {jejak.office('13.01').token('staf-1')}"}

    refused = [jejak.player.http.get("/bpjs/submissions", headers=headers).status_code for headers in ({}, official)]

    assert refused == [401, 401]


def test_a_time_without_its_zone_is_refused(jejak: Jejak, case: Berkas) -> None:
    headers = {"Authorization": f"Bearer {issue(token_key(jejak.installation), 'bpjs')}"}

    answer = jejak.player.http.get("/bpjs/submissions", params={"since": "2026-02-01T00:00:00"}, headers=headers)

    assert answer.status_code == 422
    assert "zona" in answer.json()["detail"]


def test_the_command_publishes_on_the_topic_again_as_a_replay(jejak: Jejak, case: Berkas) -> None:
    before = messages_of(jejak, case, until=5)
    command = [str(Path(sys.executable).with_name("jejak")), "bpjs", "replay", "--office", "13.01", "--to", "topic"]

    done = subprocess.run(command, env=jejak.installation.environment, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
    after = messages_of(jejak, case, until=10)
    assert [message.headers.get("ce_replay") for message in after].count("true") == len(before)
    assert {message.headers["ce_id"] for message in after} == {message.headers["ce_id"] for message in before}
    assert len({(message.key, message.partition) for message in after}) == len({message.key for message in before})
