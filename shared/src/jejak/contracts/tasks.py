"""The closed list of tasks: who owns each, how it can end, which event says so, and what people call it.

One table for the checker, the engine, the services and the ledger's ownership of event types.
Source: docs/sop-format.md, "Tugas dan hasil".
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

type Service = Literal["intake", "verification", "approval", "letters", "bpjs_sync"]
SERVICES: Final[tuple[Service, ...]] = ("intake", "verification", "approval", "letters", "bpjs_sync")

ANY_ROUTE: Final = "*"
"""choose_route has no outcomes of its own: each route of the SOP is one."""


@dataclass(frozen=True, slots=True)
class TaskKind:
    """One verb: its service, its outcomes (the good one first), the event of each, where each leads, and its words."""

    verb: str
    service: Service
    outcomes: tuple[str, ...]
    event: str
    """The event that ends the task, unless `events` names another for the outcome."""
    events: Mapping[str, str]
    targets: Mapping[str, str]
    """Default target of every outcome but the good one, in the words of SOP-FORMAT; the good one is `lanjut`."""
    inverse_events: Mapping[str, str]
    """As `events`, on a sheet that asks for a membership to end (`tujuan = "nonaktif"`)."""
    inverse_targets: Mapping[str, str]
    """As `targets`, on such a sheet."""
    words: str
    """What people call the task."""
    reasoned: frozenset[str] = frozenset()
    """The outcomes that need a reason: they are taken only with a note."""
    note: str | None = None
    """What the note is called where it is the heart of the matter."""
    button: str | None = None
    """What ends the task, on its form, where its outcomes have no words of their own."""
    look_up: bool = False
    """A look-up is automatic where the office's way (kantor `cara`) is `impor` or `http`."""
    always_automatic: bool = False

    @property
    def good(self) -> str:
        return self.outcomes[0]

    def event_of(self, outcome: str, *, inverse: bool = False) -> str:
        own = self.inverse_events.get(outcome) if inverse else None
        return own or self.events.get(outcome, self.event)

    def target_of(self, outcome: str, *, inverse: bool = False) -> str:
        """Where an outcome leads when the sheet does not say."""
        own = self.inverse_targets.get(outcome) if inverse else None
        return own or self.targets.get(outcome, "lanjut")


def _kind(
    verb: str,
    service: Service,
    outcomes: str,
    event: str,
    *,
    words: str,
    reasoned: str = "",
    note: str | None = None,
    button: str | None = None,
    targets: Mapping[str, str] | None = None,
    events: Mapping[str, str] | None = None,
    inverse_events: Mapping[str, str] | None = None,
    inverse_targets: Mapping[str, str] | None = None,
    look_up: bool = False,
    always_automatic: bool = False,
) -> TaskKind:
    return TaskKind(
        verb=verb,
        service=service,
        outcomes=tuple(outcomes.split()),
        event=event,
        events=MappingProxyType(dict(events or {})),
        targets=MappingProxyType(dict(targets or {})),
        inverse_events=MappingProxyType(dict(inverse_events or {})),
        inverse_targets=MappingProxyType(dict(inverse_targets or {})),
        words=words,
        reasoned=frozenset(reasoned.split()),
        note=note,
        button=button,
        look_up=look_up,
        always_automatic=always_automatic,
    )


_REFUSED = {"tolak": "CaseRefused"}
_CORRECTION = {"perbaiki": "CorrectionRequested"}

