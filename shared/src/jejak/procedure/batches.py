"""[[kumpulan]]: what is done once for many cases, and the list that goes with it."""

from __future__ import annotations

from pydantic import Field

from jejak.procedure.format.fields import Block, Kode, Names, Period, Text, Whole


class Batch(Block):
    """[[kumpulan]]: done once for many cases."""

    kode: Kode
    setiap: Period | None = Field(default=None, title="Tanpa kunci ini: ditutup dengan tangan")
    dari_tanggal: Whole | None = Field(default=None, ge=1, le=31)
    sampai_tanggal: Whole | None = Field(default=None, ge=1, le=31)
    bentuk: Text | None = None
    untuk: Names = ()
    tersirat: Names = ()
