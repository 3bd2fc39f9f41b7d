"""The composition root of bpjs-sync."""

from datetime import timedelta
from typing import Final

from bpjs_sync import api
from bpjs_sync.answers import api as answersapi
from bpjs_sync.answers import unmatched
from bpjs_sync.batches import api as batchapi
from bpjs_sync.batches.closing import Batches
from bpjs_sync.handlers import handlers
from bpjs_sync.memberlists import MemberLists
from bpjs_sync.outgoing import replay, signing
from bpjs_sync.outgoing.messages import SERVED as PUBLISHED
from bpjs_sync.outgoing.messages import Messages
from bpjs_sync.outgoing.publishing import Publishing
from bpjs_sync.outgoing.readers import ReaderKeys
from bpjs_sync.outgoing.signing import Signer
from bpjs_sync.pages import page
from bpjs_sync.pages.page import DeskPages
from bpjs_sync.rates import Rates
from bpjs_sync.replies import api as repliesapi
from bpjs_sync.replies import backlog, status
from bpjs_sync.replies.backlog import Backlog
from bpjs_sync.replies.inbox import Inbox
from bpjs_sync.replies.parsing import SERVED, IncomingEdition
from bpjs_sync.replies.reply_applier import ReplyApplier
from bpjs_sync.replies.topic import RepliesTopic
from jejak.platform.settings import Source
from jejak.service import Service
from jejak.web.runtime import Runtime
from jejak.web.tasks import routes as tasks

NAME: Final = "bpjs_sync"
DESCRIPTION: Final = "Pengiriman ke BPJS, jawaban, rekonsiliasi dan status kartu."


async def build(runtime: Runtime) -> Service:
    """The routes for staff and for BPJS, the automatic look-up, and the background work on batches and messages."""
    source, inbox, pages = Source.of(), Inbox(runtime), DeskPages.of(runtime)
    readers, signer = ReaderKeys(runtime.store.pool), Signer.of(runtime.settings)
    rates, keyring = Rates.of(runtime.gate, source), runtime.command_handler.keyring
    routers = [
        *tasks.routes(pages.reader, api.COMMANDS),
        page.routes(pages),
        batchapi.routes(runtime),
        answersapi.routes(runtime, pages),
        unmatched.routes(runtime, inbox, pages),
        *(repliesapi.routes(inbox, edition, rates) for edition in SERVED),
        *(status.routes(runtime, edition, rates) for edition in SERVED),
        backlog.routes(runtime, rates),
        replay.routes(runtime, [Messages(edition, keyring, readers, signer) for edition in PUBLISHED], rates),
        signing.routes(signer, [edition.contract for edition in PUBLISHED], rates),
    ]
    topics = [_topic(runtime, inbox, signer, edition, source).subscribe for edition in SERVED]
    background = [
        Batches(runtime).run,
        ReplyApplier(runtime.command_handler, runtime.settings.hmac_key, inbox).run,
        Backlog(runtime).run,
        Publishing(runtime, source, signer).run,
    ]
    handled = handlers(MemberLists.of(runtime.settings))
    return Service(routers=routers, handlers=handled, subscribe=topics, background=background)


def _topic(runtime: Runtime, inbox: Inbox, signer: Signer, edition: IncomingEdition, source: Source) -> RepliesTopic:
    """The partitions are fixed when the topic is made."""
    return RepliesTopic(
        runtime,
        inbox,
        signer,
        edition,
        partitions=source.integer("JEJAK_TOPIC_PARTITIONS", 8),
        retention=timedelta(days=source.integer("JEJAK_BPJS_REPLIES_RETENTION_DAYS", 14)),
    )
