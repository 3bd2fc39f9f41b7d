"""What is told of the tasks that wait, in JSON and to pages alike."""

from typing import TypedDict

from jejak.web.reading.waiting_tasks import WaitingTask


class Worklist(TypedDict):
    """What waits for an official, and what the system could not do yet."""

    pejabat: str
    tugas: list[WaitingTask]
    ditunda: list[WaitingTask]


class ParkedTask(TypedDict):
    """A task of the system's own that failed again and again."""

    berkas: str
    kode: str
    slot: str
    langkah: str
    tugas: str
    layanan: str
    sejak: str
    sebab: str


class Parked(TypedDict):
    """All of an office, the longest first."""

    disisihkan: list[ParkedTask]
