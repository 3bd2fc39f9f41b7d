"""What every part of the contract with BPJS is built on: its models' common base, and JSON that is encrypted."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

type KeyType = Literal["EC", "OKP"]
type JweAlgorithm = Literal["RSA-OAEP-256", "ECDH-ES+A256KW"]

Base64Url = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]+$")]
Signature = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]+\.\.[A-Za-z0-9_-]+$")]
"""A detached JWS: protected header, nothing, signature."""


class Message(BaseModel):
    """Base of all that is said and answered: frozen, closed, and silent about values in its errors."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


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
