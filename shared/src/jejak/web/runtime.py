"""The dependencies of a service's handlers, and the files of a case: stored encrypted, fetched decrypted."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from jejak.cases.command_handler import CommandHandler
from jejak.cases.decision import LoadedCase
from jejak.cases.procedure_registry import ProcedureRegistry
from jejak.contracts import events as e
from jejak.contracts.codec import Keyring, open_bytes, seal_bytes
from jejak.eventstore.store import Store
from jejak.eventstore.types import Blob
from jejak.platform import ids
from jejak.platform.errors import Missing
from jejak.platform.settings import Settings
from jejak.web.access.issuer import Issuer
from jejak.web.access.person_tokens import PersonTokens
from jejak.web.access.sessions import Sessions
from jejak.web.http_app import File, RequestGate


@dataclass(frozen=True, slots=True)
class Runtime:
    """The dependencies of a service's handlers: no module holds a pool, a key or a setting of its own."""

    settings: Settings
    store: Store
    procedures: ProcedureRegistry
    command_handler: CommandHandler
    gate: RequestGate
    sessions: Sessions
    issuer: Issuer | None
    """None in development without one."""

    @classmethod
    def of(cls, settings: Settings, store: Store) -> Self:
        """What the settings and the store make."""
        procedures = ProcedureRegistry(store)
        command_handler = CommandHandler(store, procedures, Keyring(settings.master_keys, ids.random_bytes))
        issuer = Issuer(settings.identity) if settings.identity else None
        persons = PersonTokens(issuer, settings, store, procedures) if issuer else None
        sessions = Sessions(settings, store, procedures)
        gate = RequestGate.of(settings, sessions, persons)
        return cls(settings, store, procedures, command_handler, gate, sessions, issuer)

    async def keep(self, loaded: LoadedCase, files: Sequence[File]) -> None:
        """Store files of a case under its working key, each content once, before the event that names them."""
        await self.keep_sealed(loaded.case.id, loaded.keys.working, files)

    async def keep_sealed(self, case: uuid.UUID, key: bytes | None, files: Sequence[File]) -> None:
        """As `keep`, under a given key of the case."""
        if not files:
            return
        if key is None:
            raise Missing("data_dimusnahkan", "Data pribadi berkas ini sudah dimusnahkan.")
        await self.store.put_blobs(case, [sealed_under(case, key, file) for file in files])

    async def fetch(self, loaded: LoadedCase, sha256: str) -> tuple[str, bytes]:
        """A stored file of a case: media type and bytes. Missing for an unknown file or a destroyed key."""
        blob = await self.store.get_blob(loaded.case.id, sha256)
        if blob is None:
            raise Missing("berkas_tidak_ada", "Berkas itu tidak ada pada permohonan ini.")
        return blob.media_type, unsealed(loaded, blob)


def unsealed(loaded: LoadedCase, blob: Blob) -> bytes:
    """A file's bytes: documents under the working key, letters under the archive key. Missing once the key is gone."""
    signed = {letter.signed for letter in loaded.case.letters.values()}
    key = loaded.keys.archive if blob.sha256 in signed else loaded.keys.working
    return unsealed_under(loaded.case.id, key, blob)


def sealed_under(stream: uuid.UUID, key: bytes, file: File) -> Blob:
    """A file encrypted under a key of its stream (a case, a batch)."""
    sealed = seal_bytes(key, file.data, _bound_to(stream, file.sha256), ids.random_bytes)
    return Blob(file.sha256, file.media_type, len(file.data), sealed)


def unsealed_under(stream: uuid.UUID, key: bytes | None, blob: Blob) -> bytes:
    """A file's bytes, decrypted under a key of its stream (a case, a batch). Missing once that key is gone."""
    if key is None:
        raise Missing("data_dimusnahkan", "Data pribadi berkas ini sudah dimusnahkan.")
    return open_bytes(key, blob.sealed, _bound_to(stream, blob.sha256))


def _bound_to(case: uuid.UUID, sha256: str) -> bytes:
    return case.bytes + sha256.encode()


def attachments(files: Sequence[File]) -> tuple[e.Attachment, ...]:
    """Files as an event names them."""
    return tuple(
        e.Attachment.model_validate(
            {"document": file.name, "sha256": file.sha256, "media_type": file.media_type, "size": len(file.data)}
        )
        for file in files
    )
