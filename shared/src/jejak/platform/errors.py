"""The ways a request is not carried out. Each says in one Indonesian sentence what to do; none carries a value."""

from collections.abc import Mapping, Sequence


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


class Refused(Problem):
    """A decider's no: this official may not do that now. HTTP 409, nothing recorded."""

    def __init__(self, code: str, detail: str, **more: object) -> None:
        super().__init__(code, detail, 409, more)


class Malformed(Problem):
    """The request itself is wrong (422): what is wrong, and how it should be."""

    def __init__(self, code: str, detail: str, **more: object) -> None:
        super().__init__(code, detail, 422, more)


class NotYours(Problem):
    """Another office's file, or another post's task (403)."""

    def __init__(self, code: str, detail: str, **more: object) -> None:
        super().__init__(code, detail, 403, more)


class Stale(Problem):
    """The case has moved on since the page was made (412). `since`: what happened meanwhile, oldest first."""

    def __init__(self, version: int, since: Sequence[Mapping[str, object]] = ()) -> None:
        detail = "Berkas ini sudah berubah sejak Anda membukanya. Muat ulang halaman, lalu ulangi."
        super().__init__("versi_usang", detail, 412, {"versi": version, "sejak": list(since)})


class Missing(Problem):
    """No such case, task or file (404)."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(code, detail, 404)


class TooOften(Problem):
    """Who asks is not answered for so many seconds (429)."""

    def __init__(self, detail: str, seconds: int) -> None:
        super().__init__("terlalu_sering", detail, 429)
        self.seconds = seconds
