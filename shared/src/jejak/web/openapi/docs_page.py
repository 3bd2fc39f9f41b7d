"""What a service takes, at `/docs/{service}`: its OpenAPI, and a page made of it without script."""

from collections.abc import Iterator, Mapping
from html import escape
from typing import Any, Final

from fastapi import APIRouter, Request, Response

from jejak.web.problem_page import SAFE, STYLE

type Json = Mapping[str, Any]

_COLUMNS: Final = ("Alamat", "Untuk", "Bagian yang dapat diisi", "Isi permintaan")


def explain(service: str) -> APIRouter:
    """Under the service's own name, so that all can be read at one address."""
    router = APIRouter(include_in_schema=False)

    @router.get(f"/docs/{service}/openapi.json")
    async def described(request: Request) -> Json:
        found: Json = request.app.openapi()
        return found

    @router.get(f"/docs/{service}")
    async def explained(request: Request) -> Response:
        return Response(_page(service, request.app.openapi()), headers=SAFE)

    return router


def _page(service: str, openapi: Json) -> str:
    title, description = (escape(openapi["info"].get(one, "")) for one in ("title", "description"))
    head = "".join(f'<th scope="col">{one}</th>' for one in _COLUMNS)
    return (
        f'<!doctype html><html lang="id"><head><meta charset="utf-8"><title>{title} · Jejak</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<link rel="stylesheet" href="{STYLE}"></head><body><header class="kepala"><div>'
        f'<a class="merek" href="/">Jejak</a></div></header><main id="isi"><h1>{title}</h1><p>{description}</p>'
        f'<p><a class="tombol kedua" href="/docs/{service}/openapi.json">OpenAPI (JSON)</a></p>'
        f'<table class="kartu"><caption>Alamat yang dilayani</caption><thead><tr>{head}</tr></thead>'
        f"<tbody>{''.join(_rows(openapi))}</tbody></table></main></body></html>"
    )


def _rows(openapi: Json) -> Iterator[str]:
    for path, methods in openapi["paths"].items():
        for method, one in methods.items():
            parts = [given["name"] for given in one.get("parameters", ())]
            bodies = sorted(one.get("requestBody", {}).get("content", ()))
            cells = (one.get("summary", ""), ", ".join(parts) or "tidak ada", ", ".join(bodies) or "tidak ada")
            told = "".join(
                f'<td data-judul="{column}">{escape(cell)}</td>'
                for column, cell in zip(_COLUMNS[1:], cells, strict=True)
            )
            yield f'<tr><th scope="row">{method.upper()} {escape(path)}</th>{told}</tr>'
