"""The settings of a process, read from its environment once at its start; no other module reads the environment.

On a developer's machine `jejak up` leaves a file `env` in the data folder while it runs, so that commands in another
terminal find the same servers and keys. It is read only where JEJAK_ENV is not set: a process with an environment of
its own takes nothing from elsewhere.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, cast, get_args

from jejak.platform import database_settings, key_settings
from jejak.platform.kafka_cluster import MECHANISMS, PROTOCOLS, KafkaCluster, Mechanism, TopicPlacement, tls_context

if TYPE_CHECKING:
    import ssl

    from jejak.platform.identity_settings import Identity, SessionLimits

Environment = Literal["development", "production"]
SIGNING_KEYS: Final = "JEJAK_BPJS_SIGNING_KEYS"
BSRE: Final = "JEJAK_BSRE"
"""Which offices sign through BSrE, and with what; JEJAK_BSRE_FILE may name a file that holds it."""
SERVICES: Final = ("intake", "verification", "approval", "letters", "bpjs_sync")
_MODULES: Final = {"relay": "ledger.relay"}
"""Processes whose module lies within another service's package."""
DRAIN_SECONDS: Final = 5.0
"""In production, by default: a proxy that asks every two or three seconds learns in time that a process stops."""
ENV_FILE: Final = "env"
DEFAULT_DATA: Final = ".jejak"


@dataclass(frozen=True, slots=True)
class Clients:
    """The machines that are let in, and how they authenticate.

    Access tokens (OAuth client credentials): their `issuer`, the `audience` they must name, the `scope` they must hold,
    and `jwks`, a file or an address with the issuer's public keys; all None where no such token is taken. `ids` maps a
    client id in a token, `subjects` the subject of a certificate (RFC 4514, such as `CN=bridging,O=BPJS Kesehatan`), to
    the client's name here. A machine in neither is not let in.
    """

    issuer: str | None = None
    audience: str | None = None
    jwks: str | None = None
    scope: str = "jejak.bpjs"
    ids: Mapping[str, str] = field(default_factory=dict)
    subjects: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Tls:
    """PEM files for a service that speaks TLS itself; `client_ca` signs the certificates clients may show."""

    certificate: Path
    key: Path
    client_ca: Path | None


class SettingsError(Exception):
    """A setting is missing or malformed; the message is one sentence that names the variable, never its value."""


@dataclass(frozen=True, slots=True, repr=False)
class Settings:
    """The settings of one service. `repr` shows no secret.

    `database_url` is the login of this service alone, over which requests go; `direct_database_url` leads to the
    server itself where the former leads to a pooler. `database_pool` bounds the connections of each pool. Topics and
    consumer groups are named `<topic_prefix>.cases`, `<topic_prefix>.<service>` and so on, so that installations can
    share a broker. `sweep_seconds` is the age from which the sweep takes a due task that no message announced. For
    `drain_seconds` a process that is told to stop still takes requests. `sheet_folders` maps an office to the watched
    folder in which its online sheet lies (bpjs-sync writes there; without one, staff types the row in by hand).
    `services` maps a service to its address on the inner network (`address_of`). `signing_keys`, a JWK Set, is set for
    bpjs-sync only: the keys with which it signs its messages to BPJS.
    """

    service: str
    env: Environment
    database_url: str
    direct_database_url: str
    database_pool: int
    kafka: KafkaCluster
    host: str
    port: int
    public_url: str
    data_dir: Path
    master_keys: key_settings.MasterKeys
    hmac_key: bytes
    token_key: bytes
    topic_prefix: str
    sweep_seconds: float
    drain_seconds: float
    session_timeout_ms: int
    log_level: str
    sheet_folders: Mapping[str, str]
    services: Mapping[str, str]
    signing_keys: str | None
    clients: Clients
    tls: Tls | None
    identity: Identity | None
    session: SessionLimits

    def __repr__(self) -> str:
        return f"Settings(service={self.service!r}, env={self.env!r}, host={self.host!r}, port={self.port})"

    @property
    def development(self) -> bool:
        """Whether development tokens, the settable clock and the development certificate are allowed."""
        return self.env == "development"

    def address_of(self, service: str) -> str:
        """The address of another service on the inner network; by default the one that Caddy uses too."""
        return self.services.get(service, f"http://{service.replace('_', '-')}:8000")

    @classmethod
    def read(cls, service: str, environ: Mapping[str, str] | None = None) -> Settings:
        """Reads the settings of one service. Raises SettingsError at the first one missing or malformed."""
        from jejak.platform.identity_settings import identity, session_limits  # noqa: PLC0415 - it reads by a Source

        source = Source.of(environ)
        master_keys, hmac_key, token_key = source.keys()
        host, port = source.text("JEJAK_HOST", "127.0.0.1"), source.integer("JEJAK_PORT", 8000)
        return cls(
            service=service,
            env=source.env,
            database_url=source.database_url(service),
            direct_database_url=source.direct_database_url(service),
            database_pool=source.integer("JEJAK_DATABASE_POOL", database_settings.POOL),
            kafka=source.kafka(),
            host=host,
            port=port,
            public_url=source.public_url(f"http://{host}:{port}"),
            data_dir=source.data_dir,
            master_keys=master_keys,
            hmac_key=hmac_key,
            token_key=token_key,
            topic_prefix=source.text("JEJAK_TOPIC_PREFIX", "jejak"),
            sweep_seconds=source.seconds("JEJAK_SWEEP_SECONDS", 30.0),
            drain_seconds=source.drain_seconds,
            session_timeout_ms=source.integer("JEJAK_SESSION_TIMEOUT_MS", 10_000),
            log_level=source.log_level,
            sheet_folders=source.mapping("JEJAK_SHEET_FOLDERS"),
            services=source.services(),
            signing_keys=source.signing_keys(service),
            clients=source.clients(),
            tls=source.tls(),
            identity=identity(source, service),
            session=session_limits(source, service),
        )


