"""The example in Java, over HTTP alone: the only BPJS of its installation, behind a proxy that adds false lines."""

from __future__ import annotations

import json
import os
import subprocess
import threading
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qsl

import httpx
import pytest
from joserfc.jwk import ECKey

from bpjs_sync.outgoing.readers import FRESH_SECONDS
from jejak.platform.kafka_cluster import KafkaCluster
from jejak.web.access.clients import issue
from jejak_local import postgres
from jejak_tools.demo import token_key
from jejak_tools.play import Berkas, Player
from jejak_tools.stories import karangasem, pesisir
from tests.bpjs import no_longer_trusted, trusted
from tests.java import compiled, java
from tests.servers import database_from, installed, run
from tests.stories import Jejak, Ledger
from tests.waits import PATIENCE

type Answer = tuple[int | None, bytes]

SOURCE: Final = Path(__file__).parents[2] / "examples" / "bpjs-http-java" / "Consumer.java"
KEPT: Final = ("PATH", "HOME", "LANG")
CUT: Final[Answer] = (None, b"")
"""No answer: the connection ends."""
SORRY: Final[Answer] = (200, b"<html><body>Sedang dipelihara.</body></html>")
FORM: Final = {
    "grant_type": "client_credentials",
    "client_id": "bpjs",
    "client_secret": "rahasia & 100% +1=?",
    "scope": "jejak.bpjs",
}
_SUBMISSIONS: Final = """
SELECT id::text FROM es.event WHERE type = 'SubmissionSent' AND stream = $1::text::uuid ORDER BY position
"""


@pytest.fixture(scope="module")
def quiet(postgres_server: postgres.Address, migrated_template: str, kafka_server: KafkaCluster) -> Iterator[Jejak]:
    """An installation without a simulated BPJS."""
    with (
        database_from(postgres_server, migrated_template) as database,
        installed(database, kafka_server) as installation,
        Player(installation.url, token_key(installation)) as player,
    ):
        yield Jejak(installation, player, Ledger(database.url))


@dataclass(slots=True)
class Consumer:
    """The example as a process with a folder of its own; after a kill it runs on from its journal."""

    folder: Path
    class_path: str
    environment: dict[str, str]
    process: subprocess.Popen[bytes] | None = field(default=None, init=False)

    def start(self) -> None:
        with (self.folder / "log").open("ab") as log:
            command = [*java(), "-cp", self.class_path, "Consumer"]
            self.process = subprocess.Popen(command, cwd=self.folder, env=self.environment, stdout=log, stderr=log)

    def kill(self) -> None:
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def log(self) -> str:
        return (self.folder / "log").read_text(encoding="utf-8")

    def journal(self) -> list[dict[str, Any]]:
        """The complete lines of its journal."""
        lines = (self.folder / "bpjs.journal").read_text(encoding="utf-8").splitlines()
        return [json.loads(line) for line in lines if line.endswith("}")]

    def hold(self, key: ECKey) -> None:
        (self.folder / "keys" / f"{key.kid}.json").write_text(json.dumps(key.as_dict(private=True)), encoding="utf-8")

    def until(self, holds: Callable[[], object]) -> None:
        """Waits until it holds; fails with the end of the consumer's log."""
        give_up = time.monotonic() + PATIENCE
        while not holds():
            assert time.monotonic() < give_up, self.log()[-4000:]
            time.sleep(0.1)


def token(jejak: Jejak, form: bytes) -> Answer:
    """An access token for the known client and its secret."""
    if dict(parse_qsl(form.decode())) != FORM:
        return 401, b"{}"
    return 200, json.dumps({"access_token": issue(token_key(jejak.installation), "bpjs")}).encode()


def of_jejak(jejak: Jejak, request: BaseHTTPRequestHandler, body: bytes) -> Answer:
    """The installation's answer, with false lines before the feed."""
    names = ("authorization", "content-type")
    headers = {name: request.headers[name] for name in names if name in request.headers}
    url = jejak.installation.url + request.path
    answer = httpx.request(request.command, url, content=body, headers=headers, timeout=PATIENCE)
    content = answer.content
    if request.path.startswith("/bpjs/submissions") and answer.status_code == 200:
        content = b"".join(lies(content)) + content
    return answer.status_code, content


