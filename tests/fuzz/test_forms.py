"""Any form that a browser may post gets an answer that is neither a failure nor a redirect to another site."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Final
from urllib.parse import quote_from_bytes

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jejak.web.requests.browser import COOKIE
from jejak.web.requests.forms import CSRF, KEY, NEXT, VERSION, ZONE, csrf
from jejak_tools.stories.people import GUSMIATI
from tests.fuzz.rounds import steady
from tests.fuzz.target import CLERK, Target

FEW: Final = 100
URLENCODED: Final = "application/x-www-form-urlencoded"
TASK: Final = "/cases/{case}/tasks"
APPLICATION: Final = {"layanan": "reaktivasi-kis-pbi"} | {
    f"pemohon.{name}": str(value) for name, value in GUSMIATI.items()
}
FORMS: Final[Mapping[str, Mapping[str, str]]] = {
    "/cases": APPLICATION,
    "/cases/families": APPLICATION,
    "/cases/daftar": {"layanan": "reaktivasi-kis-pbi"},
    f"{TASK}/draft_letter": {},
    f"{TASK}/draft_letter/start": {},
    f"{TASK}/check_documents/start": {},
    f"{TASK}/check_documents": {"hasil": "kurang", "masalah[KK]": '{"document": "KK", "problem": "tidak_ada"}'},
    f"{TASK}/check_registry": {"daftar[]": '{"daftar": "DTKS", "terdaftar": true}'},
    f"{TASK}/deliver": {"cara": "dibawa_pemohon", "waktu_kejadian": "2022-08-01T08:45"},
    "/cases/{case}/withdraw": {},
    "/cases/{case}/told": {"kabar": "kartu_aktif", "cara": "telepon"},
    "/cases/{case}/letters/revoke": {"surat[]": "rekomendasi", "catatan": "Keliru."},
    "/tasks/paraf": {"berkas[]": "{case}"},
    "/tasks/draft_letter/start": {"berkas[]": "{case}"},
    "/batches/13.01/kiriman_harian/close": {},
    "/batches/13.01/kiriman_harian/tasks/deliver": {},
    "/inferred/{sheet}": {"jawaban": "benar"},
    "/bpjs/answers": {},
    "/bpjs/reconciliation": {"berkas[]": "{case}"},
    "/bpjs/unmatched/1": {"berkas": "{case}"},
    "/search": {"cari": "Gusmiati"},
    "/masuk": {"kantor": "13.01", "pejabat": "staf-1", "jabatan": "staf"},
    "/keluar": {},
}
"""The addresses of forms, with the fields of an ordinary form."""
HIDDEN: Final = (KEY, VERSION, NEXT, ZONE)
NAMES: Final = (
    *dict.fromkeys(name for form in FORMS.values() for name in form),
    *("daftar[DTKS].nomor", "daftar", "masalah[]", "masalah", "keterangan.KK", "ditunjukkan[]", "anggota[1].pemohon"),
    *("data", "KTP", "pemohon", "catatan", "waktu_kejadian", *HIDDEN),
)
NESTED: Final = 3_000
INJECTED: Final = "disisipkan"
VALUES: Final = (
    *APPLICATION.values(),
    *("", " ", "\0", "0", "-1", "9" * 400, "1e999", "NaN", "²", "true", "null", "\u202e", "\ud800", "\udfff"),
    *("2022-08-01", "2022-08-01T09:00", "9999-12-31T23:59", "0001-01-01T00:00", "+07:00", "+99:99"),
    *("{", "{}", '{"a": 1}', '{"a": "\\ud800"}', '{"a": "\\u0000"}', '{"a": NaN}', '{"a": ' + "9" * 5_000 + "}"),
    *('{"a":' * NESTED + "1" + "}" * NESTED, '{"daftar": "DTKS", "terdaftar": true}'),
    *("/", "//elsewhere", "/\\elsewhere", "https://elsewhere", "/{berkas}", "/cases/é", "/cases/–", "/\ud800", "/\0"),
    *(f"/a\r\nSet-Cookie: {INJECTED}=b", '"7"', "W/7", "*", "kunci", "kunci –"),
)

any_text = st.text(st.characters(codec=None), max_size=60)
names = st.one_of(
    st.sampled_from(NAMES),
    st.lists(st.one_of(st.sampled_from(NAMES), any_text, st.sampled_from(["", "[", "[]", "a[b][c]"])), max_size=4).map(
        ".".join
    ),
    st.sampled_from([10, 500, 5_000]).map(lambda depth: ".".join("a" * depth)),
    st.sampled_from([10, 500, 5_000]).map(lambda depth: "a" + "[b]" * depth),
)
values = st.one_of(st.sampled_from(VALUES), any_text, st.integers().map(str), st.dates().map(str))
fields = st.builds(
    lambda hidden, odd: [*hidden.items(), *odd],
    st.dictionaries(st.sampled_from(HIDDEN), values),
    st.lists(st.tuples(names, values), max_size=3),
)
kinds = st.one_of(st.sampled_from(["application/pdf", "image/png", "text/csv", "", "x"]), any_text)
files = st.lists(st.tuples(names, st.one_of(any_text, st.just("ktp.pdf")), kinds, st.binary(max_size=60)), max_size=3)
anything = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | any_text,
    lambda inner: st.lists(inner) | st.dictionaries(any_text, inner),
)
paths = st.sampled_from(sorted(FORMS))


def raw(text: str) -> bytes:
    """The bytes of a text, also of one that UTF-8 does not allow."""
    return text.encode("utf-8", "surrogatepass")


def urlencoded(sent: Sequence[tuple[str, str]]) -> bytes:
    return "&".join(f"{quote_from_bytes(raw(name))}={quote_from_bytes(raw(text))}" for name, text in sent).encode()


def quoted(text: str) -> bytes:
    """A name as browsers write it in a multipart header."""
    return raw(text).replace(b'"', b"%22").replace(b"\r", b"%0D").replace(b"\n", b"%0A")


def multipart(sent: Sequence[tuple[str, str]], chosen: Sequence[tuple[str, str, str, bytes]]) -> bytes:
    parts = [b'--x\r\nContent-Disposition: form-data; name="%b"\r\n\r\n%b\r\n' % (quoted(n), raw(t)) for n, t in sent]
    parts += [
        b'--x\r\nContent-Disposition: form-data; name="%b"; filename="%b"\r\nContent-Type: %b\r\n\r\n%b\r\n'
        % (quoted(name), quoted(file), quoted(kind), data)
        for name, file, kind, data in chosen
    ]
    return b"".join((*parts, b"--x--\r\n"))


def form(target: Target, path: str, odd: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """An ordinary form of this address with odd fields added, and the mark of this browser's session."""
    token = csrf(target.jejak.player.token_key, target.office.token(CLERK))
    ordinary = [(name, text.replace("{case}", target.cases[0].id)) for name, text in FORMS[path].items()]
    return [(CSRF, token), *ordinary, *odd]


