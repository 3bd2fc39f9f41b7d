"""Pages in the place of problem documents (RFC 9457), and reports: one sentence, what was typed, what to do.

Every service renders them, without knowing the official.
"""

import json
import uuid
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final, NamedTuple
from urllib.parse import quote

from jejak.contracts.task_bodies import SECRETS
from jejak.platform import ids
from jejak.privacy.person_words import field_words
from jejak.web.pages.environment import render
from jejak.web.requests.bodies import TOO_LONG_TO_KEEP
from jejak.web.requests.forms import ASKED_AGAIN

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
_AGAIN: Final = "Masuk lagi"
_LONG: Final = 60
_CASE: Final = 3
"""Parts of an address up to its case: "", "cases", and the case."""

CHOSEN: Final = "_berkas"
"""Hidden field of a form that is sent again: the fields in which files had been chosen, one a line."""
KEPT: Final = "_isian"
"""Field of a sign-in: the form to send afterwards, as `kept_text` writes it."""
FRESH: Final = "segar"
"""Field of a sign-in: the issuer is to ask for the password or factor again."""
SIGN_IN: Final = "/masuk"

type Fields = Sequence[tuple[str, str]]


class _Typed(NamedTuple):
    """A field that was filled in."""

    name: str
    text: str

    @property
    def label(self) -> str:
        """The field's name as on the form: `pemohon.name` is "Nama pemohon"."""
        words = field_words(self.name)
        return words[:1].upper() + words[1:]

    @property
    def shown(self) -> str:
        """The value as a person reads it: of a JSON object the values."""
        if not self.text.startswith("{"):
            return self.text
        try:
            return ", ".join(str(value).replace("_", " ") for value in json.loads(self.text).values())
        except (ValueError, RecursionError):
            return self.text

    @property
    def own_words(self) -> bool:
        """Whether the value is free text, to be reviewed before it is sent again."""
        is_long = self.name.endswith("catatan") or len(self.text) > _LONG or "\n" in self.text
        return is_long and not self.text.startswith("{")


def problem_page(problem: Mapping[str, Any], place: str = "/") -> bytes:
    """A page that cannot be shown, or a command that was not carried out. `place`: the requested page."""
    status = int(problem.get("status", 500))
    if str(problem.get("type", "")).endswith(TOO_LONG_TO_KEEP):
        return too_long_page(problem)
    if status == HTTPStatus.UNAUTHORIZED:
        words = "Halaman ini untuk petugas kantor. Masuk dahulu; sesudah itu Anda kembali ke halaman ini."
        return _page(_TITLES[401], words, tone="peringatan", masuk=f"{SIGN_IN}?lanjut={quote(place, safe='')}")
    return _page(_TITLES.get(status, "Belum dapat dilayani"), _sentence(problem), rantai=problem.get("rantai"))


def unsaved_page(problem: Mapping[str, Any], fields: Fields) -> bytes:
    """A form that was refused: why, and what was typed into it."""
    return _form_page("Belum tersimpan", _sentence(problem), "kembali", fields, tone="galat")


def session_ended_page(
    fields: Fields, action: str, hidden: Mapping[str, str], files: Sequence[str], *, again: bool = False
) -> bytes:
    """A form whose session has ended: the sender signs in here or in another tab, and the page carries the form.

    `action`: its address; `files`: the fields in which files were chosen; `again`: the session is open, but its sign-in
    is too old for a signature.
    """
    own = dict(hidden) | ({CHOSEN: "\n".join(dict.fromkeys(files))} if files else {})
    why = "Sebelum menandatangani, masuklah sekali lagi." if again else "Sesi Anda sudah berakhir."
    words = f"{why} Isian Anda belum terkirim, tetapi masih ada di halaman ini. Masuk, lalu kirim."
    kept = [(KEPT, kept_text(fields, action, own)), *([(FRESH, "1")] if again else ())]
    carried: dict[str, Any] = {"simpanan": kept, "bawaan": list(own.items())}
    return _form_page(_AGAIN, words, "masuk", fields, alamat=action, tanpa_berkas=bool(files), **carried)


def too_long_page(problem: Mapping[str, Any], _: Fields = ()) -> bytes:
    """A form whose session has ended, and that is too long to be carried through a sign-in."""
    return _page(_AGAIN, _sentence(problem), tone="peringatan", masuk=SIGN_IN)


def resend_page(fields: Fields, action: str, hidden: Mapping[str, str]) -> bytes:
    """The form as it was typed, to be reviewed and sent by the official who is signed in now."""
    files = [_Typed(name, "") for name in hidden.get(CHOSEN, "").splitlines()]
    own = [(name, text) for name, text in hidden.items() if name not in (CHOSEN, ASKED_AGAIN)]
    words = "Anda sudah masuk. Isian Anda belum terkirim: periksa, lalu kirim."
    values: dict[str, Any] = {"alamat": action, "bawaan": own, "berkas": files, "tanpa_berkas": bool(files)}
    values["rahasia"] = _asked_again(hidden)
    return _form_page("Kirim isian Anda", words, "kirim", fields, **values)


