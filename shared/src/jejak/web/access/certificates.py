"""Mutual TLS: the subject of the certificate that a client showed, handed on with each of its requests.

The handshake has checked the certificate against the CA by then; a connection without one has no subject.
"""

import asyncio
from typing import Final

from cryptography import x509
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

CLIENT_SUBJECT: Final = "client_subject"
"""Under this name in the ASGI `state`: the subject (RFC 4514, most significant last as written there)."""


class ClientCertificate(HttpToolsProtocol):
    """uvicorn's protocol, which keeps what the handshake learnt about the client."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        shown = transport.get_extra_info("ssl_object")
        der = shown.getpeercert(binary_form=True) if shown else None
        if der:
            subject = x509.load_der_x509_certificate(der).subject.rfc4514_string()
            self.app_state = {**self.app_state, CLIENT_SUBJECT: subject}