@dataclass(frozen=True, slots=True, repr=False)
class Source:
    """The environment, one checked value at a time. Commands that need one setting read that one only."""

    values: Mapping[str, str]

    @classmethod
    def of(cls, environ: Mapping[str, str] | None = None) -> Source:
        """The given environment; else the process's, completed by the file that `jejak up` leaves (see above)."""
        given = os.environ if environ is None else environ
        if environ is not None or "JEJAK_ENV" in given:
            return cls(given)
        file = Path(given.get("JEJAK_DATA", DEFAULT_DATA)) / ENV_FILE
        try:
            return cls({**parse_env_file(file.read_text(encoding="utf-8")), **given})
        except FileNotFoundError:
            return cls(given)

    @property
    def env(self) -> Environment:
        """Unset means production: nothing is permitted by accident."""
        value = self.values.get("JEJAK_ENV", "production")
        if value not in get_args(Environment):
            raise SettingsError("JEJAK_ENV must be development or production.")
        return cast("Environment", value)

    @property
    def drain_seconds(self) -> float:
        """Zero by default in development, where nothing stands in front that would have to learn of the stop."""
        return self.seconds("JEJAK_DRAIN_SECONDS", 0.0 if self.env == "development" else DRAIN_SECONDS, zero=True)

    @property
    def log_level(self) -> str:
        """The least that is logged (JEJAK_LOG_LEVEL)."""
        return self._choice("JEJAK_LOG_LEVEL", ("info", "debug", "warning", "error"))

    @property
    def data_dir(self) -> Path:
        return Path(self.values.get("JEJAK_DATA", DEFAULT_DATA))

    def database_url(self, service: str | None = None) -> str:
        """The login of a service (JEJAK_DATABASE_URL_INTAKE …), or the administrator's (JEJAK_DATABASE_URL).

        The latter is a service's where it names the service's login. No service takes an administrator's, with which it
        would write what its own may not.
        """
        shared = database_settings.URL
        own = database_settings.url_of(service) if service else shared
        names_own = service and self.is_given(shared) and database_settings.is_own(self.text(shared), service)
        return self._postgres(shared if names_own and not self.is_given(own) else own)

    def direct_database_url(self, service: str) -> str:
        """JEJAK_DATABASE_DIRECT_URL_INTAKE …, by default the service's `database_url`.

        Leaders and work that remembers positions take it: a pooler shares a session's lock between its clients, and
        changes the server behind a connection unnoticed.
        """
        name = database_settings.direct_url_of(service)
        return self._postgres(name) if self.is_given(name) else self.database_url(service)

    def _postgres(self, name: str) -> str:
        url = self.text(name)
        if not url.startswith(("postgresql://", "postgres://")):
            raise SettingsError(f"{name} must begin with postgresql://.")
        return url

    @property
    def roles_managed(self) -> bool:
        """Whether others than `jejak migrate` make the roles of PostgreSQL (JEJAK_ROLES)."""
        return self._choice("JEJAK_ROLES", ("migrated", "managed")) == "managed"

    def service_passwords(self) -> dict[str, str]:
        """Passwords of the logins, which a migration sets: JEJAK_DB_PASSWORD_INTAKE and so on, of `report` if given."""
        report = ("report",) if self.is_given("JEJAK_DB_PASSWORD_REPORT") else ()
        return {name: self.text(database_settings.password_of(name)) for name in (*SERVICES, "ledger", *report)}

    def public_url(self, default: str) -> str:
        """The address that people type and letters print; there is no default in production."""
        url = self.text("JEJAK_PUBLIC_URL", default if self.env == "development" else None)
        if not url.startswith(("https://", "http://") if self.env == "development" else "https://"):
            raise SettingsError("JEJAK_PUBLIC_URL must begin with https:// (or http:// in development).")
        return url.rstrip("/")

    def text(self, name: str, default: str | None = None) -> str:
        """A value that is not empty; NAME_FILE may name a file that holds it."""
        value = self.values.get(name)
        if not value and (file := self.values.get(f"{name}_FILE")):
            try:
                value = Path(file).read_text(encoding="utf-8").strip()
            except OSError as error:
                raise SettingsError(f"{name}_FILE names a file that cannot be read: {error.strerror}.") from None
            except UnicodeDecodeError:
                raise SettingsError(f"{name}_FILE names a file that is not text.") from None
        value = value or default
        if not value:
            raise SettingsError(f"{name} is not set.")
        return value

    def services(self) -> dict[str, str]:
        """Addresses by service (JEJAK_SERVICES); empty when unset."""
        addresses = self.mapping("JEJAK_SERVICES")
        if not all(address.startswith(("http://", "https://")) for address in addresses.values()):
            raise SettingsError("JEJAK_SERVICES must name addresses that begin with https:// (or http://).")
        return addresses

    def signing_keys(self, service: str) -> str | None:
        """The keys with which bpjs-sync signs; None for any other service, and where they are not given."""
        return self.text(SIGNING_KEYS) if service == "bpjs_sync" and self.is_given(SIGNING_KEYS) else None

    def is_given(self, name: str) -> bool:
        """Whether the value, or a file that holds it, is set."""
        return bool(self.values.get(name) or self.values.get(f"{name}_FILE"))

    def clients(self) -> Clients:
        """Issuer, audience and keys go together: one of them makes all of them required."""
        names = ("JEJAK_CLIENT_ISSUER", "JEJAK_CLIENT_AUDIENCE", "JEJAK_CLIENT_JWKS")
        required = any(self.values.get(name) for name in names)
        issuer, audience, jwks = (self.text(name) if required else None for name in names)
        schemes = ("https://", "http://") if self.env == "development" else ("https://",)
        if jwks and not jwks.startswith(schemes) and not Path(jwks).is_file():
            raise SettingsError("JEJAK_CLIENT_JWKS must begin with https://, or name a file that is there.")
        ids, subjects = self.mapping("JEJAK_CLIENT_IDS"), self.mapping("JEJAK_CLIENT_SUBJECTS")
        return Clients(issuer, audience, jwks, self.text("JEJAK_CLIENT_SCOPE", "jejak.bpjs"), ids, subjects)

    def tls(self) -> Tls | None:
        """The PEM files; None where none is set: then a proxy terminates TLS, or there is none."""
        names = ("JEJAK_TLS_CERT", "JEJAK_TLS_KEY", "JEJAK_TLS_CLIENT_CA")
        if not any(self.values.get(name) for name in names):
            return None
        ca = self.values.get("JEJAK_TLS_CLIENT_CA")
        return Tls(Path(self.text("JEJAK_TLS_CERT")), Path(self.text("JEJAK_TLS_KEY")), Path(ca) if ca else None)

    def kafka(self) -> KafkaCluster:
        """The cluster, and how it is entered (KAFKA_SECURITY_PROTOCOL; by default nothing is encrypted)."""
        bootstrap = self.text("KAFKA_BOOTSTRAP_SERVERS")
        protocol = self._choice("KAFKA_SECURITY_PROTOCOL", PROTOCOLS)
        tls, sasl = protocol.endswith("SSL"), protocol.startswith("SASL")
        idle = tuple(kind for kind, used in (("KAFKA_SSL_", tls), ("KAFKA_SASL_", sasl)) if not used)
        if unused := [name for name, value in self.values.items() if value and name.startswith(idle)]:
            raise SettingsError(f"{unused[0]} is set, but KAFKA_SECURITY_PROTOCOL is {protocol}.")
        context = self._kafka_tls() if tls else None
        topics = self._topics()
        if not sasl:
            return KafkaCluster(bootstrap, context, topics=topics)
        mechanism = cast("Mechanism", self._choice("KAFKA_SASL_MECHANISM", MECHANISMS))
        username, password = self.text("KAFKA_SASL_USERNAME"), self.text("KAFKA_SASL_PASSWORD")
        return KafkaCluster(bootstrap, context, mechanism, username, password, topics)

    def _topics(self) -> TopicPlacement:
        """By JEJAK_TOPICS, and by JEJAK_TOPIC_REPLICAS and JEJAK_TOPIC_MIN_INSYNC where topics are made here."""
        made_here = self._choice("JEJAK_TOPICS", ("made", "managed")) == "made"
        replicas, in_sync = (
            self.integer(name, 1) if self.values.get(name) else None
            for name in ("JEJAK_TOPIC_REPLICAS", "JEJAK_TOPIC_MIN_INSYNC")
        )
        if not made_here and (replicas or in_sync):
            raise SettingsError("JEJAK_TOPIC_REPLICAS and JEJAK_TOPIC_MIN_INSYNC are set, but JEJAK_TOPICS is managed.")
        if in_sync and in_sync >= max(2, replicas or 0):
            raise SettingsError(
                "JEJAK_TOPIC_MIN_INSYNC must be less than JEJAK_TOPIC_REPLICAS, or the loss of a node stops all."
            )
        return TopicPlacement(replicas, in_sync, made_here)

    def _kafka_tls(self) -> ssl.SSLContext:
        authority = self.values.get("KAFKA_SSL_CA") or None
        shows = self.values.get("KAFKA_SSL_CERT") or self.values.get("KAFKA_SSL_KEY")
        shown = (self.text("KAFKA_SSL_CERT"), self.text("KAFKA_SSL_KEY")) if shows else None
        return _sound(lambda: tls_context(authority, shown))

    def _choice(self, name: str, choices: Sequence[str]) -> str:
        """One of the choices; the first when unset."""
        value = self.text(name, choices[0])
        if value not in choices:
            raise SettingsError(f"{name} must be {', '.join(choices[:-1])} or {choices[-1]}.")
        return value

    def keys(self) -> tuple[key_settings.MasterKeys, bytes, bytes]:
        """The ring, the HMAC key and the token key. In production each is random, and no other key."""
        ring, hmac_key, token_key = self.master_keys(), self.key("JEJAK_HMAC_KEY"), self.key("JEJAK_TOKEN_KEY")
        named = {key_settings.WRITING: ring.writing, "JEJAK_HMAC_KEY": hmac_key, "JEJAK_TOKEN_KEY": token_key}
        if self.env == "production":
            _sound(lambda: key_settings.check_secret(named))
        return ring, hmac_key, token_key

    def key(self, name: str) -> bytes:
        """A secret of 32 bytes in URL-safe base64. There is no default, in any environment."""
        text = self.text(name)
        return _sound(lambda: key_settings.decoded_key(name, text))

    def master_keys(self) -> key_settings.MasterKeys:
        """The key that wraps, and those that open beside it."""
        writing = self.key(key_settings.WRITING)
        others = {name: self.text(name) for name in key_settings.OTHERS if self.is_given(name)}
        return _sound(lambda: key_settings.ring_of(writing, others))

    def integer(self, name: str, default: int) -> int:
        """A whole number above zero."""
        return self._positive(name, default, int, "a whole number")

    def seconds(self, name: str, default: float, *, zero: bool = False) -> float:
        """A duration in seconds, above zero unless `zero` is allowed."""
        return self._positive(name, default, float, "a number of seconds", zero=zero)

    def _positive[N: (int, float)](
        self, name: str, default: N, parse: Callable[[str], N], what: str, *, zero: bool = False
    ) -> N:
        text = self.values.get(name)
        try:
            value = parse(text) if text else default
        except ValueError:
            value = parse("-1")
        if not (0 < value < float("inf") or (zero and value == 0)):
            raise SettingsError(f"{name} must be {what}{', zero or more' if zero else ' above zero'}.")
        return value

    def mapping(self, name: str) -> dict[str, str]:
        """A JSON object of strings; empty when unset."""
        try:
            value = json.loads(self.text(name) if self.is_given(name) else "{}")
        except ValueError:
            value = None
        if not isinstance(value, dict) or not all(isinstance(item, str) for item in value.values()):
            raise SettingsError(f"{name} must be a JSON object of strings.")
        return value


def _sound[T](value: Callable[[], T]) -> T:
    """The value; its ValueError is the sentence of a SettingsError."""
    try:
        return value()
    except ValueError as error:
        raise SettingsError(str(error)) from None


def module_of(process: str) -> str:
    """The package that a process runs (`python -m …`): its own name, unless another's package holds it."""
    return _MODULES.get(process, process)


def parse_env_file(text: str) -> dict[str, str]:
    """`NAME=value` lines, as `jejak up` writes them; no quoting."""
    lines = (line.partition("=") for line in text.splitlines() if not line.startswith("#"))
    return {name: value for name, separator, value in lines if separator}