_KINDS = (
    _kind("submit", "intake", "selesai", "ApplicationSubmitted", words="pengajuan"),
    _kind(
        "complete",
        "intake",
        "selesai",
        "DocumentsAdded",
        words="melengkapi dokumen",
        button="Simpan dokumen yang dibawa",
    ),
    _kind(
        "check_documents",
        "intake",
        "lengkap kurang",
        "DocumentsComplete",
        words="pemeriksaan dokumen",
        events={"kurang": "DocumentsMissing"},
        targets={"kurang": "pemohon"},
    ),
    _kind("enter_data", "intake", "selesai", "DataEntered", words="pengisian data", button="Data sudah diisi"),
    _kind("forward", "intake", "selesai", "ApplicationForwarded", words="penerusan berkas", button="Teruskan berkas"),
    _kind(
        "record",
        "intake",
        "selesai",
        "ActRecorded",
        words="pencatatan",
        note="Apa yang dikerjakan",
        button="Catat sudah dikerjakan",
    ),
    _kind(
        "check_registry",
        "verification",
        "terdaftar tidak_terdaftar",
        "DtksVerified",
        words="pengecekan daftar",
        targets={"tidak_terdaftar": "tolak"},
        look_up=True,
    ),
    _kind(
        "check_population",
        "verification",
        "padan tidak_padan salah_format meninggal nik_ganda tidak_ditemukan nik_tidak_aktif",
        "PopulationChecked",
        words="pengecekan kependudukan",
        targets={
            "tidak_padan": "pemohon",
            "salah_format": "pemohon",
            "meninggal": "tolak",
            "nik_ganda": "tolak",
            "tidak_ditemukan": "tolak",
            "nik_tidak_aktif": "tolak",
        },
        inverse_targets={"meninggal": "lanjut"},
        look_up=True,
    ),
    _kind(
        "check_membership",
        "verification",
        "boleh sudah segmen_lain peserta_ganda",
        "MembershipChecked",
        words="pengecekan kepesertaan",
        targets={"sudah": "kembalikan", "segmen_lain": "kembalikan", "peserta_ganda": "kembalikan"},
        look_up=True,
    ),
    _kind(
        "check_rules",
        "verification",
        "memenuhi tidak_memenuhi",
        "EligibilityConfirmed",
        words="penilaian syarat",
        reasoned="memenuhi tidak_memenuhi",
        events={"tidak_memenuhi": "EligibilityDenied"},
        targets={"tidak_memenuhi": "tolak"},
        always_automatic=True,
    ),
    _kind(
        "verify_manually",
        "verification",
        "layak tidak_layak",
        "VerifiedManually",
        words="verifikasi lapangan",
        reasoned="tidak_layak",
        targets={"tidak_layak": "tolak"},
    ),
    _kind("choose_route", "verification", ANY_ROUTE, "RouteChosen", words="pemilihan jalur", button="Pilih jalur ini"),
    _kind(
        "dispose",
        "approval",
        "diteruskan tolak",
        "DispositionGiven",
        words="disposisi",
        reasoned="tolak",
        note="Isi disposisi",
        targets={"tolak": "tolak"},
        events=_REFUSED,
    ),
    _kind(
        "review",
        "approval",
        "setuju perbaiki tolak",
        "DraftReviewed",
        words="koreksi konsep",
        reasoned="perbaiki tolak",
        targets={"perbaiki": "konsep", "tolak": "tolak"},
        events=_CORRECTION | _REFUSED,
    ),
    _kind(
        "approve",
        "approval",
        "setuju perbaiki tolak",
        "ApplicationApproved",
        words="persetujuan",
        reasoned="perbaiki tolak",
        targets={"perbaiki": "konsep", "tolak": "tolak"},
        events=_CORRECTION | _REFUSED,
    ),
    _kind(
        "paraf",
        "approval",
        "paraf perbaiki dilewati",
        "ParafGiven",
        words="paraf",
        reasoned="perbaiki",
        targets={"perbaiki": "konsep", "dilewati": "lanjut"},
        events=_CORRECTION | {"dilewati": "ParafSkipped"},
    ),
    _kind("draft_letter", "letters", "selesai", "LetterDrafted", words="penyusunan surat", button="Susun konsep surat"),
    _kind(
        "sign",
        "letters",
        "ditandatangani perbaiki tolak",
        "LetterSigned",
        words="penandatanganan",
        reasoned="perbaiki tolak",
        targets={"perbaiki": "konsep", "tolak": "tolak"},
        events=_CORRECTION | _REFUSED,
    ),
    _kind(
        "hand_over", "letters", "selesai", "LetterHandedOver", words="penyerahan surat", button="Surat sudah diserahkan"
    ),
    _kind("archive", "letters", "selesai", "LetterArchived", words="pengarsipan", button="Surat sudah diarsipkan"),
    _kind("deliver", "bpjs_sync", "terkirim", "SubmissionSent", words="pengajuan ke BPJS"),
    _kind(
        "await_reply",
        "bpjs_sync",
        "diterima perbaiki ditolak",
        "ReplyReceived",
        words="jawaban BPJS",
        reasoned="perbaiki ditolak",
        targets={"perbaiki": "pemohon", "ditolak": "tolak"},
    ),
    _kind(
        "reconcile",
        "bpjs_sync",
        "cocok tidak_cocok",
        "CaseReconciled",
        words="rekonsiliasi",
        reasoned="tidak_cocok",
        targets={"tidak_cocok": "tunggu"},
    ),
    _kind(
        "confirm_status",
        "bpjs_sync",
        "sesuai belum",
        "MembershipActivated",
        words="pengecekan status kartu",
        targets={"belum": "tunggu"},
        events={"belum": "MembershipNotYetActive"},
        inverse_events={"sesuai": "MembershipDeactivated", "belum": "MembershipNotYetDeactivated"},
        look_up=True,
    ),
    _kind(
        "receive_card",
        "bpjs_sync",
        "kartu_diterima kartu_belum",
        "CardReceived",
        words="penerimaan kartu",
        targets={"kartu_belum": "tunggu"},
    ),
)

