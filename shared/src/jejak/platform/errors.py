"""The refusals of a request. Each says in one Indonesian sentence what to do, and carries no personal value."""

from collections.abc import Mapping, Sequence
from typing import ClassVar


class Problem(Exception):
    """An RFC 9457 problem: a short code, the sentence for people, the HTTP status. Nothing was stored."""

    def __init__(self, code: str, detail: str, status: int = 400, more: Mapping[str, object] | None = None) -> None:
        super().__init__(code, detail)
        self.code = code
        self.detail = detail
        self.status = status
        self.more = more or {}

    def __str__(self) -> str:
        return f"{self.code}: {self.detail}"


class _KindOfProblem(Problem):
    """A problem whose class fixes the HTTP status."""

    http_status: ClassVar[int]

    def __init__(self, code: str, detail: str, **more: object) -> None:
        super().__init__(code, detail, self.http_status, more)


class Refused(_KindOfProblem):
    """A decider refuses: this official may not do that now (409). Nothing is recorded."""

    http_status = 409


class Malformed(_KindOfProblem):
    """The request itself is wrong (422): what is wrong, and how it should be."""

    http_status = 422


class NotYours(_KindOfProblem):
    """Another office's case, or another post's task (403)."""

    http_status = 403


class Missing(_KindOfProblem):
    """No such case, task or file (404)."""

    http_status = 404


class Stale(Problem):
    """The case has a newer version than the page was made from (412). `since`: the events between, oldest first."""

    def __init__(self, version: int, since: Sequence[Mapping[str, object]] = ()) -> None:
        detail = "Berkas ini sudah berubah sejak Anda membukanya. Muat ulang halaman, lalu ulangi."
        super().__init__("versi_usang", detail, 412, {"versi": version, "sejak": list(since)})


class TooOften(Problem):
    """The client is not answered for this many seconds (429)."""

    def __init__(self, detail: str, seconds: int) -> None:
        super().__init__("terlalu_sering", detail, 429)
        self.seconds = seconds


class SignInAgain(Problem):
    """The sign-in is too old for this act (401): the official signs in again, at most this many seconds before it."""

    kind: ClassVar[str] = "masuk_lagi"

    def __init__(self, detail: str, seconds: int) -> None:
        super().__init__(self.kind, detail, 401)
        self.seconds = seconds
