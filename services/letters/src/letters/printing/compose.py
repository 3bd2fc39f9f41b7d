"""From a case's draft to the printed letter: the office's letterhead, the SOP's letter, the drafter's content. Pure."""

import hashlib
from datetime import date, datetime
from typing import Literal

from jejak.cases.decision import LoadedCase
from jejak.cases.newborn import standing_in
from jejak.contracts import events as e
from jejak.contracts.parts import Funding
from jejak.platform import ids
from jejak.platform.errors import Refused
from jejak.procedure.kantor import funding_of
from jejak.procedure.model import Letter, Sop
from jejak.procedure.officials import Official
from jejak.procedure.signing import SigningForm, signing_form
from letters import domain
from letters.printing.letter import DEVELOPMENT_ISSUER, LetterData, NomorDaftar, Pemohon, Penandatangan, Peserta

type Kind = Literal["rekomendasi", "usulan", "penonaktifan", "penolakan"]


def letter_data(
    loaded: LoadedCase,
    name: str,
    signer: Official,
    *,
    draft: bool,
    made: datetime,
    dated: date | None,
    public_url: str,
    issuer: str = DEVELOPMENT_ISSUER,
) -> LetterData:
    """The printed data of one letter of the newest draft. `issuer`: of the certificate that signs electronically.

    Refused without a draft, after the person was forgotten, and for a final letter of a draft that is overtaken.
    """
    case, office = loaded.case, loaded.office
    if case.draft is None or name not in case.draft.letters:
        raise Refused("belum_ada_konsep", "Surat ini belum punya konsep.")
    content = case.draft.content
    if isinstance(content, e.Forgotten):
        raise Refused("data_dimusnahkan", "Data pribadi surat ini sudah dimusnahkan.")
    if domain.is_overtaken(case) and not draft:
        raise Refused(
            "konsep_gugur", "Konsep ini dibuat sebelum datanya dikoreksi atau permohonannya ditolak. Buat konsep baru."
        )
    letter, form = loaded.sop.surat[name], signing_form(office, signer, loaded.today.date())
    kind = _kind(loaded, letter, content)
    refused = kind == "penolakan"
    return LetterData(
        jenis=kind,
        tanda_tangan=form.way,
        konsep=draft,
        dibuat=made,
        kop=form.kop,
        alamat_kop=_address(form),
        tempat=form.tempat,
        tanggal=dated,
        nomor=case.letters[name].number,
        hal=_subject(loaded.sop, letter, kind),
        kepada=(_addressee(letter, content, kind),),
        peserta=(_participant(content, None if refused else _funding(loaded)),),
        pemohon=_applicant(content),
        keperluan=content.purpose,
        dasar=content.basis if not refused else (),
        alasan_penolakan=content.refusal if refused else (),
        pembuka=content.opening,
        penutup=content.closing,
        penandatangan=_block(signer, form),
        tembusan=letter.tembusan,
        alamat_periksa=f"{public_url}/periksa/{ids.case_code(case.id)}/{name}",
        penerbit_sertifikat=issuer if form.way == "elektronik" else None,
    )


def signature_name(loaded: LoadedCase, name: str, signer: Official) -> bytes:
    """The name of a signature to be made: a draft is signed once by each official. Refused without a draft."""
    if loaded.case.draft is None:
        raise Refused("belum_ada_konsep", "Surat ini belum punya konsep.")
    return hashlib.sha256(f"{loaded.case.id}\n{name}\n{loaded.case.draft.count}\n{signer.kode}".encode()).digest()


def _kind(loaded: LoadedCase, letter: Letter, content: e.LetterContent) -> Kind:
    """The kind of the letter: by the end of the case, else by the sheet."""
    if content.refusal and domain.is_refusal(loaded.case, letter):
        return "penolakan"
    if letter.jenis == "penolakan":
        raise Refused("alasan_perlu", "Surat penolakan ini belum menyebut alasan. Buat konsep yang baru.")
    return "penonaktifan" if loaded.sop.inverse else letter.jenis


def _address(form: SigningForm) -> tuple[str, ...]:
    parts = (form.alamat, f"Telepon {form.telepon}" if form.telepon else None)
    line = " ".join(part for part in parts if part)
    return (line,) if line else ()


def _subject(sop: Sop, letter: Letter, kind: Kind) -> str:
    words = "Penolakan permohonan" if kind == "penolakan" else letter.jenis.capitalize()
    about = "penonaktifan kepesertaan" if sop.inverse else "kepesertaan"
    return f"{words} {sop.produk or f'{about} PBI Jaminan Kesehatan'}"


def _addressee(letter: Letter, content: e.LetterContent, kind: Kind) -> str:
    """A refusal goes to the applicant, unless the sheet's own letter of refusal names another addressee."""
    if kind == "penolakan" and (letter.jenis != "penolakan" or letter.kepada is None):
        return content.people.applicant.name
    return letter.kepada or "Kepala BPJS Kesehatan Cabang"


def _participant(content: e.LetterContent, funding: Funding | None) -> Peserta:
    person = content.people.subject
    return Peserta(
        nama=person.name,
        nik=person.nik or standing_in(person) or "-",
        nomor_kk=person.kk,
        nomor_kartu=person.card,
        tempat_lahir=person.birthplace,
        tanggal_lahir=person.born,
        alamat=person.address,
        nonaktif_sejak=content.deactivated_on,
        desil=content.desil,
        nomor_daftar=tuple(NomorDaftar(daftar=name, nomor=number) for name, number in content.register_numbers.items()),
        pendanaan=funding,
    )


def _funding(loaded: LoadedCase) -> Funding:
    application = loaded.case.application
    return funding_of(application.funding if application else None, loaded.sop, loaded.office)


def _applicant(content: e.LetterContent) -> Pemohon | None:
    if content.people.participant is None:
        return None
    person = content.people.applicant
    return Pemohon(nama=person.name, nik=person.nik, alamat=person.address)


def _block(signer: Official, form: SigningForm) -> Penandatangan:
    return Penandatangan(
        jabatan=form.jabatan,
        nama=signer.nama,
        nip=signer.nip if form.nip else None,
        pangkat=signer.pangkat if form.nip else None,
        sebagai=signer.sebagai,
        jabatan_sendiri=signer.jabatan_sendiri,
        untuk_beliau=signer.untuk_beliau if signer.sebagai == "a.n." else None,
    )
