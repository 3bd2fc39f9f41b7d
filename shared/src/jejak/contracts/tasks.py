"""The closed list of tasks: one row a verb, for the checker, the engine, the services, the forms and the clocks.

Source: docs/sop-format.md, "Tugas dan hasil". docs/tasks.md says what a new verb needs.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from jejak.contracts import task_bodies as bodies
from jejak.contracts.task_kinds import ANY_ROUTE, SERVICES, Clock, Outcome, Reached, Service, TaskKind

__all__ = ["ANY_ROUTE", "COMPLETE", "SERVICES", "SEVERAL", "SUBMIT", "TASKS", "Outcome", "Service", "TaskKind"]

SUBMIT: Final = "submit"
COMPLETE: Final = "complete"
"""The applicant brings missing documents: no sheet names this task, an outcome with target `pemohon` makes it due."""

_DONE: Final = Outcome("selesai")
_REFUSED: Final = Outcome("tolak", "tolak", event="CaseRefused", button="Tolak dengan alasan", reasoned=True)
_CORRECTED: Final = Outcome(
    "perbaiki", "konsep", event="CorrectionRequested", button="Kembalikan dengan catatan", reasoned=True
)


def _agreed(sentence: str) -> tuple[Outcome, ...]:
    return (Outcome("setuju", button="Setujui", sentence=sentence, words="disetujui"), _CORRECTED, _REFUSED)


_LOOKS: Final = r"(?:cek|eriksa|erifikasi|elit)\w*"
_OUTSIDE: Final = (
    r"(?:bpjs|\b(?:ke|kepada) (?:dinas sosial )?(?:kemensos|kementerian|puskesmas|rumah sakit|rsud|faskes|provinsi))"
)

_KINDS = (
    TaskKind(SUBMIT, "intake", "pengajuan", "ApplicationSubmitted", (_DONE,), corrects=True),
    TaskKind(
        *(COMPLETE, "intake", "melengkapi dokumen", "DocumentsAdded", (_DONE,)),
        body=bodies.Completion,
        button="Simpan dokumen yang dibawa",
        clock="applicant",
    ),
    TaskKind(
        *("check_documents", "intake", "pemeriksaan dokumen", "DocumentsComplete"),
        (
            Outcome(
                "lengkap",
                button="Lengkap dan benar",
                sentence="Dokumen diperiksa: lengkap dan benar.",
                words="lengkap dan benar",
            ),
            Outcome("kurang", "pemohon", event="DocumentsMissing", button="Belum lengkap atau belum benar"),
        ),
        body=bodies.DocumentCheck,
        buttons="together",
        clock="desk",
        finds="documents",
        looks_at=frozenset({"born", "birth_paper"}),
        corrects=True,
        stems=rf"kelengkapan|persyaratan|administrasi|{_LOOKS} (?:berkas|dokumen)",
    ),
    TaskKind(
        *("enter_data", "intake", "pengisian data", "DataEntered"),
        (Outcome("selesai", sentence="Data berkas diisikan."),),
        body=bodies.DataEntry,
        corrects=True,
        button="Data sudah diisi",
        clock="desk",
        stems=r"input|entri|entry|memasukkan data",
    ),
    TaskKind(
        *("forward", "intake", "penerusan berkas", "ApplicationForwarded"),
        (Outcome("selesai", sentence="Berkas diteruskan."),),
        button="Teruskan berkas",
        clock="desk",
        stems=rf"eruskan|[kg]irim(?!.*{_OUTSIDE})",
    ),
    TaskKind(
        *("record", "intake", "pencatatan", "ActRecorded"),
        (Outcome("selesai", sentence="Tindakan pada langkah ini dicatat."),),
        note="Apa yang dikerjakan",
        button="Catat sudah dikerjakan",
        clock="desk",
        stems="",
    ),
    TaskKind(
        *("check_registry", "verification", "pengecekan daftar", "DtksVerified"),
        (
            Outcome("terdaftar"),
            Outcome("tidak_terdaftar", "tolak", message="Peserta tidak terdaftar pada daftar yang diminta SOP."),
        ),
        body=bodies.RegistryRecord,
        buttons="one",
        finds="registers",
        looks_at=frozenset({"nik", "mother"}),
        ways=("manual", "impor"),
        stems=r"dtks|dtsen|siks|pbdt|data terpadu|basis data",
    ),
    TaskKind(
        *("check_population", "verification", "pengecekan kependudukan", "PopulationChecked"),
        (
            Outcome("padan", button="Data padan", words="data padan"),
            Outcome(
                "tidak_padan",
                "pemohon",
                words="data tidak padan",
                message="Data KK atau KTP tidak padan dengan data Dukcapil.",
            ),
            Outcome(
                "salah_format",
                "pemohon",
                words="NIK salah format",
                message="NIK atau nomor KK tidak benar bentuknya menurut Dukcapil.",
            ),
            Outcome(
                "meninggal",
                "tolak",
                "lanjut",
                words="tercatat meninggal",
                message="Menurut Dukcapil, peserta sudah meninggal.",
            ),
            Outcome("nik_ganda", "tolak", words="NIK tercatat ganda", message="Menurut Dukcapil, NIK peserta ganda."),
            Outcome(
                "tidak_ditemukan",
                "tolak",
                words="NIK tidak ditemukan",
                message="NIK peserta tidak ditemukan di Dukcapil.",
            ),
            Outcome(
                "nik_tidak_aktif",
                "tolak",
                words="NIK tidak aktif",
                message="Menurut Dukcapil, NIK peserta tidak aktif.",
            ),
        ),
        body=bodies.PopulationRecord,
        buttons="one",
        looks_at=frozenset({"nik", "mother", "kk", "name", "born", "birthplace", "address"}),
        ways=("manual", "impor", "http"),
    ),
    TaskKind(
        *("check_membership", "verification", "pengecekan kepesertaan", "MembershipChecked"),
        (
            Outcome("boleh", words="boleh diproses"),
            Outcome(
                "sudah",
                "kembalikan",
                words="sudah aktif",
                inverse_words="sudah tidak aktif",
                message="Peserta sudah terdaftar dan aktif sebagai penerima bantuan iuran.",
                inverse_message="Peserta sudah tidak aktif sebagai penerima bantuan iuran.",
            ),
            Outcome(
                "segmen_lain",
                "kembalikan",
                words="berada di segmen lain",
                message="Peserta aktif pada segmen lain yang dibayar sendiri atau oleh pemberi kerja.",
                inverse_message="Peserta aktif pada segmen lain, bukan sebagai penerima bantuan iuran.",
            ),
            Outcome(
                "peserta_ganda",
                "kembalikan",
                words="tercatat ganda",
                message="Peserta tercatat ganda pada data BPJS Kesehatan.",
            ),
        ),
        body=bodies.MembershipRecord,
        buttons="one",
        finds="membership",
        looks_at=frozenset({"nik", "mother", "card"}),
        ways=("manual", "impor", "http"),
        stems=rf"{_LOOKS}.*(?:kepesertaan|bpjs|status kartu)",
    ),
    TaskKind(
        *("check_rules", "verification", "penilaian syarat", "EligibilityConfirmed"),
        (
            Outcome("memenuhi", button="Memenuhi syarat", reasoned=True),
            Outcome(
                "tidak_memenuhi",
                "tolak",
                event="EligibilityDenied",
                button="Tidak memenuhi syarat",
                message="Tidak satu pun syarat pada SOP terpenuhi.",
                reasoned=True,
            ),
        ),
        automatic="rules",
        looks_at=frozenset({"nik", "mother", "card"}),
    ),
    TaskKind(
        *("verify_manually", "verification", "verifikasi lapangan", "VerifiedManually"),
        (
            Outcome("layak", button="Layak", sentence="Verifikasi lapangan: layak."),
            Outcome(
                "tidak_layak",
                "tolak",
                button="Tidak layak",
                sentence="Verifikasi lapangan: tidak layak.",
                message="Hasil {tugas}: tidak layak.",
                reasoned=True,
            ),
        ),
        stems=r"urvei|kunjungan|injau|lapangan|musyawarah|asess?men|assess?ment",
    ),
    TaskKind(
        *("choose_route", "verification", "pemilihan jalur", "RouteChosen", (Outcome(ANY_ROUTE),)),
        body=bodies.RouteChoice,
        buttons="one",
        button="Pilih jalur ini",
    ),
    TaskKind(
        *("renew_data", "verification", "pembaruan data", "DataRenewed"),
        (
            Outcome("diperbarui", button="Sudah diperbarui", sentence="Data peserta sudah diperbarui."),
            Outcome(
                *("tidak_diperbarui", "selesai"),
                button="Tidak diperbarui",
                sentence="Data peserta tidak diperbarui.",
                reasoned=True,
            ),
        ),
        clock="outside",
        stems=r"(?:perbarui|mutakhir)\w* data|pemutakhiran",
    ),
    TaskKind(
        *("dispose", "approval", "disposisi", "DispositionGiven"),
        (
            Outcome("diteruskan", button="Teruskan dengan disposisi", sentence="Disposisi diberikan oleh {oleh}."),
            _REFUSED,
        ),
        note="Isi disposisi",
        stems=r"disposisi",
    ),
    TaskKind(
        *("review", "approval", "koreksi konsep", "DraftReviewed"),
        _agreed("Konsep diperiksa dan disetujui oleh {oleh}."),
        letters="judges",
    ),
    TaskKind(
        *("approve", "approval", "persetujuan", "ApplicationApproved"),
        _agreed("Permohonan disetujui oleh {oleh}."),
        letters="judges",
        letterless=True,
    ),
    TaskKind(
        *("paraf", "approval", "paraf", "ParafGiven"),
        (
            Outcome("paraf", button="Paraf", sentence="Konsep ke-{data.draft} diparaf oleh {oleh}."),
            _CORRECTED,
            Outcome("dilewati", event="ParafSkipped", by_system=True),
        ),
        clock="desk",
        letters="initials",
        several=True,
        stems=r"araf\b",
    ),
    TaskKind(
        *("draft_letter", "letters", "penyusunan surat", "LetterDrafted", (_DONE,)),
        body=bodies.Draft,
        button="Susun konsep surat",
        clock="desk",
        letters="drafts",
        corrects=True,
        stems=r"konsep|draf|etik\b|(?:buat|usun|iap|erbit|etak)\w* (?:kan )?(?:surat|rekomendasi)",
    ),
    TaskKind(
        *("sign", "letters", "penandatanganan", "LetterSigned"),
        (Outcome("ditandatangani", button="Tandatangani"), _CORRECTED, _REFUSED),
        body=bodies.Signature,
        letters="signs",
        several=True,
        stems=r"[tn]anda ?tangan|sahkan|pengesahan",
    ),
    TaskKind(
        *("hand_over", "letters", "penyerahan surat", "LetterHandedOver"),
        (Outcome("selesai", sentence="Surat diserahkan."),),
        body=bodies.HandOver,
        button="Surat sudah diserahkan",
        clock="pickup",
        letters="gives",
        stems=r"(?:erah|beri|ambil)\w*.*(?:surat|rekomendasi|pemohon)",
    ),
    TaskKind(
        *("archive", "letters", "pengarsipan", "LetterArchived"),
        (Outcome("selesai", sentence="Surat diarsipkan."),),
        button="Surat sudah diarsipkan",
        clock="desk",
        letters="files",
        stems=r"arsip",
    ),
    TaskKind(
        *("deliver", "bpjs_sync", "pengajuan ke pihak luar", "SubmissionSent"),
        (Outcome("terkirim", button="Catat sudah dikirim", bpjs="sent"),),
        body=bodies.Delivery,
        party_words="pengajuan ke {pihak}",
        delivery="sends",
        automatic="batch",
        stems=rf"[kg]irim.*{_OUTSIDE}",
    ),
    TaskKind(
        *("await_reply", "bpjs_sync", "jawaban pihak luar", "ReplyReceived"),
        (
            Outcome("diterima", button="{pihak} menerima", sentence="Jawaban {pihak}: diterima.", bpjs="decided"),
            Outcome(
                "perbaiki",
                "pemohon",
                button="{pihak} minta diperbaiki",
                sentence="Jawaban {pihak}: minta diperbaiki.",
                reasoned=True,
            ),
            Outcome(
                "ditolak",
                "tolak",
                button="{pihak} menolak",
                sentence="Jawaban {pihak}: ditolak.",
                message="{pihak_lengkap} menolak pengajuan.",
                reasoned=True,
                bpjs="decided",
            ),
        ),
        body=bodies.Reply,
        clock="outside",
        party_words="jawaban {pihak}",
        delivery="answers",
    ),
    TaskKind(
        *("reconcile", "bpjs_sync", "rekonsiliasi", "CaseReconciled"),
        (
            Outcome("cocok", button="Cocok", sentence="Rekonsiliasi dengan {pihak}: cocok."),
            Outcome(
                "tidak_cocok",
                "tunggu",
                button="Tidak cocok",
                sentence="Rekonsiliasi dengan {pihak}: tidak cocok.",
                reasoned=True,
            ),
        ),
        delivery="compares",
    ),
    TaskKind(
        *("confirm_status", "bpjs_sync", "pengecekan status kartu", "MembershipActivated"),
        (
            Outcome("sesuai", inverse_event="MembershipDeactivated", reaches="aktif", inverse_reaches="berakhir"),
            Outcome(*("belum", "tunggu"), event="MembershipNotYetActive", inverse_event="MembershipNotYetDeactivated"),
        ),
        body=bodies.Status,
        buttons="one",
        clock="outside",
        ways=("manual", "impor"),
    ),
    TaskKind(
        *("receive_card", "bpjs_sync", "penerimaan kartu", "CardReceived"),
        (
            Outcome(
                "kartu_diterima", button="Kartu diterima", sentence="Kartu diterima.", bpjs="decided", reaches="kartu"
            ),
            Outcome("kartu_belum", "tunggu", button="Kartu belum diterima", sentence="Kartu belum diterima."),
        ),
        clock="outside",
    ),
)

_BY_VERB: Final = {kind.verb: kind for kind in _KINDS}
TASKS: Final[Mapping[str, TaskKind]] = MappingProxyType(_BY_VERB)

SEVERAL: Final = tuple(verb for verb, kind in TASKS.items() if kind.several)
"""The tasks commonly done for several cases at once; their page is `/worklist/{verb}` of their service."""


def clock_of(verb: str) -> Clock:
    """How the clocks measure a task; `work` for a verb that is no longer in the table."""
    kind = TASKS.get(verb)
    return "work" if kind is None else kind.clock


REACHED: Final[Mapping[tuple[str, str], Reached]] = MappingProxyType(
    {
        (kind.event_of(outcome.kode, inverse=inverse), outcome.kode): reaches
        for kind in TASKS.values()
        for outcome in kind.ends
        for reaches, inverse in ((outcome.reaches, False), (outcome.inverse_reaches, True))
        if reaches is not None
    }
)
"""Event type and outcome → the second end of the clocks that they reach."""
