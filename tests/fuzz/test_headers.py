"""Any header that HTTP's grammar allows gets an answer that is no failure."""

from __future__ import annotations

from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jejak.web.requests.browser import COOKIE
from jejak.web.requests.forms import CSRF, csrf
from tests.fuzz.rounds import steady
from tests.fuzz.target import CLERK, Target

FEW: Final = 80
READ: Final = (
    *("/", "/masuk", "/lacak?kode=x", "/worklist", "/cases", "/cases/baru", "/cases/{case}", "/cases/{case}/timeline"),
    *("/cases/{case}/tasks/draft_letter", "/cases/{case}/tanda-terima", "/cases/{case}/letters/rekomendasi/draft"),
    *("/cases/{case}/evidence", "/registers/{office}/buku", "/registers/{office}/buku?bentuk=xlsx", "/timings"),
    *("/timings/kantor", "/bpjs", "/bpjs/outstanding", "/bpjs/submissions", "/batches/{office}", "/inferred/{sheet}"),
    *("/gaya.css", "/docs/intake", "/docs/intake/openapi.json", "/dev/clock", "/health", "/ready", "/open", "/nowhere"),
)
WRITTEN: Final = (
    *("/cases", "/cases/daftar", "/cases/{case}/tasks/draft_letter/start", "/cases/{case}/tasks/check_registry"),
    *("/cases/{case}/told", "/tasks/paraf", "/inferred/{sheet}", "/bpjs/answers", "/bpjs/replies", "/search", "/masuk"),
)
HALVES: Final = b'--x\r\nContent-Disposition: form-data; name="data"\r\n\r\n\\ud800+2AA-\r\n--x--\r\n'
BODIES: Final = (b"", b"{}", b"[", b"\xff\0", b"--x\r\n\r\n--x--", HALVES, b"_tanda=x&berkas[]=y")
CODECS: Final = ("utf-8", "utf-7", "utf-16", "punycode", "idna", "unicode_escape", "raw_unicode_escape", "hex", "x")
"""Codecs of Python; some take hours, and some make lone surrogates."""
ORDINARY: Final = {
    "Accept": ("text/html", "application/json", "*/*;q=0.1", "text/html, application/json"),
    "Accept-Encoding": ("gzip", "br;q=1", "identity;q=0"),
    "Accept-Language": ("id", "*"),
    "Authorization": ("Bearer x", "Bearer a.b.c", "Bearer", "Basic eDp5", "Bearer eyJhbGciOiJub25lIn0.e30."),
    "Ce-Id": ("1",),
    "Ce-Specversion": ("1.0",),
    "Ce-Type": ("id.jejak.bpjs.reply.v1",),
    "Content-Type": (
        *("application/json", "multipart/form-data; boundary=x", "multipart/form-data; boundary=", "text/csv"),
        *("application/x-www-form-urlencoded; charset=utf-7", "application/cloudevents-batch+json"),
        *(f"multipart/form-data; boundary=x; charset={codec}" for codec in CODECS),
    ),
    "Cookie": (f"{COOKIE}=x", f"{COOKIE}=", f'{COOKIE}="\\351"', "a=b; a=c", "=", "$Version=1"),
    "Expect": ("100-continue",),
    "Forwarded": ("for=[::1]",),
    "HX-Request": ("true",),
    "Idempotency-Key": ("1", "k" * 200, "k" * 201),
    "If-Match": ('"7"', 'W/"7"', "*", "7", '"\xb2"', "9" * 400, "-1"),
    "If-Modified-Since": ("Mon, 01 Aug 2022 00:00:00 GMT",),
    "If-None-Match": ('"x"', "*"),
    "Last-Event-ID": ("1", "-1", "9" * 400),
    "Origin": ("null", "https://elsewhere"),
    "Range": ("bytes=0-", "bytes=-1", "bytes=9-1", "bytes=0-0,0-0"),
    "Referer": ("https://elsewhere/",),
    "Sec-Fetch-Site": ("cross-site", "none"),
    "X-Forwarded-For": ("::1", "999.0.0.1, x", "127.0.0.1:99999"),
    "X-Forwarded-Host": ("elsewhere",),
    "X-Forwarded-Proto": ("https", "wss"),
}
"""Headers that Jejak or its libraries read, with values that clients send."""

octets = st.lists(st.sampled_from([9, *range(32, 127), *range(128, 256)]), max_size=300).map(
    lambda codes: bytes(codes).strip()
)
tokens = st.text("!#$%&'*+-.^_`|~0123456789abcXYZ", min_size=1, max_size=30)
sent = st.one_of(
    st.sampled_from([(name, value.encode("latin-1")) for name, values in ORDINARY.items() for value in values]),
    st.tuples(st.sampled_from(sorted(ORDINARY)), octets),
    st.tuples(tokens.map(lambda name: f"X-{name}"), octets),
)
headers = st.lists(sent, max_size=5)
signed_in = st.sampled_from(["", "token", "cookie"])


def known(target: Target, how: str) -> dict[str, str]:
    """The headers that identify a program or a browser."""
    token = target.office.token(CLERK)
    return {"": {}, "token": {"Authorization": f"Bearer {token}"}, "cookie": {"Cookie": f"{COOKIE}={token}"}}[how]


def answered(target: Target, method: str, path: str, how: str, odd: list[tuple[str, bytes]], body: bytes) -> None:
    given_too = [(name.encode(), value.encode()) for name, value in known(target, how).items()]
    all_headers = [*given_too, *((name.encode(), value) for name, value in odd)]
    target.jejak.player.http.cookies.clear()
    answer = target.jejak.player.http.request(
        method, path.format_map(target.known[0]), headers=all_headers, content=body
    )
    assert answer.status_code < 500, (method, path, how, odd, body, answer.text)


@pytest.mark.parametrize("name", sorted(ORDINARY))
def test_no_value_of_an_ordinary_header_makes_a_writing_fail(target: Target, name: str) -> None:
    for value in ORDINARY[name]:
        for path in WRITTEN:
            for body in (b"{}", HALVES):
                answered(target, "POST", path, "token", [(name, value.encode("latin-1"))], body)


@steady(FEW)
@given(st.sampled_from(["GET", "HEAD"]), st.sampled_from(READ), signed_in, headers)
def test_no_header_makes_a_reading_fail(
    target: Target, method: str, path: str, how: str, odd: list[tuple[str, bytes]]
) -> None:
    answered(target, method, path, how, odd, b"")


@steady(FEW)
@given(st.sampled_from(WRITTEN), signed_in, headers, st.sampled_from(BODIES))
def test_no_header_makes_a_writing_fail(
    target: Target, path: str, how: str, odd: list[tuple[str, bytes]], body: bytes
) -> None:
    answered(target, "POST", path, how, odd, body)


@steady(FEW)
@given(st.sampled_from(WRITTEN), headers)
def test_no_header_makes_a_form_fail(target: Target, path: str, odd: list[tuple[str, bytes]]) -> None:
    mark = csrf(target.jejak.player.token_key, target.office.token(CLERK))
    kind = ("Content-Type", b"application/x-www-form-urlencoded")
    answered(target, "POST", path, "cookie", [kind, *odd], f"{CSRF}={mark}&berkas[]=x".encode())
