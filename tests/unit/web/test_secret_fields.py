"""A passphrase in a form reaches its command as it was typed, and no page shows or carries it."""

from __future__ import annotations

from typing import Final

from starlette.datastructures import FormData

from jejak.web.problem_page import resend_page, stale_page, unsaved_page
from jejak.web.requests.browser import ended
from jejak.web.requests.forms import ASKED_AGAIN, CSRF, Form

SECRET: Final = ' {"rahasia": 2026-01-01T00:00 '
ACTION: Final = "/cases/7K3M-9QXA-2BCD/tasks/sign"


def typed() -> Form:
    """The form of a signature."""
    return Form.of(
        FormData([(CSRF, "tanda"), ("catatan", "Setuju."), ("hasil", "ditandatangani"), ("passphrase", SECRET)])
    )


def test_the_command_gets_the_passphrase_as_it_was_typed() -> None:
    assert typed().body()["passphrase"] == SECRET


def test_no_page_shows_it_and_those_that_send_again_ask_for_it_again() -> None:
    form = typed()
    stale = {"versi": 5, "sejak": []}
    pages = {
        "ended": ended(form, ACTION),
        "resend": resend_page(form.shown, ACTION, form.hidden),
        "stale": stale_page(stale, form.shown, ACTION, form.hidden, 0),
        "unsaved": unsaved_page({"detail": "Passphrase salah.", "status": 409}, form.shown),
    }

    assert [name for name, page in pages.items() if b"2026-01-01T00:00" in page] == []
    assert all(b"Setuju." in page for page in pages.values())
    asking = [name for name, page in pages.items() if b'type="password"' in page and b'name="passphrase"' in page]
    assert asking == ["resend", "stale"]


def test_what_a_sign_in_carries_names_the_field_and_not_the_value() -> None:
    form = typed()

    assert form.hidden[ASKED_AGAIN] == "passphrase"
    assert all(SECRET not in value for value in form.hidden.values())
    assert "passphrase" not in dict(form.shown)


def test_a_form_without_a_secret_asks_for_none() -> None:
    form = Form.of(FormData([(CSRF, "tanda"), ("catatan", "Setuju."), ("passphrase", "")]))

    assert ASKED_AGAIN not in form.hidden
    assert b'type="password"' not in resend_page(form.shown, ACTION, form.hidden)
