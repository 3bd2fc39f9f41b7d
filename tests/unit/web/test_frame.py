"""Every error of a request becomes a problem document, and no value leaks."""

import httpx
import pytest
from prometheus_client import REGISTRY

from jejak.platform.errors import Malformed, Refused
from jejak.web.http_app import create_app, kind_of, version_in
from jejak.web.requests.bodies import UPLOAD_BYTES

SECRET = "1399010101900001"


async def ready() -> None:
    """Always ready."""


@pytest.fixture
def client() -> httpx.AsyncClient:
    app = create_app("contoh", "Layanan contoh.", ready)

    @app.get("/rusak")
    async def broken() -> None:
        raise RuntimeError(SECRET)

    @app.get("/ditolak")
    async def refused() -> None:
        raise Refused("contoh", "Tidak sekarang.")

    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://contoh")


async def test_a_fault_of_ours_is_a_problem_document_without_its_message(
    client: httpx.AsyncClient, capsys: pytest.CaptureFixture[str]
) -> None:
    response = await client.get("/rusak")
    assert response.status_code == 500
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["type"] == "urn:jejak:masalah:kesalahan_sistem"
    log = capsys.readouterr()
    assert SECRET not in response.text + log.out + log.err
    assert "RuntimeError" in log.out + log.err


@pytest.mark.parametrize(
    ("route", "kind"),
    [
        ("/cases/{case}/tasks/paraf", "task"),
        ("/cases/{case}/tasks/paraf/start", "task"),
        ("/cases/{case}", "other"),
        ("/tasks/paraf", "other"),
        ("/ready", "probe"),
        ("/open", "probe"),
        ("/metrics", "probe"),
        (None, "other"),
    ],
)
def test_a_request_is_counted_by_what_it_is_for(route: str | None, kind: str) -> None:
    assert kind_of(route) == kind


async def test_a_probe_is_counted_apart_from_what_people_ask(client: httpx.AsyncClient) -> None:
    counted = [("/ready", "GET", "200", "probe"), ("/ditolak", "GET", "409", "other")]
    before = [_requests(*labels) for _, *labels in counted]
    for address, *_ in counted:
        await client.get(address)
    assert [_requests(*labels) for _, *labels in counted] == [number + 1 for number in before]


def _requests(method: str, status: str, kind: str) -> float:
    labels = {"service": "contoh", "method": method, "status": status, "kind": kind}
    return REGISTRY.get_sample_value("jejak_http_requests_total", labels) or 0.0


async def test_a_refusal_says_what_to_do(client: httpx.AsyncClient) -> None:
    response = await client.get("/ditolak")
    assert (response.status_code, response.json()["detail"]) == (409, "Tidak sekarang.")
    assert response.headers["x-content-type-options"] == "nosniff"


async def test_a_body_that_says_it_is_too_large_is_not_read(client: httpx.AsyncClient) -> None:
    response = await client.post("/rusak", headers={"content-length": str(UPLOAD_BYTES + 1)}, content=b"x")
    assert response.status_code == 413


async def test_an_address_that_is_not_there_is_a_problem_too(client: httpx.AsyncClient) -> None:
    response = await client.get("/entah")
    assert (response.status_code, response.headers["content-type"]) == (404, "application/problem+json")


@pytest.mark.parametrize("etag", ["9" * 5_000, '"٣"', "²", "-1", "1 2", '""'])
def test_an_if_match_that_is_no_version_is_refused(etag: str) -> None:
    with pytest.raises(Malformed):
        version_in(etag)


def test_if_match_reads_the_etag_it_was_given() -> None:
    assert [version_in(etag) for etag in (None, "*", '"7"', 'W/"7"')] == [None, None, 7, 7]
