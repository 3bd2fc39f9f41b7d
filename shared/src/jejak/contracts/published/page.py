"""The contract as one static page for any screen: the guide, then every field of every version."""

import json
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from inspect import getdoc
from itertools import pairwise
from typing import Any, Final

from markdown_it import MarkdownIt

from jejak.contracts.bpjs.messages import REPLY, REPLY_REJECTED, REPLY_SETTLED, Attributes, ReplyAttributes
from jejak.contracts.bpjs.settlements import SettledAttributes
from jejak.contracts.published.asyncapi import (
    HEADERS,
    REPLY_HEADERS,
    SETTLED_HEADERS,
    headers_of,
    headers_of_reply,
    headers_schema,
)
from jejak.contracts.published.edition import (
    DATA,
    REJECTED,
    SETTLED,
    Edition,
    PublishedModel,
    message_path,
    models,
    personal_name,
    personal_path,
    topic,
)
from jejak.contracts.published.fields import fields_of
from jejak.contracts.published.schemas import Schema, Side, schema_of

_MARKDOWN: Final = MarkdownIt("commonmark", {"html": False}).enable("table")


def page(guide: str, style: str, editions: Sequence[Edition]) -> str:
    """HTML of the guide (Markdown) and of these versions, newest first; `style` is the CSS. Reproducible."""
    newest = sorted(editions, key=lambda edition: -edition.contract.version)
    body = [f'<article class="guide">{_guide(guide)}</article>', *map(_edition, newest)]
    return _DOCUMENT.format(style=style, navigation=_navigation(guide, newest), body="\n".join(body))


_DOCUMENT: Final = """\
<!doctype html>
<!-- Made by `jejak contract write`; do not edit. -->
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Jejak for BPJS integration</title>
<style>
{style}</style>
</head>
<body>
<a class="skip" href="#main">Skip to the text</a>
<nav aria-label="Contents">
{navigation}
</nav>
<main id="main">
{body}
</main>
</body>
</html>
"""


def _guide(text: str) -> str:
    """The guide, with an anchor on each heading for the navigation and other pages."""
    tokens = _MARKDOWN.parse(text)
    for heading, inline in pairwise(tokens):
        if heading.type == "heading_open":
            heading.attrSet("id", _anchor(inline.content))
    html = str(_MARKDOWN.renderer.render(tokens, _MARKDOWN.options, {}))
    wide = '<div class="wide" role="region" aria-label="table, may scroll sideways" tabindex="0"><table>'
    return html.replace("<table>", wide).replace("</table>", "</table></div>").replace("<pre>", '<pre tabindex="0">')


def _headings(text: str) -> Iterator[str]:
    tokens = _MARKDOWN.parse(text)
    yield from (b.content for a, b in pairwise(tokens) if a.type == "heading_open" and a.tag == "h2")


def _anchor(heading: str) -> str:
    """The anchor of a heading as GitHub makes it, so that a link to it works on both."""
    return "".join(letter for letter in heading.lower() if letter.isalnum() or letter in " -_").replace(" ", "-")


def _navigation(guide: str, editions: Sequence[Edition]) -> str:
    versions = [edition.contract.version for edition in editions]
    links = [(_anchor(heading), heading) for heading in _headings(guide)]
    links += [(f"v{version}", f"Version {version}: every field") for version in versions]
    items = "".join(f'<li><a href="#{anchor}">{escape(text)}</a></li>' for anchor, text in links)
    return f"<ol>{items}</ol>"


