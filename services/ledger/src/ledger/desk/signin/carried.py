"""A form that waits for a sign-in. It is carried in pages, or sealed in a cookie of the browser, and stored nowhere."""

import json
from dataclasses import dataclass

from starlette.datastructures import FormData

from jejak.platform.errors import Malformed
from jejak.web.requests.browser import place_here
from jejak.web.requests.forms import Form


@dataclass(frozen=True, slots=True)
class Waiting:
    """A form to be sent once its sender has signed in. `text`: as `jejak.web.problem_page.kept_text` wrote it."""

    text: str
    action: str
    form: Form

    @classmethod
    def read(cls, text: str | None) -> "Waiting | None":
        """The form as a page of ours wrote it; None for none, Malformed for anything else."""
        if text is None:
            return None
        try:
            carried = json.loads(text)
            fields = FormData([(str(name), str(value)) for name, value in carried["isian"]])
            action = place_here(str(carried["alamat"]))
        except (ValueError, KeyError, TypeError, RecursionError):
            action = None
        if action is None:
            raise Malformed("isian_salah", "Isian yang dibawa tidak dapat dibaca. Isi lagi formulirnya.")
        return cls(text, action, Form.of(fields))