TASKS: Final[Mapping[str, TaskKind]] = MappingProxyType({kind.verb: kind for kind in _KINDS})

OUTCOME_WORDS: Final[Mapping[tuple[str, str], str]] = MappingProxyType(
    {
        ("check_registry", "tidak_terdaftar"): "Peserta tidak terdaftar pada daftar yang diminta SOP.",
        ("check_population", "tidak_padan"): "Data KK atau KTP tidak padan dengan data Dukcapil.",
        ("check_population", "salah_format"): "NIK atau nomor KK tidak benar bentuknya menurut Dukcapil.",
        ("check_population", "meninggal"): "Menurut Dukcapil, peserta sudah meninggal.",
        ("check_population", "nik_ganda"): "Menurut Dukcapil, NIK peserta ganda.",
        ("check_population", "tidak_ditemukan"): "NIK peserta tidak ditemukan di Dukcapil.",
        ("check_population", "nik_tidak_aktif"): "Menurut Dukcapil, NIK peserta tidak aktif.",
        ("check_membership", "sudah"): "Peserta sudah terdaftar dan aktif sebagai penerima bantuan iuran.",
        (
            "check_membership",
            "segmen_lain",
        ): "Peserta aktif pada segmen lain yang dibayar sendiri atau oleh pemberi kerja.",
        ("check_membership", "peserta_ganda"): "Peserta tercatat ganda pada data BPJS Kesehatan.",
        ("check_rules", "tidak_memenuhi"): "Tidak satu pun syarat pada SOP terpenuhi.",
        ("verify_manually", "tidak_layak"): "Hasil verifikasi lapangan: tidak layak.",
        ("await_reply", "ditolak"): "BPJS Kesehatan menolak pengajuan.",
    }
)
"""What the citizen is told of an outcome, where the sheet has no `pesan` of its own."""

INVERSE_OUTCOME_WORDS: Final[Mapping[tuple[str, str], str]] = MappingProxyType(
    {
        ("check_membership", "sudah"): "Peserta sudah tidak aktif sebagai penerima bantuan iuran.",
        ("check_membership", "segmen_lain"): "Peserta aktif pada segmen lain, bukan sebagai penerima bantuan iuran.",
    }
)
"""As OUTCOME_WORDS, where a sheet that asks for a membership to end means something else."""

SHARED_EVENTS: Final = frozenset({"CorrectionRequested", "CaseRefused", "CaseReturned", "CaseClosed", "WorkStarted"})
"""May be appended by any service that owns a task: they follow from one."""

_OUTSIDE_THE_LINE: Final[Mapping[str, Service]] = MappingProxyType(
    {
        "ApplicantTold": "intake",
        "ApplicationWithdrawn": "intake",
        "LetterNumbered": "letters",
        "LetterRevoked": "letters",
        "BatchClosed": "bpjs_sync",
        "BatchMemberDropped": "bpjs_sync",
        "BatchFileMade": "bpjs_sync",
        "ReadingAnswered": "approval",
    }
)
"""Events of commands that are no task of the sheet."""


def owners() -> dict[str, frozenset[Service]]:
    """Which services may append which event type."""
    table: dict[str, frozenset[Service]] = {name: frozenset(SERVICES) for name in SHARED_EVENTS}
    table |= {name: frozenset({service}) for name, service in _OUTSIDE_THE_LINE.items()}
    for kind in _KINDS:
        for name in {kind.event, *kind.events.values(), *kind.inverse_events.values()} - SHARED_EVENTS:
            table[name] = table.get(name, frozenset()) | {kind.service}
    return table
