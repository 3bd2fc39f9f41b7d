"""The example consumer of `examples/bpjs-consumer` as a process: its keys, its store, and ways to stop or kill it."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final

from joserfc.jwk import ECKey

from jejak.web.access.clients import issue
from jejak_local.installation import Installation
from jejak_tools.demo import token_key
from tests.node import node, npm_ci
from tests.waits import PATIENCE

FOLDER: Final = Path(__file__).parents[1] / "examples" / "bpjs-consumer"
_LOOK_AGAIN: Final = 0.05
_KEPT: Final = ("PATH", "HOME", "LANG", "SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS")


@dataclass(slots=True)
class Consumer:
    """A consumer with a folder of its own; it may run, be killed, and run again on its store."""

    folder: Path
    environment: dict[str, str]
    process: subprocess.Popen[bytes] | None = field(default=None, init=False)

    def start(self, **settings: str) -> None:
        """Starts the consumer, which reads and answers as soon as it can."""
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [node(), "consumer.mjs"], cwd=FOLDER, env=self.environment | settings, stdout=log, stderr=log
            )

    def kill(self) -> None:
        """Kills it by SIGKILL at any point."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def stop(self) -> int:
        """Stops it by SIGTERM; returns its exit status."""
        assert self.process is not None
        self.process.terminate()
        return self.process.wait(PATIENCE)

    def log(self) -> str:
        """Its output so far."""
        return (self.folder / "log").read_text(encoding="utf-8")

    def rows(self, sql: str, *values: object) -> list[Any]:
        """Rows of its store."""
        with closing(sqlite3.connect(f"file:{self.folder}/bpjs.sqlite?mode=ro", uri=True, timeout=10)) as store:
            store.row_factory = sqlite3.Row
            return store.execute(sql, values).fetchall()

    def submissions(self) -> list[str]:
        """Every submission it counts, as often as it counts it."""
        return [row["submission"] for row in self.rows("SELECT submission FROM message WHERE name = 'submission'")]

    def until_logged(self, words: str, after: int = 0) -> None:
        """Waits until its log has these words, behind the first `after` characters."""
        give_up = time.monotonic() + PATIENCE
        while words not in self.log()[after:]:
            assert time.monotonic() < give_up, f"it never said {words!r}:\n{self.log()[-3000:]}"
            time.sleep(_LOOK_AGAIN)

    def hold(self, key: ECKey, name: str | None = None) -> None:
        """Puts a private key into its folder; a key of the same name is replaced."""
        private = key.as_dict(private=True) | ({"kid": name} if name else {})
        (self.folder / "keys" / f"{name or key.kid}.json").write_text(json.dumps(private), encoding="utf-8")


@contextmanager
def consumer_of(installation: Installation, folder: Path) -> Iterator[Consumer]:
    """A consumer of this installation, which gets its access tokens as an OAuth client does."""
    npm_ci(FOLDER)
    (folder / "keys").mkdir()
    with _issuer(token_key(installation)) as issuer:
        given = {
            "KAFKA_BOOTSTRAP_SERVERS": installation.environment["KAFKA_BOOTSTRAP_SERVERS"],
            "JEJAK_TOPIC_PREFIX": installation.environment.get("JEJAK_TOPIC_PREFIX", "jejak"),
            "JEJAK_URL": installation.url,
            "OAUTH_TOKEN_URL": issuer,
            "OAUTH_CLIENT_ID": "bpjs",
            "OAUTH_CLIENT_SECRET": "rahasia",
            "PRIVATE_KEYS": str(folder / "keys"),
            "DATABASE": str(folder / "bpjs.sqlite"),
        }
        ours = {name: os.environ[name] for name in _KEPT if name in os.environ}
        consumer = Consumer(folder, ours | given)
        try:
            yield consumer
        finally:
            if consumer.process is not None:
                consumer.kill()


@contextmanager
def _issuer(key: bytes) -> Iterator[str]:
    """An issuer of tokens for client credentials (RFC 6749, 4.4) to the one client that it knows; ends its address."""

    class Issuer(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            form = self.rfile.read(int(self.headers["content-length"])).decode()
            known = form == "grant_type=client_credentials&client_id=bpjs&client_secret=rahasia&scope=jejak.bpjs"
            self.send_response(200 if known else 401)
            self.end_headers()
            self.wfile.write(json.dumps({"access_token": issue(key, "bpjs")} if known else {}).encode())

        def log_message(self, *_: object) -> None:
            """Logs nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Issuer) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}/token"
        finally:
            server.shutdown()
            thread.join()
