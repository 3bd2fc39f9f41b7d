"""The common base of the contract with BPJS: the models' base class, CloudEvents attributes, encrypted JSON."""

from typing import Annotated, Final, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

type Result = Literal["accepted", "mend", "rejected", "active", "ended"]
type KeyType = Literal["EC", "OKP"]
type JweAlgorithm = Literal["RSA-OAEP-256", "ECDH-ES+A256KW"]

Base64Url = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]+$")]
Digits = Annotated[str, Field(pattern=r"^[0-9]+$")]
DETACHED_JWS: Final = r"^[A-Za-z0-9_-]+\.\.[A-Za-z0-9_-]+$"
Signature = Annotated[str, Field(pattern=DETACHED_JWS)]
"""A detached JWS: protected header, nothing, signature."""

EXAMPLE_KEYS: Final = frozenset(
    {
        "aHW1gRONuoFU3DH7pByBk5Ct18YXI214ZW1-J3u6D18",
        "PRzLkB4i8ahOsBMbrvbUOUBeyBgwLGb6GW5Cl3PgEP8",
        "YzSu7fi1_qApI46nSUraL9Hp-5JVrkuQx7ZrPNMEJ2g",
    }
)
"""Thumbprints (RFC 7638) of the keys in `docs/bpjs/v1/examples`, private parts and all: nothing real uses one."""


class Message(BaseModel):
    """Base of every message and answer: frozen, closed, and without values in its errors."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class EventAttributes(Message):
    """The attributes of a message (CloudEvents 1.0): headers `ce_…` on Kafka."""

    specversion: Literal["1.0"] = Field(description="version of CloudEvents")
    id: UUID = Field(description="the same for every delivery of the message, on Kafka and over HTTP")
    type: Annotated[str, Field(pattern=r"^id\.jejak\.bpjs\.[a-z.]+\.v[1-9][0-9]*$")] = Field(
        description="which message it is; ignore a message whose type you do not know",
        examples=["id.jejak.bpjs.submission.v1"],
    )
    source: str = Field(description="the ledger it comes from")
    subject: UUID = Field(description="the submission; on Kafka also the key")
    time: AwareDatetime = Field(description="when the ledger recorded the fact that the message reports")
    datacontenttype: Literal["application/json"] = Field(description="on Kafka the header `content-type`")
    sequence: Digits = Field(
        description="orders the messages of one submission on one topic: grows with each, with gaps; "
        "sequences of two topics cannot be compared",
        examples=["9"],
    )
    epoch: UUID = Field(
        description="a new epoch means that the ledger went back to an earlier state: positions and sequences of two "
        "epochs cannot be compared, and the last messages of the old epoch count only if they come again",
    )
    replay: Literal["true"] | None = Field(
        default=None,
        description="only on Kafka, and only when the message is published again: on request, or after a loss",
    )
    signature: Signature = Field(
        description="a detached JWS over the bytes of the data; its protected header repeats the other attributes"
    )


class EphemeralKey(Message):
    """The sender's half of the key agreement: a public JWK (RFC 7517) made for this message."""

    kty: KeyType
    crv: Annotated[str, Field(examples=["P-256"])]
    x: Base64Url
    y: Base64Url | None = Field(default=None, description="for EC")


class JweHeader(Message):
    """For whom the content key is wrapped, and how."""

    kid: str = Field(description="names the consumer's key")
    alg: JweAlgorithm = Field(description="how the content key is wrapped")
    epk: EphemeralKey | None = Field(default=None, description="for ECDH-ES")


class JweRecipient(Message):
    """The content key for one of the consumer's keys."""

    header: JweHeader
    encrypted_key: Base64Url = Field(description="the content key, wrapped for this recipient")


class Jwe(Message):
    """An encrypted JSON object (RFC 7516, general JSON serialisation): decrypt with the private key of any `kid`."""

    protected: Base64Url = Field(description="the protected header; `enc` in it names the content's algorithm")
    recipients: Annotated[tuple[JweRecipient, ...], Field(min_length=1)] = Field(
        description="one for each key that may read it; find yours by `kid`"
    )
    iv: Base64Url = Field(description="initialisation vector")
    ciphertext: Base64Url = Field(description="the encrypted JSON object")
    tag: Base64Url = Field(description="authentication tag")