def _edition(edition: Edition) -> str:
    contract = edition.contract
    version = f"v{contract.version}"
    named = {published.name: published for published in models(contract)}
    facts = "".join(_fact(edition, named[name], named[personal_name(contract, name)]) for name in contract.messages)
    replies = [
        (name, f"examples/replies/{name}.json", _record(reply["submission"], headers_of_reply(contract, reply), reply))
        for name, reply in edition.replies.items()
    ]
    whole = edition.examples[SETTLED]
    settled = _record(whole["subject"], headers_of(whole), whole[DATA])
    return f"""\
<section id="{version}">
<h2>Version {contract.version}: every field</h2>
<p>For machines: <a href="{version}/asyncapi.yaml">AsyncAPI</a>, <a
href="{version}/openapi.yaml">OpenAPI</a>, <a href="{version}/contract.json">names and
addresses</a>, and a JSON Schema and examples for each part below.</p>
<h3>You read: <code>{topic(contract.topic)}</code></h3>
{_headers(version, "Headers of every message", HEADERS, headers_schema(Attributes, Side.READS))}
{facts}
<h3>You write: <code>{topic(contract.replies)}</code> or <code>POST {contract.path}/replies</code></h3>
{_headers(version, "Headers of a reply on Kafka", REPLY_HEADERS, headers_schema(ReplyAttributes, Side.WRITES))}
{_model(version, named[REPLY], "reply", replies)}
<h3>You read: <code>{topic(contract.replies_rejected)}</code></h3>
{_model(version, named[REPLY_REJECTED], "reply.rejected", [("example", REJECTED, edition.examples[REJECTED])])}
<h3>You read: <code>{topic(contract.replies_settled)}</code></h3>
{_headers(version, "Headers of reply.settled", SETTLED_HEADERS, headers_schema(SettledAttributes, Side.READS))}
{_model(version, named[REPLY_SETTLED], contract.ce_type(REPLY_SETTLED), [("headers and data", SETTLED, settled)])}
</section>"""


def _headers(version: str, title: str, path: str, schema: Schema) -> str:
    return f"""\
<section class="message">
<h4>{title}</h4>
{_paragraphs(str(schema["description"]))}
<p class="files"><a href="{version}/{path}">JSON Schema of these headers</a></p>
{fields_of(schema)}
</section>
"""


def _fact(edition: Edition, fact: PublishedModel, inside: PublishedModel) -> str:
    version, message = f"v{edition.contract.version}", edition.message(fact.name)
    examples: list[tuple[str, str, Any]] = [
        ("headers and data", message_path(fact.name), _record(message["subject"], headers_of(message), message[DATA]))
    ]
    personal = ""
    if (path := personal_path(fact.name)) in edition.examples:
        personal = f"<h5>In <code>personal</code>, once decrypted</h5>{_link(version, inside)}"
        personal += fields_of(schema_of(inside.model, inside.side))
        examples.append(("personal, once decrypted", path, edition.examples[path]))
    return _model(version, fact, edition.contract.ce_type(fact.name), examples, personal)


def _model(
    version: str, published: PublishedModel, title: str, examples: Sequence[tuple[str, str, Any]], more: str = ""
) -> str:
    return f"""\
<section class="message" id="{version}-{published.name}">
<h4><code>{escape(title)}</code></h4>
{_paragraphs(getdoc(published.model) or "")}
{_link(version, published)}
{fields_of(schema_of(published.model, published.side))}
{more}
{"".join(_example(version, *example) for example in examples)}
</section>
"""


def _link(version: str, published: PublishedModel) -> str:
    closed = "" if published.side is Side.READS else " Fields that it does not name are refused."
    name = escape(published.name)
    return f'<p class="files"><a href="{version}/{published.path}">JSON Schema of {name}</a>{closed}</p>'


def _example(version: str, name: str, path: str, value: Any) -> str:
    text = escape(json.dumps(value, ensure_ascii=False, indent=2))
    return (
        f"<details><summary>Example: {escape(name)}</summary>"
        f'<p class="files"><a href="{version}/{path}">{escape(path.rpartition("/")[2])}</a></p>'
        f'<pre tabindex="0"><code>{text}</code></pre></details>'
    )


def _record(key: str, headers: Mapping[str, str], value: Any) -> Mapping[str, Any]:
    """A record as on Kafka."""
    return {"key": key, "headers": headers, "value": value}


def _paragraphs(text: str) -> str:
    return str(_MARKDOWN.render(text))
