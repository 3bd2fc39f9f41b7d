"""What a person reads when something was not done: one sentence, what was typed, what happened meanwhile, what to do.

Programs get the same as a problem document (RFC 9457). Plain HTML, so that every service can say it.
"""

import html
import json
import re
import uuid
from collections.abc import Iterable, Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import quote

from jejak.platform import ids
from jejak.privacy.person_words import PERSON_WORDS
from jejak.web.requests.bodies import TOO_LONG_TO_KEEP

STYLE: Final = "/gaya.css"
SAFE: Final = {
    "content-type": "text/html; charset=utf-8",
    "content-security-policy": "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'",
    "cache-control": "no-store",
    "referrer-policy": "same-origin",
    "vary": "Accept, Cookie",
}
_TITLES: Final = {
    401: "Masuk dahulu",
    403: "Bukan untuk Anda",
    404: "Tidak ditemukan",
    412: "Berkas sudah berubah",
    500: "Ada kesalahan pada sistem",
    503: "Sedang tidak dapat dilayani",
}
_BACK: Final = (
    "<p>Tekan tombol <strong>Kembali</strong> pada peramban untuk memperbaiki isian: isian Anda masih ada di sana.</p>"
)
_AGAIN: Final = "Masuk lagi"
_STALE: Final = "Berkas ini sudah berubah sejak Anda membukanya, jadi isian Anda belum tersimpan."
_LONG: Final = 60
_MEMBER: Final = re.compile(r"anggota\.(\d+)\.peserta")
"""One of a family, as the counter's form names and numbers them."""
_CASE: Final = 3
"""Parts of an address up to its case: "", "cases", and which."""

CHOSEN: Final = "_berkas"
"""Hidden field of a form that is sent again: in which of its fields files had been chosen, one a line."""
KEPT: Final = "_isian"
"""Field of a sign-in: the form that is to be sent afterwards, as `kept_text` writes it."""
SIGN_IN: Final = "/masuk"
_FILES_LOST: Final = "<p>Berkas yang Anda pilih tidak ikut tersimpan: pilihlah lagi sebelum mengirim.</p>"

type Fields = Sequence[tuple[str, str]]


def problem_page(problem: Mapping[str, Any], place: str = "/") -> bytes:
    """Something asked for that cannot be shown, or was not stored. `place`: where it was asked for."""
    status = int(problem.get("status", 500))
    if str(problem.get("type", "")).endswith(TOO_LONG_TO_KEEP):
        return too_long_page(problem)
    if status == HTTPStatus.UNAUTHORIZED:
        return _sign_in_page(place)
    chain = problem.get("rantai")
    more = f'<p><a href="{html.escape(str(chain))}">Periksa keutuhan berkas ini</a></p>' if chain else ""
    return _page(_TITLES.get(status, "Belum dapat dilayani"), _sentence(problem), more)


def unsaved_page(problem: Mapping[str, Any], fields: Fields) -> bytes:
    """What was wrong with a form, and what was typed into it, so that nothing of it is lost."""
    kept = _typed(fields)
    return _page("Belum tersimpan", _sentence(problem), _BACK, f"<h2>Yang Anda isi</h2>{kept}" if kept else "")


def _sign_in_page(place: str) -> bytes:
    words = "Halaman ini untuk petugas kantor. Masuk dahulu; sesudah itu Anda kembali ke halaman ini."
    link = f'<p><a class="tombol" href="{SIGN_IN}?lanjut={quote(place, safe="")}">Masuk</a></p>'
    return _page(_TITLES[401], words, link, tone="peringatan")


def session_ended_page(fields: Fields, action: str, hidden: Mapping[str, str], files: Sequence[str]) -> bytes:
    """A form whose sender has to sign in first: here, or in another tab; what was typed goes along in the page itself.

    `action`: where it was sent; `files`: the fields in which files were chosen.
    """
    kept = dict(hidden) | ({CHOSEN: "\n".join(dict.fromkeys(files))} if files else {})
    here = _hidden([(KEPT, kept_text(fields, action, kept))])
    there = _hidden([*kept.items(), *fields])
    words = "Sesi Anda sudah berakhir. Isian Anda belum terkirim, tetapi masih ada di halaman ini. Masuk, lalu kirim."
    return _page(
        _AGAIN,
        words,
        f'<form method="post" action="{SIGN_IN}">{here}<p class="deret">'
        "<button>Masuk, lalu lanjutkan</button></p></form>",
        f'<form method="post" action="{html.escape(action)}">{there}<p class="deret">'
        '<button class="kedua">Saya sudah masuk pada tab lain</button></p></form>',
        _FILES_LOST if files else "",
        f"<h2>Yang Anda isi</h2>{_typed(fields)}",
        tone="peringatan",
    )


