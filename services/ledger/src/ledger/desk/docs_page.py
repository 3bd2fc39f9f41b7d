"""What a service takes, as a page made of its OpenAPI: no script, and nothing fetched from elsewhere."""

from collections.abc import Iterator, Mapping
from typing import Any

from fastapi.responses import HTMLResponse

from jejak.web.pages.layout import plain_page

type Json = Mapping[str, Any]


def described_page(service: str, openapi: Json) -> HTMLResponse:
    """The page of `GET /docs/{service}`."""
    return plain_page(
        "ledger", "alamat_layanan.html", layanan=service, info=openapi["info"], alamat=list(_operations(openapi))
    )


def _operations(openapi: Json) -> Iterator[Json]:
    for path, methods in openapi["paths"].items():
        for method, one in methods.items():
            yield {
                "cara": method.upper(),
                "alamat": path,
                "ringkas": one.get("summary", ""),
                "bagian": [given["name"] for given in one.get("parameters", ())],
                "isi": sorted(one.get("requestBody", {}).get("content", ())),
            }
