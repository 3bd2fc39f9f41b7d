"""Pages that are printed or met by a QR code: Jinja templates, escaped, self-contained, without a script."""

from typing import Any, Final

from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

_TEMPLATES: Final = Environment(
    loader=PackageLoader("ledger"),
    autoescape=select_autoescape(["html"]),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


def page(name: str, status: int = 200, **values: Any) -> HTMLResponse:
    """A template of this package as an answer."""
    return HTMLResponse(_TEMPLATES.get_template(name).render(**values), status, headers=dict(_HEADERS))
