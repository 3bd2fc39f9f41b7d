"""An office at work, played through the public address: shared by the demo and the tests of stories.

    office = Player(url, token_key).office(offices / "13.01")
    office.at("2022-07-04 09:00")
    case = office.submit("staf-1", application, papers)
    case.work("check_documents", by="staf-1", begun="09:10", ended="09:10:45")

Times are the office's own wall clock, set by PUT /dev/clock; real time runs on from there while requests are made.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from datetime import time as clock_time
from pathlib import Path
from typing import Any, Final, Self

import httpx

from jejak.cases.decision import Actor
from jejak.platform import ids
from jejak.procedure.office.kantor import Kantor, load_kantor
from jejak.web.access.tokens import issue
from jejak_tools.papers import Paper

PATIENCE: Final = 60.0
"""Seconds to wait for automatic work; even a sweep without messages is much quicker."""
_PAUSE: Final = 0.02
_REFUSED: Final = range(400, 500)

type Json = Mapping[str, Any]
type Papers = Mapping[str, Paper]


class Unexpected(Exception):
    """The installation answered otherwise than the story says."""


@dataclass(slots=True)
class Player:
    """One installation over HTTP. `token_key` is the signing key of `jejak token`, in development only."""

    url: str
    token_key: bytes = field(repr=False)
    http: httpx.Client = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self.http = httpx.Client(base_url=self.url, timeout=60, trust_env=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.http.close()

    def office(self, folder: Path) -> Office:
        """The office of this folder, which is loaded into the installation."""
        return Office(self, load_kantor((folder / "kantor.toml").read_bytes()))

    def set_clock(self, now: datetime) -> None:
        """Sets the clock; time runs on from there."""
        self.answered(self.http.put("/dev/clock", json={"now": now.isoformat()}), "PUT /dev/clock")

    @staticmethod
    def answered(response: httpx.Response, what: str) -> httpx.Response:
        """The answer, if it is a success. Unexpected names the request and the problem document."""
        if response.is_success:
            return response
        raise Unexpected(f"{what}: {response.status_code} {response.text[:400]}")


@dataclass(slots=True)
class Office:
    """The people of one office, each with a token of his own."""

    player: Player
    kantor: Kantor
    day: date = date.min
    _tokens: dict[str, str] = field(default_factory=dict, repr=False)

    def at(self, moment: str) -> datetime:
        """It is now "2022-07-04 09:14", or "09:14" of the same day, on the office's wall clock. Returns the instant."""
        instant = self.instant(moment)
        self.player.set_clock(instant)
        self.day = instant.astimezone(self.kantor.calendar.tzinfo).date()
        return instant

    def instant(self, moment: str) -> datetime:
        """The instant of a local time; without a date it is of the day the office is at."""
        day, _, clock = moment.rpartition(" ")
        local = datetime.combine(date.fromisoformat(day) if day else self.day, clock_time.fromisoformat(clock))
        return local.replace(tzinfo=self.kantor.calendar.tzinfo)

    def token(self, person: str) -> str:
        """An official's token, with his first post in the kantor file; "sekdis-1 sebagai kadis" names another."""
        if person not in self._tokens:
            code, _, post = person.partition(" sebagai ")
            posts = (official.jabatan for official in self.kantor.pejabat if official.kode == code)
            own = next(jabatan for jabatan in posts if post in ("", jabatan))
            self._tokens[person] = issue(self.player.token_key, Actor(self.kantor.kode, code, own))
        return self._tokens[person]

    def send(
        self, person: str, path: str, body: Json, papers: Papers | None = None, *, key: str | None = None
    ) -> httpx.Response:
        """One command as it goes over the wire, under a fresh Idempotency-Key unless one is given."""
        headers = {"Authorization": f"Bearer {self.token(person)}", "Idempotency-Key": key or str(ids.new_uuid())}
        if not papers:
            return self.player.http.post(path, json=body, headers=headers)
        files = {name: (paper.name, paper.data, paper.media_type) for name, paper in papers.items()}
        return self.player.http.post(path, data={"data": json.dumps(body)}, files=files, headers=headers)

    def get(self, person: str, path: str, **query: str) -> httpx.Response:
        """A page or an answer for an official. Unexpected without success."""
        headers = {"Authorization": f"Bearer {self.token(person)}"}
        return self.player.answered(self.player.http.get(path, params=query or None, headers=headers), f"GET {path}")

    def submit(self, person: str, application: Json, papers: Papers) -> Berkas:
        """An application brought to the counter, with its documents."""
        answer = self.player.answered(self.send(person, "/cases", application, papers), "POST /cases").json()
        return Berkas(self, answer["berkas"], answer["kode"], person)

    def close_batch(self, kumpulan: str, *, by: str, at: str) -> Json:
        """An official closes a batch by hand, with the cases that wait now."""
        self.at(at)
        answer = self.send(by, f"/batches/{self.kantor.kode}/{kumpulan}/close", {})
        closed: Json = self.player.answered(answer, f"close {kumpulan}").json()
        return closed

    def together(self, verb: str, kumpulan: str, *, by: str, begun: str, ended: str, body: Json | None = None) -> Json:
        """An official does a task once for all cases of the closed batch."""
        path = f"/batches/{self.kantor.kode}/{kumpulan}/tasks/{verb}"
        self.at(begun)
        self.player.answered(self.send(by, f"{path}/start", {}), f"start {verb} of {kumpulan}")
        self.at(ended)
        done: Json = self.player.answered(self.send(by, path, body or {}), f"{verb} of {kumpulan}").json()
        return done


