"""The Jinja environments of pages: escaped, strict about undefined values, with dates in Indonesian."""

from functools import cache
from typing import Any, Final

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined, select_autoescape

from jejak.cases.people.newborn import standing_in
from jejak.platform.trace import current_trace
from jejak.timekeeping.printed.words import date_words, instant_words
from jejak.web.requests.forms import in_name

SHARED: Final = "jejak.web.pages"
"""The package with the layout and the templates that every service has."""


@cache
def environment(package: str = SHARED) -> Environment:
    """The templates of a service's package, on top of the shared ones."""
    made = Environment(
        loader=ChoiceLoader([PackageLoader(package), PackageLoader(SHARED)]),
        autoescape=select_autoescape(["html", "svg"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {"waktu": instant_words, "tanggal": date_words}
    made.filters |= {"pengganti_nik": standing_in, "dalam_nama": in_name}
    made.globals["jejak_kini"] = current_trace
    return made


def render(template: str, **values: Any) -> str:
    """A shared template with these values."""
    return environment().get_template(template).render(values)
