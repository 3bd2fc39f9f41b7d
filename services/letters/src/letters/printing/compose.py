"""From a case's draft to the printed letter: the office's letterhead, the SOP's letter, the drafter's content. Pure."""

import hashlib
from datetime import date, datetime
from typing import Final

from jejak.cases.decision import LoadedCase
from jejak.cases.people.newborn import standing_in
from jejak.cases.people.signers import acknowledging
from jejak.contracts import events as e
from jejak.contracts.parts import Funding
from jejak.platform import ids
from jejak.platform.errors import Refused
from jejak.procedure.letter import Letter
from jejak.procedure.office.kantor import funding_of
from jejak.procedure.office.officials import Official
from jejak.procedure.office.signing import SigningForm, signing_form
from letters import domain
from letters.printing.letter import DEVELOPMENT_ISSUER, Kind, LetterData, NomorDaftar, Pemohon, Penandatangan, Peserta
from letters.printing.wording import in_number, letter_words

_WITHOUT_BASIS: Final = frozenset({"penolakan", "keputusan", "pengesahan"})
"""Kinds on which the rules that were met do not stand: a refusal, and those whose grounds the sheet words itself."""


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
    if name not in case.drafts:
        raise Refused("belum_ada_konsep", "Surat ini belum punya konsep.")
    content = case.drafts[name].content
    if isinstance(content, e.Forgotten):
        raise Refused("data_dimusnahkan", "Data pribadi surat ini sudah dimusnahkan.")
    if domain.is_overtaken(case, (name,)) and not draft:
        raise Refused(
            "konsep_gugur", "Konsep ini dibuat sebelum datanya dikoreksi atau permohonannya ditolak. Buat konsep baru."
        )
    letter, form = loaded.sop.surat[name], signing_form(office, signer, loaded.today.date())
    kind = _kind(loaded, letter, content)
    listed = content.listed if letter.daftar_terlampir and kind != "penolakan" else ()
    words = letter_words(loaded.sop, letter, kind, content, content.people.applicant.name, form.jabatan)
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
        peserta=(
            _participant(content, _funding(loaded) if words["bawaan"] and kind != "penolakan" else None),
            *map(_listed, listed),
        ),
        terlampir=in_number(1 + len(listed)) if listed else None,
        pemohon=_applicant(content),
        keperluan=content.purpose,
        dasar=content.basis if kind not in _WITHOUT_BASIS else (),
        alasan_penolakan=content.refusal if kind == "penolakan" else (),
        penandatangan=_block(signer, form),
        mengetahui=_acknowledged(loaded, name, signer) if kind in (letter.jenis, "penonaktifan") else None,
        tembusan=letter.tembusan,
        alamat_periksa=f"{public_url}/periksa/{ids.case_code(case.id)}/{name}",
        penerbit_sertifikat=issuer if form.way == "elektronik" else None,
        **words,
    )


def signature_name(loaded: LoadedCase, name: str, signer: Official) -> bytes:
    """The name of a signature to be made: a draft is signed once by each official. Refused without a draft."""
    if name not in loaded.case.drafts:
        raise Refused("belum_ada_konsep", "Surat ini belum punya konsep.")
    count = loaded.case.drafts[name].count
    return hashlib.sha256(f"{loaded.case.id}\n{name}\n{count}\n{signer.kode}".encode()).digest()


def _kind(loaded: LoadedCase, letter: Letter, content: e.LetterContent) -> Kind:
    """The kind of the letter: by the end of the case, else by the sheet."""
    if content.refusal and domain.is_refusal(loaded.case, letter):
        return "penolakan"
    if letter.jenis == "penolakan":
        raise Refused("alasan_perlu", "Surat penolakan ini belum menyebut alasan. Buat konsep yang baru.")
    return "penonaktifan" if loaded.sop.inverse and letter.about_pbi else letter.jenis


def _address(form: SigningForm) -> tuple[str, ...]:
    parts = (form.alamat, f"Telepon {form.telepon}" if form.telepon else None)
    line = " ".join(part for part in parts if part)
    return (line,) if line else ()


def _listed(person: e.ListedPerson) -> Peserta:
    return Peserta(nama=person.name, nik=person.nik, nomor_kk=person.kk, alamat=person.address)


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


def _acknowledged(loaded: LoadedCase, name: str, signer: Official) -> Penandatangan | None:
    """The block of who acknowledges the letter; none where it is the signer."""
    day = loaded.today.date()
    official = acknowledging(loaded, name, day)
    if official is None or official.kode == signer.kode:
        return None
    return _block(official, signing_form(loaded.office, official, day))


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