@contextmanager
def between(jejak: Jejak) -> Iterator[str]:
    """A proxy that passes everything on, and adds false lines before the feed.

    It spoils the first answers about keys; it also issues tokens, from the second request on.
    """
    spoilt: dict[str, list[Answer]] = {"/bpjs/keys": [CUT, CUT, SORRY], "/token": [(503, b'{"access_token":"salah"}')]}

    class Between(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._pass_on(b"")

        def do_POST(self) -> None:
            self._pass_on(self.rfile.read(int(self.headers["content-length"])))

        def _pass_on(self, body: bytes) -> None:
            if spoils := spoilt.get(self.path):
                self._say(*spoils.pop(0))
            elif self.path == "/token":
                self._say(*token(jejak, body))
            else:
                self._say(*of_jejak(jejak, self, body))

        def _say(self, status: int | None, content: bytes) -> None:
            if status is None:
                return
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """No log."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Between) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()


FORGED: Final = "0f6f2b34-6f0e-4b0e-9c1d-6a656a616b07"


def lies(feed: bytes) -> Iterator[bytes]:
    """No JSON, no message, an unsigned one, and a genuine one with changed ids and with unknown keys."""
    yield b'{\nnull\n{"id":"1","data":{}}\n'
    for line in feed.splitlines(keepends=True)[:1]:
        message = json.loads(line)
        yield line.replace(message["data"]["submission"].encode(), FORGED.encode())
        yield line.replace(message["id"].encode(), FORGED.encode())
        protected, rest = message["signature"].split(".", 1)
        for kid in ("salah-1", "salah-2", "salah-3"):
            head = json.loads(urlsafe_b64decode(protected + "==")) | {"kid": kid}
            unknown = urlsafe_b64encode(json.dumps(head).encode()).decode().rstrip("=")
            yield json.dumps(message | {"signature": f"{unknown}.{rest}"}, separators=(",", ":")).encode() + b"\n"


@pytest.fixture(scope="module")
def consumer(quiet: Jejak, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Consumer]:
    folder = tmp_path_factory.mktemp("java")
    (folder / "keys").mkdir()
    class_path = compiled(SOURCE, folder / "classes")
    with between(quiet) as url:
        ours = {name: os.environ[name] for name in KEPT if name in os.environ}
        oauth = {f"OAUTH_{name}": FORM[name.lower()] for name in ("CLIENT_ID", "CLIENT_SECRET", "SCOPE")}
        given = {"JEJAK_URL": url, "OAUTH_TOKEN_URL": f"{url}/token", "EVERY_SECONDS": "1"} | oauth
        example = Consumer(folder, class_path, ours | given)
        example.hold(known(quiet, "java-1"))
        try:
            yield example
        finally:
            if example.process is not None:
                example.kill()


def known(jejak: Jejak, kid: str) -> ECKey:
    """A new key pair; the installation has its public half."""
    key = ECKey.generate_key("P-256", {"kid": kid, "use": "enc"})
    run(trusted(jejak.installation.environment["JEJAK_DATABASE_URL_BPJS_SYNC"], key))
    return key


def submissions(jejak: Jejak, case: Berkas) -> list[str]:
    return [row["id"] for row in jejak.ledger.fetch(_SUBMISSIONS, case.id)]


def answers(jejak: Jejak, submission: str) -> list[tuple[str, str]]:
    """Result and state of each answer to a submission, in the order of arrival."""
    query = "SELECT result, state FROM bpjs.reply WHERE submission = $1::text::uuid ORDER BY arrived_at"
    return [(row["result"], row["state"]) for row in jejak.ledger.fetch(query, submission)]


def until_active(jejak: Jejak, consumer: Consumer, case: Berkas) -> None:
    consumer.until(lambda: "MembershipActivated" in jejak.ledger.kinds(case))


def test_it_is_at_most_two_hundred_lines_in_one_file() -> None:
    lines = SOURCE.read_text(encoding="utf-8").splitlines()
    assert len(lines) <= 200
    assert max(map(len, lines)) <= 120


def test_it_answers_an_emergency_and_no_replaced_submission_and_no_forged_line(
    quiet: Jejak, consumer: Consumer
) -> None:
    replaced, newest = submissions(quiet, pesisir.mended_then_accepted(quiet.office("13.01")))
    emergency = karangasem.sent_at_once(quiet.office("51.07"))
    consumer.start()

    until_active(quiet, consumer, emergency)
    consumer.until(lambda: len(answers(quiet, newest)) == 2)

    assert answers(quiet, submissions(quiet, emergency)[0]) == [("accepted", "applied"), ("active", "applied")]
    assert answers(quiet, replaced) == []
    arrived = quiet.ledger.fetch("SELECT submission::text AS id FROM bpjs.reply ORDER BY arrived_at LIMIT 2")
    assert [row["id"] for row in arrived] == submissions(quiet, emergency) * 2
    assert consumer.log().count("PASSED OVER") >= 8
    assert FORGED not in json.dumps(consumer.journal())
    assert quiet.ledger.fetch("SELECT 1 FROM bpjs.reply WHERE submission = $1::text::uuid", FORGED) == []


def test_while_there_is_no_token_and_there_are_no_keys_it_waits_and_passes_over_nothing_genuine(
    quiet: Jejak, consumer: Consumer
) -> None:
    before = consumer.log().partition("submission.v1")[0]
    assert "/token answered 503" in before
    assert before.count("without the installation's keys nothing is read; it is tried again") >= 2
    there = quiet.ledger.fetch("SELECT id::text FROM es.event WHERE type = 'SubmissionSent'")
    for row in there:
        assert f"submission.v1 {row['id']}" in consumer.log()


def test_killed_it_goes_on_after_what_it_has_noted_and_answers_nothing_twice(quiet: Jejak, consumer: Consumer) -> None:
    consumer.kill()
    with (consumer.folder / "bpjs.journal").open("a", encoding="utf-8") as journal:
        journal.write('\n{"replies":[{"id":"salah","submission":"salah"}]}\n{"sent":"cut off')
    emergency = karangasem.sent_at_once(quiet.office("51.07"))
    consumer.start()

    until_active(quiet, consumer, emergency)
    consumer.until(lambda: "WRONG salah: " in consumer.log())
    [wrong] = [line["outcome"] for line in consumer.journal() if line.get("sent") == "salah"]
    assert "id is no UUID" in wrong["reason"]
    assert quiet.ledger.fetch("SELECT reply FROM bpjs.reply GROUP BY reply HAVING sum(times) > 1") == []


def test_what_it_has_no_key_for_is_parked_and_opened_after_a_restart(quiet: Jejak, consumer: Consumer) -> None:
    consumer.kill()
    fresh = known(quiet, "java-2")
    run(no_longer_trusted(quiet.installation.environment["JEJAK_DATABASE_URL_BPJS_SYNC"], "java-1"))
    time.sleep(2 * FRESH_SECONDS)  # until then bpjs-sync may still encrypt to it
    emergency = karangasem.sent_at_once(quiet.office("51.07"))
    consumer.start()
    [submission] = submissions(quiet, emergency)
    consumer.until(lambda: f"{submission} PARKED: put private key java-2 into keys" in consumer.log())
    assert answers(quiet, submission) == []

    consumer.hold(fresh)
    consumer.kill()
    consumer.start()
    until_active(quiet, consumer, emergency)


def test_when_the_ledger_begins_a_new_epoch_all_is_read_again_and_counts_no_second_time(
    quiet: Jejak, consumer: Consumer
) -> None:
    before = quiet.ledger.fetch("SELECT count(*) AS n FROM bpjs.reply")
    [row] = quiet.ledger.fetch("SELECT es.new_epoch()::text AS epoch")
    emergency = karangasem.sent_at_once(quiet.office("51.07"))
    until_active(quiet, consumer, emergency)

    ids = {line["message"] for line in consumer.journal() if "message" in line}
    again = {line["message"] for line in consumer.journal() if line.get("epoch") == row["epoch"]}
    assert ids == again
    assert "LOST" not in consumer.log()
    after = quiet.ledger.fetch("SELECT count(*) AS n FROM bpjs.reply")
    assert after[0]["n"] == before[0]["n"] + 2
