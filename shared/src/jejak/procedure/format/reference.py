"""The reference part of docs/sop-format.md: every key of both files with every value, and what each task needs.

Written from the models by `make contract`, so that the page cannot say otherwise than the checker.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from jejak.contracts.task_kinds import TaskKind
from jejak.contracts.tasks import COMPLETE, TASKS
from jejak.procedure.batches import DATE_FORMS, SOURCES
from jejak.procedure.format.file import SopFile
from jejak.procedure.format.kantor_file import KantorFile
from jejak.procedure.format.schema import editor_schema
from jejak.procedure.format.source import ABSENT
from jejak.procedure.model import BENTUK
from jejak.procedure.parties import PARTIES
from jejak.timekeeping.calendar import ZONES

BEGIN: Final = "<!-- acuan: ditulis oleh make contract -->"
END: Final = "<!-- akhir acuan -->"

type Schema = Mapping[str, Any]

_OF_ONE_SET: Final[Mapping[str, str]] = {
    "pihak": ", ".join(f'`"{party}"`' for party in PARTIES),
    "bentuk": ", ".join(f'`"{form}"`' for form in BENTUK),
    "setiap": '`"hari"`, `"hari kerja"`, `"minggu"`, `"bulan"`, `"tahun"`, `"3 bulan"`',
    "tanggal": ", ".join(f'`"{form}"`' for form in DATE_FORMS),
    "zona": ", ".join(f'`"{zone}"`' for zone in ZONES),
    "total_dari": '`"diterima"`, `"lengkap"`, `"langkah N"`',
    "total_sampai": '`"selesai"`, `"lengkap"`, `"langkah N"`, kode tindak lanjut',
    "sesudah": '`"selesai"`, `"tolak"`, `"kembalikan"`, `"langkah N"`, kode tindak lanjut lain',
    "tugas": "nama tugas, lihat tabel di atas, atau tugas ditulis panjang",
}
"""Keys that take a text of which the checker knows a few."""
_MEANINGS: Final[Mapping[str, str]] = {
    "layanan": "nama pendek layanan; lembar terbaru tiap layanan melayani berkas baru",
    "nomor": 'nomor SOP; pada kantor: kode surat atau `"*"` = templat nomor',
    "edisi": "naik satu tiap salinan diperbaiki",
    "alasan_edisi": "wajib sejak edisi 2",
    "catatan": "kata lain di lembar",
    "biaya": "seperti tercetak: Gratis",
    "produk": "seperti tercetak: Surat Rekomendasi",
    "cara": "jenis pengaktifan; pada kantor: cara tiap pengecekan",
    "catatan_waktu": "kata tentang waktu yang bukan waktu",
    "hari": "bagaimana hari tanpa kata kerja atau kalender dihitung",
    "tersirat": "kunci blok ini yang disimpulkan, tidak tercetak",
    "kode": "nama pendek, dipakai di tempat lain",
    "untuk": "hanya bila salah satu nama ini berlaku",
    "prioritas": "didahulukan",
    "teks": "pertanyaan seperti diajukan di loket",
    "tidak_terdaftar_di": "tidak boleh terdaftar di satu pun daftar ini",
    "desil": "desil yang memenuhi",
    "kepada": "pelaksana atau pihak yang dikirimi; pada surat: alamatnya",
    "tembusan": "seperti tercetak di surat",
    "dari_tanggal": "tanggal pertama dalam bulan",
    "sampai_tanggal": "tanggal terakhir dalam bulan",
    "kelengkapan": "sel Mutu Baku seperti tercetak",
    "output": "sel Mutu Baku seperti tercetak",
    "keterangan": "sel seperti tercetak",
    "ukuran": "sentuh: waktu tangan pada berkas; lewat: waktu berlalu",
    "surat": "kode surat yang dibuat, diparaf, ditandatangani atau diserahkan",
    "kumpulan": "kode kumpulan: dikerjakan sekali untuk banyak berkas",
    "waktu": "seperti tercetak; atau aturan jam",
    "bila": "hasil = tujuan, bila bukan tujuan bakunya",
    "no": 'nomor langkah: 2 atau "2A"',
    "usia_di_bawah": "hanya bagi peserta di bawah usia ini",
    "tanda_tangan": "elektronik: TTE; basah: dicetak dan ditandatangani dengan pena",
    "pencatat_tanda_tangan": "jabatan yang mencatat tanda tangan pena",
}
"""What keys mean whose models say nothing of it."""
_OPEN: Final = ("tulisan",)


def with_reference(page: str) -> str:
    """The page with its reference part written anew."""
    head, _, rest = page.partition(BEGIN)
    _, _, tail = rest.partition(END)
    return f"{head}{BEGIN}\n\n{reference()}\n{END}{tail}"


def reference() -> str:
    """All tables, in Markdown."""
    parts = [
        *_tasks(),
        "",
        *_sources(),
        "",
        *_file("Lembar", editor_schema(SopFile)),
        "",
        *_file("Kantor", editor_schema(KantorFile)),
    ]
    return "\n".join(parts)


def _tasks() -> Iterator[str]:
    yield "### Tugas: artinya, dan apa yang diperlukannya"
    yield ""
    yield "| Tugas | Artinya | Perlu |"
    yield "|---|---|---|"
    for verb, kind in TASKS.items():
        if verb != COMPLETE:
            yield f"| `{verb}` | {kind.words} | {'; '.join(_needs(kind)) or 'tidak ada'} |"


def _sources() -> Iterator[str]:
    yield "### Isi kolom daftar kumpulan"
    yield ""
    yield "| `isi` | Artinya |"
    yield "|---|---|"
    for source, meaning in SOURCES.items():
        yield f"| `{source}` | {meaning} |"


def _needs(kind: TaskKind) -> Iterator[str]:
    """What has to stand elsewhere for a task to be written."""
    yield from _needed_letters(kind)
    if kind.delivery == "sends":
        yield "`kepada`, bila ada beberapa pihak luar"
    if kind.delivery == "answers":
        yield "`deliver` sebelumnya di langkah atau tindak lanjut yang sama, bila dapat diminta perbaiki"
    if kind.finds == "documents":
        yield "`[[persyaratan]]`"
    if kind.by_route:
        yield "`[[jalur]]`"
    if kind.automatic == "rules":
        yield "`[[aturan]]`, dan pengecekan yang dinilainya di langkah sebelumnya"
    if kind.ways:
        yield f"`{kind.verb}` di `[cara]` kantor: {', '.join(f'`{way}`' for way in kind.ways)}"
    if kind.clock == "outside":
        yield "`pencatat`, bila pelaksananya di luar kantor"


def _needed_letters(kind: TaskKind) -> Iterator[str]:
    if kind.letters == "drafts":
        yield "`[[surat]]`"
    elif kind.letterless:
        yield "tidak ada; dengan `draft_letter` sebelumnya: suratnya yang disetujui"
    elif kind.letters is not None:
        yield "`draft_letter` sebelumnya" if kind.letters != "files" else "surat yang sudah jadi, bila ada"


def _file(name: str, schema: Schema) -> Iterator[str]:
    defs: Schema = schema.get("$defs", {})
    yield f"### {name}: semua kunci dan isinya"
    yield ""
    yield "| Blok | Kunci | Isi | Keterangan |"
    yield "|---|---|---|---|"
    for block, shape in _blocks(schema, defs):
        required = shape.get("required", ())
        for key, field in shape.get("properties", {}).items():
            star = "\\*" if key in required else ""
            title = _told(field, key) or _MEANINGS.get(key, "")
            content = _content(field, defs)
            content = _OF_ONE_SET.get(key, content) if content in _OPEN or key == "tugas" else content
            yield f"| {block} | `{key}`{star} | {content} | {title} |"


def _blocks(schema: Schema, defs: Schema) -> Iterator[tuple[str, Schema]]:
    yield "(atas)", schema
    for key, field in schema.get("properties", {}).items():
        shape = _shape(field, defs)
        if shape is None:
            continue
        listed = any(part.get("type") == "array" for part in _parts(field))
        yield f"`[[{key}]]`" if listed else f"`[{key}]`", shape
        if key == "langkah":
            yield "tugas ditulis panjang", next(part for part in defs["TugasFile"]["anyOf"] if "properties" in part)
        if key == "persyaratan":
            yield "`salah_satu`", defs["Alternative"]
        if key == "kumpulan":
            yield "`kolom`", defs["ListColumn"]


def _parts(field: Schema) -> list[Schema]:
    return [field, *field.get("anyOf", ())]


def _shape(field: Schema, defs: Schema) -> Schema | None:
    """The block that a key holds, once or in a list; None for a plain value."""
    for part in _parts(field):
        inner = part.get("items", part)
        name = str(inner.get("$ref", "")).rpartition("/")[2]
        if "properties" in defs.get(name, {}):
            block: Schema = defs[name]
            return block
    return None


def _told(field: Schema, key: str) -> str:
    """What an editor shows beside the key; nothing for a title that Pydantic made of the name."""
    title = str(field.get("title", ""))
    return "" if title.lower().replace(" ", "_") == key else title.replace("|", "\\|")


def _content(field: Schema, defs: Schema) -> str:
    words = [word for part in _plain(field, defs) if (word := _word(part, defs))]
    return " atau ".join(dict.fromkeys(words)) or "tulisan"


def _plain(field: Schema, defs: Schema) -> Iterator[Schema]:
    """The alternatives of a value, references followed."""
    if "anyOf" in field:
        for part in field["anyOf"]:
            yield from _plain(part, defs)
    elif "$ref" in field:
        yield from _plain(defs[field["$ref"].rpartition("/")[2]], defs)
    else:
        yield field


def _word(part: Schema, defs: Schema) -> str:
    if part.get("const") == ABSENT:
        return ""
    if "const" in part or "enum" in part:
        values = part.get("enum", [part.get("const")])
        return ", ".join(f'`"{value}"`' if isinstance(value, str) else f"`{value}`" for value in values)
    if examples := part.get("examples"):
        return ", ".join(f'`"{example}"`' for example in examples)
    match part.get("type"):
        case "boolean":
            return "`true`, `false`"
        case "integer":
            low, high = part.get("minimum"), part.get("maximum")
            return "bilangan bulat" + (f" {low}–{high}" if high is not None else f" dari {low}" if low else "")
        case "string":
            return "tanggal `2024-01-15`" if part.get("format") == "date" else "tulisan"
        case "array":
            inner = [word for item in _plain(part.get("items", {}), defs) if (word := _word(item, defs))]
            return f"daftar [{' atau '.join(dict.fromkeys(inner)) or 'tulisan'}]"
        case "object":
            return _table(part, defs)
        case _:
            return ""


def _table(part: Schema, defs: Schema) -> str:
    if "properties" in part:
        return "blok, lihat di bawah"
    values = part.get("additionalProperties") or next(iter(part.get("patternProperties", {}).values()), None)
    inner = _content(values, defs) if isinstance(values, dict) else "tulisan"
    return f"kunci = isi ({inner})"
