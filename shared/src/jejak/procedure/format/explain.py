"""Mistakes in the user's words: the place as the sheet names it, and the nearest known name."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from typing import TYPE_CHECKING, Final, get_origin

from pydantic import BaseModel

from jejak.procedure.format.source import Mistake, Path

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from pydantic_core import ErrorDetails

_SURELY: Final = 0.85
"""How alike two keys are when one is a slip of the other."""
_TABLES_OF_TEXT = frozenset({"bila", "pesan", "judul"})
_LISTED: Final = 45
"""Names that one line can hold: all keys of a sheet."""
_NAMED_BY = ("no", "kode", "nama", "jabatan", "tugas")


def suggestion(name: str, known: Collection[str]) -> str:
    """`` — mungkin "x"?``, or the known names when there are few, or nothing."""
    lowered = {candidate.lower(): candidate for candidate in known}
    close = get_close_matches(name.lower(), lowered, n=1, cutoff=0.6)
    if close:
        return f' — mungkin "{lowered[close[0]]}"?'
    if 0 < len(known) <= _LISTED:
        return f" — yang ada: {', '.join(sorted(known))}"
    return ""


def unknown_task(name: str, known: Mapping[str, str]) -> str:
    """The verb that was meant, by its name or by what it is called; else every verb with what it is called."""
    called = {words: verb for verb, words in known.items()} | {verb: verb for verb in known}
    plain = name.lower().replace("_", " ")
    close = get_close_matches(name.lower(), called, n=1, cutoff=0.6) or get_close_matches(plain, called, 1, 0.6)
    close = close or [words for words in called if set(plain.split()) & set(words.split())][:1]
    if close:
        return f' — mungkin "{called[close[0]]}"?'
    return f" — yang ada: {', '.join(f'{verb} ({words})' for verb, words in known.items())}"


def place(path: Path, tree: Mapping[str, object]) -> str:
    """The place in the user's words: ``langkah 6: bila``; "" for the file itself."""
    words: list[str] = []
    here: object = tree
    table = ""
    for part in path:
        match part:
            case str():
                here = here.get(part) if isinstance(here, dict) else None
                table = part
                words.append(part)
            case int():
                row = here[part] if isinstance(here, list) and part < len(here) else None
                name = row if table == "tugas" and isinstance(row, str) else _name(row)
                words[-1:] = [f"{table} {name or part + 1}"]
                here = row
    return ": ".join(words)


def _name(row: object) -> str | None:
    if not isinstance(row, dict):
        return None
    return next((str(row[key]) for key in _NAMED_BY if isinstance(row.get(key), str | int)), None)


def line(mistake: Mistake, tree: Mapping[str, object]) -> str:
    """The mistake on one line, its place first."""
    path = mistake.path
    if path and mistake.text.startswith(f"{path[-1]} "):
        path = path[:-1]
    where = place(path, tree)
    return " ".join((f"{where}: {mistake.text}" if where else mistake.text).split())


def lists_of(top: type[BaseModel]) -> tuple[str, ...]:
    """The keys of a file that hold a list of blocks."""
    fields = top.model_fields.items()
    return tuple(key for key, field in fields if get_origin(field.annotation) is tuple and _inner(field.annotation))


def misplaced_list(block: str) -> Mistake:
    """``[langkah]`` for ``[[langkah]]``."""
    return Mistake((), f"[{block}] harus ditulis dengan kurung ganda: [[{block}]]")


def shape(errors: Iterable[ErrorDetails], top: type[BaseModel]) -> Iterable[Mistake]:
    """Pydantic's errors in words. A key that strayed or is misspelt is reported once, not also as missing."""
    listed = list(errors)
    unknown = [tuple(error["loc"]) for error in listed if error["type"] == "extra_forbidden"]
    for error in listed:
        path = tuple(error["loc"])
        misspelt = error["type"] == "missing" and any(_meant(other, path) for other in unknown)
        if misspelt or error["type"] == "default_factory_not_called":
            continue
        yield _explained(error, path, str(path[-1]) if path else "", top)


def _meant(unknown: Path, missing: Path) -> bool:
    """Whether an unknown key is the missing one: misspelt in its place, or written into a later block."""
    if len(missing) == 1 and unknown[-1] == missing[-1]:
        return True
    return unknown[:-1] == missing[:-1] and bool(get_close_matches(str(unknown[-1]), [str(missing[-1])], 1, 0.6))


