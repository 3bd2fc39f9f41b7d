"""The API of a service at `/docs/{service}`: its OpenAPI, and a page of its addresses without script."""

from typing import Any

from fastapi import APIRouter, Request, Response

from jejak.web.pages.environment import render
from jejak.web.problem_page import SAFE


def explain(service: str) -> APIRouter:
    """The routes, under the service's own name: all services share one address."""
    router = APIRouter(include_in_schema=False)

    @router.get(f"/docs/{service}/openapi.json")
    async def document(request: Request) -> dict[str, Any]:
        openapi: dict[str, Any] = request.app.openapi()
        return openapi

    @router.get(f"/docs/{service}")
    async def page(request: Request) -> Response:
        openapi = request.app.openapi()
        info, paths = openapi["info"], openapi["paths"]
        about = {"judul": info["title"], "penjelasan": info.get("description", "")}
        return Response(render("penjelasan.html", layanan=service, alamat_dilayani=paths, **about), headers=SAFE)

    return router