@dataclass(slots=True)
class Berkas:
    """One case. `clerk` is the official who entered it; his token reads it."""

    office: Office
    id: str
    kode: str
    clerk: str

    def work(
        self, verb: str, *, by: str, begun: str, ended: str, body: Json | None = None, papers: Papers | None = None
    ) -> Json:
        """An official opens the file at one time and ends the task at another: its touch time."""
        self.start(verb, by=by, at=begun)
        return self._end(verb, by, ended, body, papers)

    def start(self, verb: str, *, by: str, at: str) -> None:
        """An official opens the file; it is due by then."""
        self.until_due(verb)
        self.office.at(at)
        path = f"/cases/{self.id}/tasks/{verb}/start"
        self.office.player.answered(self.office.send(by, path, {}), f"start {verb}")

    def do(self, verb: str, *, by: str, at: str, body: Json | None = None, papers: Papers | None = None) -> Json:
        """An official ends a task without opening it before, or records an act outside."""
        self.until_due(verb)
        return self._end(verb, by, at, body, papers)

    def _end(self, verb: str, by: str, at: str, body: Json | None, papers: Papers | None) -> Json:
        self.office.at(at)
        answer = self.office.send(by, f"/cases/{self.id}/tasks/{verb}", body or {}, papers)
        done: Json = self.office.player.answered(answer, verb).json()
        return done

    def outsider(
        self, verb: str, *, by: str, happened: str, at: str, body: Json | None = None, papers: Papers | None = None
    ) -> Json:
        """An act outside the office at one time, recorded by an official at another, with evidence."""
        claimed = {"waktu_kejadian": self.office.instant(happened).isoformat()}
        return self.do(verb, by=by, at=at, body={**(body or {}), **claimed}, papers=papers)

    def refused(self, verb: str, *, by: str, at: str, body: Json | None = None, papers: Papers | None = None) -> Json:
        """The problem document with which a task is refused. Unexpected when it is not."""
        self.until_due(verb)
        self.office.at(at)
        answer = self.office.send(by, f"/cases/{self.id}/tasks/{verb}", body or {}, papers)
        if answer.status_code not in _REFUSED:
            raise Unexpected(f"{verb} was not refused: {answer.status_code}")
        problem: Json = answer.json()
        return problem

    def correct(self, *, by: str, at: str, body: Json, papers: Papers | None = None) -> Json:
        """An official corrects the data of applicant or participant."""
        self.office.at(at)
        answer = self.office.send(by, f"/cases/{self.id}/corrections", body, papers)
        done: Json = self.office.player.answered(answer, "correct").json()
        return done

    def withdraw(self, *, by: str, at: str, why: str) -> Json:
        """The applicant takes his application back."""
        self.office.at(at)
        answer = self.office.send(by, f"/cases/{self.id}/withdraw", {"catatan": why})
        done: Json = self.office.player.answered(answer, "withdraw").json()
        return done

    def now(self) -> Json:
        """The case as it is: version, what is due, how it ended."""
        status: Json = self.office.get(self.clerk, f"/cases/{self.id}").json()
        return status

    def timeline(self) -> Json:
        """Its events and its three clocks, as they are shown."""
        timeline: Json = self.office.get(self.clerk, f"/cases/{self.id}/timeline").json()
        return timeline

    def letter(self, name: str = "rekomendasi") -> bytes:
        """A signed letter."""
        return self.office.get(self.clerk, f"/cases/{self.id}/letters/{name}").content

    def until_due(self, verb: str) -> Json:
        """Wait until this task is due: automatic ones before it come by Kafka."""
        return self.until(lambda now: any(due["tugas"] == verb for due in now["jatuh_tempo"]), f"{verb} is due")

    def until_sent(self, at: str) -> Json:
        """Set the clock behind the batch's end, and wait until the case is sent with it."""
        self.office.at(at)
        return self.until(lambda now: all(due["tugas"] != "deliver" for due in now["jatuh_tempo"]), "it is sent")

    def until_answered(self, verb: str, *, at: str) -> Json:
        """Set the clock to the time of BPJS' answer, and wait until its message has ended this task."""
        self.until_due(verb)
        self.office.at(at)
        return self.until(lambda now: all(due["tugas"] != verb for due in now["jatuh_tempo"]), f"BPJS ended {verb}")

    def until_ended(self) -> Json:
        """Wait until the main line has ended."""
        return self.until(lambda now: now["berakhir"] is not None, "the case has ended")

    def until(self, holds: Callable[[Json], bool], what: str) -> Json:
        """Wait on a condition of the case. Unexpected when it does not come true in time."""
        give_up = time.monotonic() + PATIENCE
        while not holds(now := self.now()):
            if time.monotonic() > give_up:
                due = ", ".join(task["tugas"] for task in now["jatuh_tempo"]) or "nothing"
                raise Unexpected(
                    f"{self.kode}: waited {PATIENCE:g} s until {what}; due is {due}, end {now['berakhir']}"
                )
            time.sleep(_PAUSE)
        return now