_SENTENCES: Final[Mapping[str, str]] = {
    "missing": "wajib diisi",
    "string_type": 'harus tulisan dalam tanda kutip: {leaf} = "…"',
    "string_too_short": 'harus tulisan dalam tanda kutip: {leaf} = "…"',
    "string_pattern_mismatch": 'harus tulisan dalam tanda kutip: {leaf} = "…"',
    "tuple_type": 'harus daftar dalam kurung siku: {leaf} = ["…"]',
    "list_type": 'harus daftar dalam kurung siku: {leaf} = ["…"]',
    "bool_type": "harus true atau false tanpa tanda kutip: {leaf} = true",
    "int_type": "harus bilangan bulat tanpa tanda kutip: {leaf} = 17",
    "greater_than_equal": "paling kecil {ge}",
    "less_than_equal": "paling besar {le}",
    "too_short": "paling sedikit satu",
    "too_long": "paling banyak {max_length}",
    "dict_type": "harus blok dengan kunci dan isi",
    "model_type": "harus blok dengan kunci dan isi",
    "model_attributes_type": "harus blok dengan kunci dan isi",
}
"""What Pydantic's error types mean to the writer of a file."""


def _explained(error: ErrorDetails, path: Path, key: str, top: type[BaseModel]) -> Mistake:
    ctx = error.get("ctx", {})
    if len(path) > 1 and path[-2] in _TABLES_OF_TEXT and error["type"] == "string_type":
        return stray(path[:-1], key)
    match error["type"]:
        case "extra_forbidden":
            return unknown_key(path, top)
        case "value_error":
            return Mistake(path, str(ctx["error"]))
        case "literal_error":
            allowed = ctx["expected"].replace(" or ", ", ").replace("'", '"')
            return Mistake(path, f"harus salah satu dari {allowed}")
        case kind:
            leaf = next((part for part in reversed(path) if isinstance(part, str)), "kunci")
            return Mistake(
                path,
                _SENTENCES.get(kind, "isinya tidak dikenal — lihat contohnya di docs/sop-format.md").format(
                    leaf=leaf, **ctx
                ),
            )


def stray(table: Path, key: str) -> Mistake:
    """A key that fell into the table written before it; ``table`` is that table's path."""
    header = f"[{table[0]}.{table[-1]}]" if len(table) > 1 else f"[{table[0]}]"
    return Mistake(table[:-1], f"kunci {key} tersesat di {table[-1]} — tulis di atas {header}")


def absent_keys(absent: Iterable[Path], top: type[BaseModel]) -> Iterable[Mistake]:
    """Keys written as absent ("-") that no block knows: misspelt ones must not pass for absent."""
    for path in absent:
        home = _model_at(path[:-1], top)
        if home is not None and str(path[-1]) not in home.model_fields:
            yield unknown_key(path, top)


def unknown_key(path: Path, top: type[BaseModel]) -> Mistake:
    """A key that belongs elsewhere has strayed (TOML gives every line to the last header); else it is misspelt."""
    home, key = _model_at(path[:-1], top) or top, str(path[-1])
    if home is not top and key in top.model_fields and _inner(top.model_fields[key].annotation) is None:
        way_out = "kunci lembar ditulis di atas, sebelum blok [[…]] yang pertama"
        return Mistake(path[:-1], f"kunci {key} tersesat di sini — {way_out}")
    elsewhere = [block for block, inner in _blocks_of(top).items() if inner is not home and key in inner.model_fields]
    if elsewhere:
        owners = " atau ".join(f"[[{block}]]" for block in elsewhere)
        slip = get_close_matches(key, home.model_fields, 1, _SURELY)
        own = f'mungkin "{slip[0]}"? Atau ' if slip else ""
        return Mistake(path[:-1], f"kunci {key} tersesat di sini — {own}milik {owners}: tulis di bawah judul itu")
    return Mistake(path[:-1], f'kunci "{key}" tidak dikenal{suggestion(key, list(home.model_fields))}')


def _blocks_of(top: type[BaseModel]) -> dict[str, type[BaseModel]]:
    """The blocks of a file by the name in their brackets."""
    blocks = {block: _inner(top.model_fields[block].annotation) for block in lists_of(top)}
    return {block: inner for block, inner in blocks.items() if inner is not None}


def _model_at(path: Path, top: type[BaseModel]) -> type[BaseModel] | None:
    """The block a path leads to; None for a table whose keys the user names."""
    here: type[BaseModel] | None = top
    for part in path:
        if isinstance(part, str) and here is not None:
            field = here.model_fields.get(part)
            here = _inner(field.annotation) if field else None
    return here


def _inner(annotation: object) -> type[BaseModel] | None:
    """The block a field holds, however wrapped; None for plain values."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for argument in (*getattr(annotation, "__args__", ()), getattr(annotation, "__origin__", None)):
        if argument is not None and argument is not annotation and (block := _inner(argument)):
            return block
    return None
