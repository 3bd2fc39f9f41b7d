"""Mutual TLS: the subject of a client's certificate, put into the scope of each request on its connection.

The handshake has already checked the certificate against the CA; a connection without one has no subject.
"""

import asyncio
from typing import Final

from cryptography import x509
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

CLIENT_SUBJECT: Final = "client_subject"
"""Key in the ASGI `state`: the subject (RFC 4514, most significant part last)."""


class ClientCertificate(HttpToolsProtocol):
    """uvicorn's protocol, which also passes on the subject of the client's certificate."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        tls = transport.get_extra_info("ssl_object")
        if der := tls.getpeercert(binary_form=True) if tls else None:
            subject = x509.load_der_x509_certificate(der).subject.rfc4514_string()
            self.app_state = {**self.app_state, CLIENT_SUBJECT: subject}
