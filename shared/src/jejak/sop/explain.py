"""Mistakes in the user's words: the place as the sheet names it, and the nearest known name."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

from pydantic import BaseModel

from jejak.sop.source import Mistake, Path

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from pydantic_core import ErrorDetails

_TABLES_OF_TEXT = frozenset({"bila", "pesan", "judul"})
_NAMED_BY = ("no", "kode", "nama", "jabatan", "tugas")


def suggestion(name: str, known: Collection[str]) -> str:
    """`` — mungkin "x"?``, or the known names when there are few, or nothing."""
    lowered = {candidate.lower(): candidate for candidate in known}
    close = get_close_matches(name.lower(), lowered, n=1, cutoff=0.6)
    if close:
        return f' — mungkin "{lowered[close[0]]}"?'
    if 0 < len(known) <= 8:  # noqa: PLR2004 - more than a line can hold
        return f" — yang ada: {', '.join(sorted(known))}"
    return ""


def place(path: Path, tree: Mapping[str, object]) -> str:
    """Where, as the user would say it: ``langkah 6: bila``; "" for the file itself."""
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


def misplaced_lists(tree: Mapping[str, object], blocks: Collection[str]) -> Iterable[Mistake]:
    """``[langkah]`` for ``[[langkah]]``."""
    for block in blocks:
        if isinstance(tree.get(block), dict):
            yield Mistake((), f"[{block}] harus ditulis dengan kurung ganda: [[{block}]]")


def shape(errors: Iterable[ErrorDetails], top: type[BaseModel]) -> Iterable[Mistake]:
    """What Pydantic found, in words. A key that strayed or is misspelt is told once, not also as missing."""
    listed = list(errors)
    unknown = [tuple(error["loc"]) for error in listed if error["type"] == "extra_forbidden"]
    for error in listed:
        path = tuple(error["loc"])
        if error["type"] == "missing" and any(_meant(other, path) for other in unknown):
            continue
        yield _explained(error, path, str(path[-1]) if path else "", top)


def _meant(unknown: Path, missing: Path) -> bool:
    """Whether an unknown key is the missing one: misspelt in its place, or written into a later block."""
    if len(missing) == 1 and unknown[-1] == missing[-1]:
        return True
    return unknown[:-1] == missing[:-1] and bool(get_close_matches(str(unknown[-1]), [str(missing[-1])], 1, 0.6))


def _explained(error: ErrorDetails, path: Path, key: str, top: type[BaseModel]) -> Mistake:
    ctx = error.get("ctx", {})
    if len(path) > 1 and path[-2] in _TABLES_OF_TEXT and error["type"] == "string_type":
        return stray(path[:-1], key)
    match error["type"]:
        case "missing":
            return Mistake(path, "wajib diisi")
        case "extra_forbidden":
            return Mistake(path[:-1], _unknown_key(key, path, top))
        case "value_error":
            return Mistake(path, str(ctx["error"]))
        case "literal_error":
            allowed = ctx["expected"].replace(" or ", ", ").replace("'", '"')
            return Mistake(path, f"harus salah satu dari {allowed}")
        case "string_type" | "string_too_short" | "string_pattern_mismatch":
            return Mistake(path, f'harus tulisan dalam tanda kutip: {_leaf(path)} = "…"')
        case "tuple_type" | "list_type":
            return Mistake(path, f'harus daftar dalam kurung siku: {_leaf(path)} = ["…"]')
        case "bool_type":
            return Mistake(path, f"harus true atau false tanpa tanda kutip: {_leaf(path)} = true")
        case "int_type":
            return Mistake(path, f"harus bilangan bulat tanpa tanda kutip: {_leaf(path)} = 17")
        case "greater_than_equal":
            return Mistake(path, f"paling kecil {ctx['ge']}")
        case "less_than_equal":
            return Mistake(path, f"paling besar {ctx['le']}")
        case "too_short":
            return Mistake(path, f"paling sedikit satu blok [[{key}]]")
        case "dict_type" | "model_type" | "model_attributes_type":
            return Mistake(path, "harus blok dengan kunci dan isi")
        case _:
            return Mistake(path, "isinya tidak dikenal")


def stray(table: Path, key: str) -> Mistake:
    """A key that fell into the table written before it; ``table`` is that table's path."""
    header = f"[{table[0]}.{table[-1]}]" if len(table) > 1 else f"[{table[0]}]"
    return Mistake(table[:-1], f"kunci {key} tersesat di {table[-1]} — tulis di atas {header}")


def _leaf(path: Path) -> str:
    return next((part for part in reversed(path) if isinstance(part, str)), "kunci")


def _unknown_key(key: str, path: Path, top: type[BaseModel]) -> str:
    """A key that belongs elsewhere has strayed (TOML gives every line to the last header); else it is misspelt."""
    home = _model_at(path[:-1], top)
    if home is not top and key in top.model_fields and not _is_block(top, key):
        return f"kunci {key} tersesat di sini — kunci lembar ditulis di atas, sebelum blok [[…]] yang pertama"
    return f'kunci "{key}" tidak dikenal{suggestion(key, list(home.model_fields))}'


def _is_block(top: type[BaseModel], key: str) -> bool:
    return _inner(top.model_fields[key].annotation) is not None


def _model_at(path: Path, top: type[BaseModel]) -> type[BaseModel]:
    here = top
    for part in path:
        if isinstance(part, str) and part in here.model_fields:
            here = _inner(here.model_fields[part].annotation) or here
    return here


def _inner(annotation: object) -> type[BaseModel] | None:
    """The block a field holds, however wrapped; None for plain values."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for argument in (*getattr(annotation, "__args__", ()), getattr(annotation, "__origin__", None)):
        if argument is not None and argument is not annotation and (found := _inner(argument)):
            return found
    return None
