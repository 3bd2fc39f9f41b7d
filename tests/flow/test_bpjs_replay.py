"""What was said to BPJS, said again: over HTTP from any time or place on, and onto the topic."""

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
from tests.bpjs import kept, opened, said
from tests.stories import Jejak


@pytest.fixture(scope="module")
def case(jejak: Jejak, bpjs_key: ECKey) -> Berkas:
    """Mended and sent again: five messages about two submissions."""
    case = pesisir.mended_then_accepted(jejak.office("13.01"))
    kept(jejak, said(jejak, case, until=5))
    return case


def lines(jejak: Jejak, **asked: str) -> list[dict[str, Any]]:
    """The replay as the BPJS team reads it."""
    token = issue(token_key(jejak.installation), "bpjs")
    headers = {"Authorization": f"Bearer {token}"}
    answer = jejak.player.http.get("/bpjs/submissions", params=asked, headers=headers)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/x-ndjson"
    return [json.loads(line) for line in answer.text.splitlines()]


def about(events: list[dict[str, Any]], case: Berkas) -> list[dict[str, Any]]:
    return [one for one in events if one["data"]["case"] == case.kode]


def without_personal(data: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in data.items() if name != "personal"}


def test_the_replay_says_what_the_topic_said(jejak: Jejak, case: Berkas, bpjs_key: ECKey) -> None:
    on_topic = said(jejak, case, until=5)

    again = about(lines(jejak, office="13.01"), case)

    assert [one["id"] for one in again] == [one.headers["ce_id"] for one in on_topic]
    assert [one["type"] for one in again] == [one.headers["ce_type"] for one in on_topic]
    assert [without_personal(one["data"]) for one in again] == [without_personal(one.data) for one in on_topic]
    assert opened(again[0]["data"]["personal"], bpjs_key) == opened(on_topic[0].data["personal"], bpjs_key)


def test_whoever_broke_off_goes_on_after_his_last_line(jejak: Jejak, case: Berkas) -> None:
    every = lines(jejak)
    half = len(every) // 2

    rest = lines(jejak, cursor=place(every[half - 1]))
    two = lines(jejak, cursor=place(every[half - 1]), limit="2")

    assert [one["id"] for one in rest] == [one["id"] for one in every[half:]]
    assert [one["id"] for one in two] == [one["id"] for one in rest[:2]]


def place(line: Mapping[str, Any]) -> str:
    return f"{line['epoch']}.{line['position']}"


def test_every_line_names_the_epoch_that_the_topic_names(jejak: Jejak, case: Berkas) -> None:
    mine = about(lines(jejak), case)
    on_topic = said(jejak, case, until=5)

    assert [one["epoch"] for one in mine] == [one.headers["ce_epoch"] for one in on_topic]


def refused(jejak: Jejak, query: str) -> tuple[int, str]:
    headers = {"Authorization": f"Bearer {issue(token_key(jejak.installation), 'bpjs')}"}
    answer = jejak.player.http.get(f"/bpjs/submissions?{query}", headers=headers)
    return answer.status_code, answer.json()["type"].rpartition(":")[2]


def test_what_cannot_be_asked_is_refused_and_not_passed_over(jejak: Jejak, case: Berkas) -> None:
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

    assert [one["id"] for one in later] == [one["id"] for one in mine[2:]]
    assert {one["office"] for one in lines(jejak, office="13.01")} == {"13.01"}


def test_only_a_machine_that_is_let_in_may_read(jejak: Jejak, case: Berkas) -> None:
    official = {"Authorization": f"Bearer {jejak.office('13.01').token('staf-1')}"}

    refused = [jejak.player.http.get("/bpjs/submissions", headers=headers).status_code for headers in ({}, official)]

    assert refused == [401, 401]


def test_a_time_without_its_zone_is_refused(jejak: Jejak, case: Berkas) -> None:
    headers = {"Authorization": f"Bearer {issue(token_key(jejak.installation), 'bpjs')}"}

    answer = jejak.player.http.get("/bpjs/submissions", params={"since": "2026-02-01T00:00:00"}, headers=headers)

    assert answer.status_code == 422
    assert "zona" in answer.json()["detail"]


def test_the_command_says_it_on_the_topic_again_as_a_replay(jejak: Jejak, case: Berkas) -> None:
    before = said(jejak, case, until=5)
    command = [str(Path(sys.executable).with_name("jejak")), "bpjs", "replay", "--office", "13.01", "--to", "topic"]

    done = subprocess.run(command, env=jejak.installation.environment, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
    after = said(jejak, case, until=10)
    assert [one.headers.get("ce_replay") for one in after].count("true") == len(before)
    assert {one.headers["ce_id"] for one in after} == {one.headers["ce_id"] for one in before}
    assert len({(one.key, one.partition) for one in after}) == len({one.key for one in before})