def too_long_page(problem: Mapping[str, Any], _: Fields = ()) -> bytes:
    """A form whose session has ended, and that is too long to go along through a sign-in."""
    link = f'<p><a class="tombol" href="{SIGN_IN}">Masuk</a></p>'
    return _page(_AGAIN, _sentence(problem), link, tone="peringatan")


def resend_page(fields: Fields, action: str, hidden: Mapping[str, str]) -> bytes:
    """The form once more, as it was typed, to be looked over and sent by whoever is signed in now."""
    files = hidden.get(CHOSEN, "").splitlines()
    own = {name: text for name, text in hidden.items() if name != CHOSEN}
    words = "Anda sudah masuk. Isian Anda belum terkirim: periksa, lalu kirim."
    again = _again(fields, action, own, button="Kirim", files=files)
    return _page("Kirim isian Anda", words, _FILES_LOST if files else "", again, tone="peringatan")


def kept_text(fields: Fields, action: str, hidden: Mapping[str, str]) -> str:
    """A form as text that goes along through a sign-in, in the pages and nowhere else."""
    return json.dumps({"alamat": action, "isian": [*hidden.items(), *fields]}, ensure_ascii=False)


def stale_page(problem: Mapping[str, Any], fields: Fields, action: str, hidden: Mapping[str, str], files: int) -> bytes:
    """What happened since the form was opened, and the form again: as typed, to be sent on the case as it is now.

    Files cannot be kept; where some were chosen, what was typed stands to be copied.
    """
    case = "/".join(action.partition("?")[0].split("/")[:_CASE])
    look = f'<p><a href="{html.escape(case)}">Lihat berkas seperti keadaannya sekarang</a></p>'
    since = _since(problem.get("sejak", ()))
    if files:
        kept = f"<h2>Yang Anda isi</h2>{_typed(fields)}<p>Berkas yang Anda pilih harus dipilih lagi.</p>"
        return _page(_TITLES[412], _STALE, since, kept, look)
    again = _again(fields, action, hidden)
    return _page(_TITLES[412], _STALE, since, look, f"<h2>Yang Anda isi</h2>{again}")


def partly_page(said: Mapping[str, Any], onward: str) -> bytes:
    """Of several cases some were done and some were not: which, and why."""
    lines = "".join(_failed(one) for one in said.get("berkas", ()) if one.get("sebab"))
    sentence = f"{said['selesai']} berkas tersimpan, {said['gagal']} belum."
    go_on = f'<p><a class="tombol" href="{html.escape(onward)}">Lanjutkan</a></p>'
    return _page("Sebagian belum tersimpan", sentence, f"<ul>{lines}</ul>", go_on)


def report_page(said: Mapping[str, Any], onward: str) -> bytes:
    """What came of each row of a list of applicants, or of a file of answers."""
    if "diterapkan" in said:
        return _answers_page(said, onward)
    rows = "".join(_reported(one) for one in said["laporan"])
    sentence = f"{said['diajukan']} diajukan, {said['sudah_ada']} sudah ada sebelumnya, {said['ditolak']} belum dapat."
    unused = said.get("kolom_tidak_dipakai")
    aside = f"<p>{unused} kolom tidak dikenal dan tidak dipakai.</p>" if unused else ""
    again = "<p>Perbaiki baris yang belum dapat, lalu unggah lagi: baris yang sudah ada tidak tercatat dua kali.</p>"
    more = f'<p><a class="tombol" href="{html.escape(onward)}">Unggah daftar lagi</a></p>'
    found = (aside, _rows(rows), again if said["ditolak"] else "", more)
    return _page("Laporan daftar", sentence, *found, tone="sukses")


def _answers_page(said: Mapping[str, Any], onward: str) -> bytes:
    rows = "".join(_answered(one) for one in said["laporan"])
    counts = f"{said['baris']} baris: {said['diterapkan']} diterapkan, {said['perlu_dilihat']} perlu dilihat orang."
    sentence = f"Berkas ini sudah pernah dimuat; tidak ada yang berubah. {counts}" if said["ulangan"] else counts
    look = '<p><a class="tombol" href="/bpjs/unmatched">Lihat yang tidak cocok</a></p>' if said["perlu_dilihat"] else ""
    more = f'<p><a class="tombol kedua" href="{html.escape(onward)}">Kembali ke meja BPJS</a></p>'
    return _page("Laporan jawaban BPJS", sentence, _rows(rows) if rows else "", look, more, tone="sukses")


def _rows(rows: str) -> str:
    head = "".join(f'<th scope="col">{one}</th>' for one in ("Baris", "Hasil", "Keterangan"))
    return f'<table class="kartu"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>'


def _answered(one: Mapping[str, Any]) -> str:
    words = html.escape(str(one["hasil"]).replace("_", " "))
    case = f'<a href="/cases/{html.escape(one["berkas"])}">{html.escape(one["kode"])}</a>: ' if one["berkas"] else ""
    return _row(one, words, f"{case}{html.escape(str(one['sebab']))}")