def posted(target: Target, path: str, body: bytes, kind: str, *, at: int = 0) -> httpx.Response:
    address = path.format_map(target.known[at])
    target.jejak.player.http.cookies.clear()  # a form that signs in or out does not affect the next
    cookie = {"Cookie": f"{COOKIE}={target.office.token(CLERK)}", "Accept": "text/html", "Content-Type": kind}
    return target.jejak.player.http.post(address, content=body, headers=cookie)


def posted_json(target: Target, path: str, body: bytes) -> httpx.Response:
    """The same address, as a program posts to it."""
    address = path.format_map(target.known[0])
    return target.jejak.player.http.post(address, content=body, headers=target.as_program(CLERK))


def answered(answer: httpx.Response, request: object) -> None:
    """The answer is no failure, and a redirect stays on this site."""
    assert answer.status_code < 500, (request, answer.text)
    place = answer.headers.get("location", "/")
    assert place.startswith("/"), (request, place)
    assert not place.startswith(("//", "/\\")), (request, place)
    assert INJECTED not in answer.cookies, (request, place)


def test_an_ordinary_form_is_taken(target: Target) -> None:
    """Otherwise every other form of this module would be refused as well."""
    answer = posted(target, "/cases", urlencoded(form(target, "/cases", [])), URLENCODED)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")


@steady(FEW)
@given(paths, fields)
def test_no_form_makes_a_service_fail(target: Target, path: str, sent: list[tuple[str, str]]) -> None:
    answered(posted(target, path, urlencoded(form(target, path, sent)), URLENCODED), (path, sent))


@steady(FEW)
@given(paths, fields, files)
def test_no_form_with_files_makes_a_service_fail(
    target: Target, path: str, sent: list[tuple[str, str]], chosen: list[tuple[str, str, str, bytes]]
) -> None:
    body = multipart(form(target, path, sent), chosen)
    answered(posted(target, path, body, "multipart/form-data; boundary=x"), (path, sent, chosen))


@pytest.mark.parametrize("codec", ["utf-7", "punycode", "unicode_escape", "raw_unicode_escape", "utf-16", "none"])
def test_no_codec_that_a_form_names_makes_a_service_fail(target: Target, codec: str) -> None:
    kind, halves = f"multipart/form-data; boundary=x; charset={codec}", "\\ud800+2AA-"
    for path in sorted(FORMS):
        for name in ("catatan", "nama", "data", "cari", halves):
            body = multipart(form(target, path, [(name, halves)]), [("KTP", halves, "image/png", b"x")])
            assert posted(target, path, body, kind).status_code == 415, (path, name)


@steady(FEW)
@given(paths, anything)
def test_no_program_makes_a_service_fail(target: Target, path: str, sent: object) -> None:
    answered(posted_json(target, path, raw(json.dumps(sent))), (path, sent))


@pytest.mark.parametrize("name", HIDDEN)
def test_no_hidden_field_makes_a_service_fail(target: Target, name: str) -> None:
    """The rest of the form is valid, so that the field is read."""
    path = f"{TASK}/check_documents/start"
    for text in VALUES:
        answered(posted(target, path, urlencoded(form(target, path, [(name, text)])), URLENCODED, at=1), (name, text))


@pytest.mark.parametrize("path", sorted(FORMS))
def test_json_nested_too_deeply_is_refused(target: Target, path: str) -> None:
    answered(posted_json(target, path, b"[" * 100_000), path)
