"""The contract with BPJS over HTTP: the models of answers, the limits of a request, the meaning of each status."""

from typing import Final, Literal
from uuid import UUID

from pydantic import AwareDatetime, Field

from jejak.contracts.bpjs.parts import Base64Url, Message, Result
from jejak.contracts.bpjs.settlements import REASONS, ReplyReason, ReplyState

MAX_REPLIES: Final = 1_000
"""In one request."""
MAX_BYTES: Final = 4 * 1024 * 1024
"""Of one request."""
MAX_REPLY_BYTES: Final = 32 * 1024
"""Of one reply. Its longest fields together are a quarter of that."""
JSON: Final = "application/json"
EVENT: Final = "application/cloudevents+json"
BATCH: Final = "application/cloudevents-batch+json"
NDJSON: Final = "application/x-ndjson"
JSONL: Final = "application/jsonl"
PROBLEM: Final = "application/problem+json"
JWK_SET: Final = "application/jwk-set+json"
SCOPE: Final = "jejak.bpjs"

type Fate = Literal["stored", "repeated", "contradicting", "wrong"]

READING_AGAIN: Final = """\
Every message that was ever published, oldest first, one CloudEvent a line, encrypted to the keys that are valid now.
The stream lags a moment behind the topic. When it breaks off, continue after the last line you have: `cursor` is its
`epoch`, a dot and its `position`. A cursor is valid as long as the epoch stays the same."""
ANSWERING: Final = f"""\
Stores replies durably; they are put on their cases at once, or as soon as their turn comes. Sending again does no harm:
the same `id` is the same reply. At most {MAX_REPLIES} replies and {MAX_BYTES // 1024**2} MB a request,
{MAX_REPLY_BYTES // 1024} KB a reply. A reply that cannot be read is reported at its place and does not
delay the others."""
TOO_OFTEN: Final = "too many requests, or too many replies, in a minute: try again after `Retry-After` seconds"
RETRY_AFTER: Final = {"Retry-After": {"description": "seconds", "schema": {"type": "integer", "minimum": 1}}}
_UNAVAILABLE: Final = "unavailable for a moment: try again, with growing pauses"
_CLIENT_ERRORS: Final = {401: "neither a valid token nor a certificate", 403: "the client has no access here"}
REPLY_ERRORS: Final = {
    **_CLIENT_ERRORS,
    413: f"more than {MAX_REPLIES} replies or {MAX_BYTES // 1024**2} MB: send them in several requests",
    415: "a media type that is not accepted, or not UTF-8",
    422: "no reply could be read; `replies` says of each what is wrong",
    429: TOO_OFTEN,
    503: _UNAVAILABLE,
}
"""HTTP status → its meaning there; the body is a problem document."""
SUBMISSIONS_ERRORS: Final = {
    **_CLIENT_ERRORS,
    404: "an office that is not in this installation",
    409: "the epoch of the cursor is over (`epoch_lain`): begin again without a cursor",
    422: "an impossible or unknown parameter; a cursor beyond the end of the ledger",
    429: TOO_OFTEN,
    503: "unavailable for a moment, or (`kunci_penerima`) no public key is valid",
}
STATUS: Final = """\
The outcome of a reply that you sent, by its `id`. A reply that came over Kafka names no client, so every client with
access may ask for its outcome."""
STATUS_ERRORS: Final = {
    **_CLIENT_ERRORS,
    404: "no such reply, or another client sent it",
    422: "the id is no UUID",
    429: TOO_OFTEN,
    503: _UNAVAILABLE,
}
KEYS: Final = """\
The public keys (RFC 7517) by which messages are signed; no token is needed. Ask again when a message names a `kid` that
you do not have. One of them signs now; the others signed earlier or will sign later. A key stays here as long as the
topic keeps what it signed."""
KEYS_ERRORS: Final = {422: "a request that cannot be read", 429: TOO_OFTEN, 503: _UNAVAILABLE}


class Outcome(Message):
    """The outcome of one reply of a request."""

    index: int = Field(ge=0, description="its place in the request, from 0")
    id: UUID | None = Field(default=None, description="the reply's own `id`; absent where it could not be read")
    outcome: Fate = Field(
        description="stored: new, stored durably · repeated: it came before · contradicting: another content came "
        "before under this id; both are stored · wrong: it could not be read"
    )
    reason: str | None = Field(default=None, description="with `wrong`: what is wrong with the reply")


class Taken(Message):
    """How many replies of a request were stored, came before, contradict, could not be read; and each outcome."""

    stored: int = Field(ge=0)
    repeated: int = Field(ge=0)
    contradicting: int = Field(ge=0)
    wrong: int = Field(ge=0)
    replies: tuple[Outcome, ...]


class ReplyStatus(Message):
    """The outcome of one reply."""

    id: UUID
    submission: UUID
    result: Result
    state: ReplyState = Field(
        description="waiting: stored, cannot be applied yet · recorded: on its case · kept: an official of the office "
        "has to look at it, or the operator where no office made the submission · resolved: that person has"
    )
    reason: ReplyReason | None = Field(default=None, description=REASONS)
    contradicted: bool = Field(description="whether another content came under this id; the first stands")
    times: int = Field(ge=1, description="how often the reply came")
    received_at: AwareDatetime
    settled_at: AwareDatetime | None = Field(default=None, description="when it was recorded, kept or resolved")


class SigningKey(Message):
    """A public key of the installation (JWK)."""

    kty: Literal["EC"]
    crv: Literal["P-256"]
    x: Base64Url
    y: Base64Url
    kid: Base64Url = Field(description="its thumbprint (RFC 7638): the same name is the same key")
    use: Literal["sig"]
    alg: Literal["ES256"]


class SigningKeys(Message):
    """The public keys of the installation (JWK Set)."""

    keys: tuple[SigningKey, ...] = Field(min_length=1, description="first the key that signs now")


class ProblemDocument(Message):
    """Why a request was not carried out (RFC 9457)."""

    type: str = Field(description="stable, for programs", examples=["urn:jejak:masalah:kunci_penerima"])
    title: str
    status: int = Field(description="the HTTP status")
    detail: str = Field(description="what is wrong and what to do, in Indonesian")
    isian: dict[str, str] | None = Field(default=None, description="with 422: by parameter or field, what it should be")
    epoch: UUID | None = Field(default=None, description="with 409: the epoch that the ledger has now")
    replies: tuple[Outcome, ...] | None = Field(
        default=None, description="where no reply of a request could be read: the fault of each"
    )