def _reported(one: Mapping[str, Any]) -> str:
    words = {"diajukan": "diajukan", "sudah_ada": "sudah ada", "ditolak": "belum dapat"}[one["hasil"]]
    code = html.escape(str(one["kode"] or ""))
    link = f'<a href="/cases/{code}/tanda-terima">Tanda terima {code}</a>' if code else html.escape(str(one["sebab"]))
    return _row(one, words, link)


def _row(one: Mapping[str, Any], words: str, link: str) -> str:
    return (
        f'<tr><th scope="row" data-judul="Baris">{int(one["baris"])}</th><td data-judul="Hasil">{words}</td>'
        f'<td data-judul="Keterangan">{link}</td></tr>'
    )


def _failed(one: Mapping[str, Any]) -> str:
    case = str(one["berkas"])
    code = ids.case_code(uuid.UUID(case))
    return f'<li><a href="/cases/{html.escape(case)}">{code}</a>: {html.escape(str(one["sebab"]))}</li>'


def _sentence(problem: Mapping[str, Any]) -> str:
    return str(problem.get("detail", "Permintaan tidak dapat dilayani."))


def _typed(fields: Fields) -> str:
    rows = "".join(f"<dt>{_label(name)}</dt><dd>{html.escape(_shown(text))}</dd>" for name, text in fields)
    return f'<dl class="rinci">{rows}</dl>' if rows else ""


def _label(name: str) -> str:
    """What a field is called: `pemohon.name` is "Nama pemohon", as on the form."""
    whose, _, field = name.rpartition(".")
    if field in PERSON_WORDS:
        words = f"{PERSON_WORDS[field]} {_MEMBER.sub(r'peserta \1', whose)}"
    else:
        words = name.replace("[]", "").replace("[", " ").replace("]", "")
    words = words.replace(".", " ").replace("_", " ").strip()
    return html.escape(words[:1].upper() + words[1:])


def _shown(text: str) -> str:
    """A value as a person reads it: of an object in JSON its words."""
    if not text.startswith("{"):
        return text
    try:
        return ", ".join(str(one).replace("_", " ") for one in json.loads(text).values())
    except (ValueError, RecursionError):
        return text


def _since(events: Iterable[Mapping[str, Any]]) -> str:
    lines = "".join(
        f'<li>{html.escape(one["kalimat"])} <span class="pudar">{html.escape(one["oleh"])},'
        f" {html.escape(one['setempat'])}</span></li>"
        for one in events
    )
    return f'<h2>Yang terjadi sejak Anda membukanya</h2><ol class="jejak">{lines}</ol>' if lines else ""


def _hidden(fields: Iterable[tuple[str, str]]) -> str:
    return "".join(
        f'<input type="hidden" name="{html.escape(name)}" value="{html.escape(text)}">' for name, text in fields
    )


def _again(
    fields: Fields,
    action: str,
    hidden: Mapping[str, str],
    *,
    button: str = "Kirim lagi pada keadaan terbaru",
    files: Sequence[str] = (),
) -> str:
    kept = _hidden((*hidden.items(), *(one for one in fields if not _long(*one))))
    words = "".join(
        f'<label for="isian-{n}">{_label(name)}</label>'
        f'<textarea id="isian-{n}" name="{html.escape(name)}">{html.escape(text)}</textarea>'
        for n, (name, text) in enumerate(fields)
        if _long(name, text)
    )
    shown = _typed([one for one in fields if not _long(*one)])
    chosen = "".join(
        f'<label for="berkas-{n}">{_label(name)}</label>'
        f'<input type="file" id="berkas-{n}" name="{html.escape(name)}" multiple>'
        for n, name in enumerate(files)
    )
    kind = ' enctype="multipart/form-data"' if files else ""
    return (
        f'<form class="isian" method="post" action="{html.escape(action)}"{kind}>{kept}{shown}{words}{chosen}'
        f'<p class="deret"><button>{button}</button></p></form>'
    )


def _long(name: str, text: str) -> bool:
    """Whether a value is somebody's own words, to be looked over before they are sent again."""
    return not text.startswith("{") and (name.endswith("catatan") or len(text) > _LONG or "\n" in text)


def _page(title: str, sentence: str, *parts: str, tone: str = "galat") -> bytes:
    return (
        f'<!doctype html><html lang="id"><head><meta charset="utf-8"><title>{title} · Jejak</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<link rel="stylesheet" href="{STYLE}"></head><body><header class="kepala"><div>'
        f'<a class="merek" href="/">Jejak</a></div></header><main class="sempit"><h1>{title}</h1>'
        f'<p role="alert" class="{tone}">{html.escape(sentence)}</p>{"".join(parts)}'
        '<p><a href="/">Ke halaman awal</a></p></main></body></html>'
    ).encode()