def kept_text(fields: Fields, action: str, hidden: Mapping[str, str]) -> str:
    """A form as text that a sign-in carries, within the pages alone."""
    return json.dumps({"alamat": action, "isian": [*hidden.items(), *fields]}, ensure_ascii=False)


def stale_page(problem: Mapping[str, Any], fields: Fields, action: str, hidden: Mapping[str, str], files: int) -> bytes:
    """The events since the form was opened, and the form as typed, to be sent on the case as it is now.

    Files cannot be carried: a form with files is only shown, to be copied.
    """
    case = "/".join(action.partition("?")[0].split("/")[:_CASE])
    words = "Berkas ini sudah berubah sejak Anda membukanya, jadi isian Anda belum tersimpan."
    values: dict[str, Any] = {
        "alamat": action,
        "bawaan": list(hidden.items()),
        "berkas_kini": case,
        "rahasia": _asked_again(hidden),
        "sejak": problem.get("sejak", ()),
    }
    return _form_page(_TITLES[412], words, "salin" if files else "kirim_lagi", fields, tone="galat", **values)


def _asked_again(hidden: Mapping[str, str]) -> list[_Typed]:
    """The secret fields that have to be typed again."""
    return [_Typed(name, "") for name in hidden.get(ASKED_AGAIN, "").splitlines() if name in SECRETS]


def partly_page(answer: Mapping[str, Any], onward: str) -> bytes:
    """The report of a bulk task that was refused for some cases: which, and why."""
    refused = [
        {"berkas": case["berkas"], "kode": ids.case_code(uuid.UUID(case["berkas"])), "sebab": case["sebab"]}
        for case in answer.get("berkas", ())
        if case.get("sebab")
    ]
    sentence = f"{answer['selesai']} berkas tersimpan, {answer['gagal']} belum."
    onwards = [(onward, "Lanjutkan", "")]
    return _report("Sebagian belum tersimpan", sentence, tone="galat", gagal=refused, lanjut=onwards)


def report_page(answer: Mapping[str, Any], onward: str) -> bytes:
    """The result of each row of a list of applicants, or of a file of answers."""
    if "diterapkan" in answer:
        return _answers_page(answer, onward)
    counts = f"{answer['diajukan']} diajukan, {answer['sudah_ada']} sudah ada sebelumnya"
    notes = []
    if asked := answer["ditanyakan"]:
        counts += f", {asked} ditanyakan"
        rows = ", ".join(str(row["baris"]) for row in answer["laporan"] if row["hasil"] == "ditanyakan")
        notes.append(
            f"Baris yang ditanyakan belum diajukan: {rows}. Cocokkan dengan KTP atau KK. Yang salah diperbaiki; yang "
            "memang benar disebut pada «Baris yang sudah dicocokkan». Lalu unggah lagi."
        )
    if unused := answer.get("kolom_tidak_dipakai"):
        notes.append(f"{unused} kolom tidak dikenal dan tidak dipakai.")
    if refused := answer["ditolak"]:
        notes.append("Perbaiki baris yang belum dapat, lalu unggah lagi: baris yang sudah ada tidak tercatat dua kali.")
    values = {"lanjut": [(onward, "Unggah daftar lagi", "")], "catatan": notes, "pengajuan": answer["laporan"]}
    return _report("Laporan daftar", f"{counts}, {refused} belum dapat.", **values)


def _answers_page(answer: Mapping[str, Any], onward: str) -> bytes:
    to_review = answer["perlu_dilihat"]
    sentence = f"{answer['baris']} baris: {answer['diterapkan']} diterapkan, {to_review} perlu dilihat orang."
    if answer["ulangan"]:
        sentence = f"Berkas ini sudah pernah dimuat; tidak ada yang berubah. {sentence}"
    onwards = [("/bpjs/unmatched", "Lihat yang tidak cocok", "")] if to_review else []
    onwards.append((onward, "Kembali ke meja BPJS", " kedua"))
    return _report("Laporan jawaban BPJS", sentence, lanjut=onwards, jawaban=answer["laporan"])


def _sentence(problem: Mapping[str, Any]) -> str:
    return str(problem.get("detail", "Permintaan tidak dapat dilayani."))


def _page(title: str, sentence: str, template: str = "pesan.html", *, tone: str = "galat", **values: Any) -> bytes:
    shared = {"judul": title, "kalimat": sentence, "nada": tone, "rantai": None, "masuk": None}
    return render(template, **shared | values).encode()


def _form_page(
    title: str, sentence: str, way: str, fields: Fields, *, tone: str = "peringatan", **values: Any
) -> bytes:
    """A form that was not stored. `way`: how it is stored after all (`cara` of the template)."""
    shared = {
        "cara": way,
        "isian": [_Typed(*field) for field in fields],
        "tanpa_berkas": False,
        "berkas": (),
        "rahasia": (),
    }
    return _page(title, sentence, "pesan_isian.html", tone=tone, **shared | values)


def _report(title: str, sentence: str, *, tone: str = "sukses", **values: Any) -> bytes:
    shared: dict[str, Any] = {"jawaban": (), "pengajuan": (), "gagal": (), "catatan": ()}
    return _page(title, sentence, "pesan_laporan.html", tone=tone, **shared | values)
