"""What stands around the routes: request ids, bounds, hosts, headers, failures."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator

import httpx
import pytest
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message
from structlog.contextvars import get_contextvars
from structlog.testing import capture_logs

from hub.core.errors import AccessDenied, Conflict, HubError, InvalidInput, InvariantBroken, NotFound, Unavailable
from hub.core.settings import Settings
from hub.http import body_limit
from hub.http.body_limit import Bounds
from hub.http.envelope import Envelope
from hub.http.errors import answer_http_exception, answer_hub_error
from hub.http.hosts import Hosts, host_name, is_loopback
from hub.http.metrics import Metrics

pytestmark = pytest.mark.anyio


async def read_all(request: Request) -> Response:
    return PlainTextResponse(f"{len(await request.body())}")


def client_of(app: ASGIApp, base_url: str = "http://127.0.0.1:8000") -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=base_url)


def around(route: Route, *, metrics: Metrics | None = None, hosts: Hosts | None = None) -> Starlette:
    envelope = Middleware(Envelope, metrics or Metrics(), Bounds(1000), hosts)
    handlers = {HubError: answer_hub_error, HTTPException: answer_http_exception}
    return Starlette(routes=[route], middleware=[envelope], exception_handlers=handlers)


class TestRequestIds:
    @pytest.mark.parametrize("sane", ["abcdefgh", "01ARZ3NDEKTSV4RRFFQ69G5FAV", "req-1.2_3-4567"])
    async def test_a_callers_sane_id_is_echoed(self, sane: str) -> None:
        async with client_of(around(Route("/", read_all))) as client:
            response = await client.get("/", headers={"X-Request-Id": sane})

        assert response.headers["x-request-id"] == sane

    @pytest.mark.parametrize("odd", [None, "short", "a" * 65, "with space", "line\\nbreak", "<script>alert"])
    async def test_any_other_is_replaced(self, odd: str | None) -> None:
        async with client_of(around(Route("/", read_all))) as client:
            response = await client.get("/", headers={"X-Request-Id": odd} if odd else {})

        assert re.fullmatch(r"[0-9a-f]{26}", response.headers["x-request-id"])

    async def test_what_is_logged_meanwhile_carries_it_and_nothing_afterwards(self) -> None:
        async def show(_request: Request) -> Response:
            return PlainTextResponse(str(get_contextvars().get("request_id")))

        async with client_of(around(Route("/", show))) as client:
            response = await client.get("/", headers={"X-Request-Id": "request-0001"})

        assert response.text == "request-0001"
        assert "request_id" not in get_contextvars()

    async def test_the_log_has_the_route_and_not_the_path(self) -> None:
        app = around(Route("/people/{phone}", read_all))

        with capture_logs() as logged:
            async with client_of(app) as client:
                await client.get("/people/13800000001")

        assert [(entry["route"], entry["status"]) for entry in logged] == [("/people/{phone}", 200)]
        assert "13800000001" not in str(logged)


class TestBodyLimit:
    app = around(Route("/", read_all, methods=["POST"]))

    async def test_a_body_up_to_the_limit_is_read(self) -> None:
        async with client_of(self.app) as client:
            assert (await client.post("/", content=b"x" * 1000)).text == "1000"

    async def test_a_body_declared_larger_is_refused_unread(self) -> None:
        async with client_of(self.app) as client:
            response = await client.post("/", content=b"x" * 1001)

        assert response.status_code == 413
        assert response.json()["error"]["code"] == "BODY_TOO_LARGE"
        assert "1000 bytes" in response.json()["error"]["message"]

    async def test_a_body_of_undeclared_length_is_refused_while_it_arrives(self) -> None:
        sent = 0

        async def endless() -> AsyncIterator[bytes]:
            nonlocal sent
            while sent < 1_000_000:
                sent += 100
                yield b"x" * 100

        async with client_of(self.app) as client:
            response = await client.post("/", content=endless())

        assert response.status_code == 413
        assert sent <= 1200

    async def test_a_declared_length_of_thousands_of_digits_is_refused(self) -> None:
        async with client_of(self.app) as client:
            response = await client.post("/", headers={"Content-Length": "9" * 5000})

        assert response.status_code == 413

    async def test_leading_zeros_in_a_declared_length_count_for_nothing(self) -> None:
        async with client_of(self.app) as client:
            response = await client.post("/", content=b"x" * 10, headers={"Content-Length": "0" * 5000 + "10"})

        assert response.text == "10"

    async def test_a_body_that_stops_in_the_middle_is_refused_when_its_time_is_up(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(body_limit, "BODY_DEADLINE_S", 0.01)

        async def stop_in_the_middle() -> AsyncIterator[bytes]:
            yield b"x"
            await asyncio.Event().wait()

        async with client_of(self.app) as client:
            response = await client.post("/", content=stop_in_the_middle())

        assert (response.status_code, response.headers["connection"]) == (408, "close")
        assert response.json()["error"]["code"] == "BODY_TOO_SLOW"

    def test_a_body_that_stopped_does_not_outlast_the_grace_on_shutdown(self) -> None:
        assert Settings().shutdown_grace_s > body_limit.BODY_DEADLINE_S

    async def test_an_answer_may_take_longer_than_a_body(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(body_limit, "BODY_DEADLINE_S", 0.01)

        async def watch_the_caller(request: Request) -> Response:
            body = await request.body()
            with pytest.raises(asyncio.TimeoutError):
                await asyncio.wait_for(request.receive(), 0.05)
            return PlainTextResponse(body)

        app = around(Route("/", watch_the_caller, methods=["POST"]))
        async with client_of(app) as client:
            assert (await client.post("/", content=b"abc")).text == "abc"

    async def test_a_caller_who_leaves_in_the_middle_of_a_body_is_no_failure_of_ours(self) -> None:
        metrics = Metrics()
        app = around(Route("/", read_all, methods=["POST"]), metrics=metrics)
        messages: list[Message] = [
            {"type": "http.request", "body": b"x", "more_body": True},
            {"type": "http.disconnect"},
        ]

        async def receive() -> Message:
            return messages.pop(0)

        async def send(_message: Message) -> None:
            pass

        with capture_logs() as logged:
            await app(
                {"type": "http", "method": "POST", "path": "/", "headers": [], "query_string": b""}, receive, send
            )

        assert [(entry["event"], entry["status"]) for entry in logged] == [("request", 499)]
        labels = {"method": "POST", "route": "/", "status": "499"}
        assert metrics.registry.get_sample_value("memberhub_http_requests_total", labels) == 1


class TestHosts:
    app = around(Route("/", read_all), hosts=Hosts("127.0.0.1"))

    @pytest.mark.parametrize("host", ["127.0.0.1:8000", "localhost:8000", "[::1]:8000", "LOCALHOST", "127.9.9.9"])
    async def test_loopback_by_any_of_its_names_is_served(self, host: str) -> None:
        async with client_of(self.app) as client:
            assert (await client.get("/", headers={"Host": host})).status_code == 200

    @pytest.mark.parametrize(
        "host", ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example:8000", "", "10.0.0.1", "[::2]:80"]
    )
    async def test_another_name_is_refused(self, host: str) -> None:
        async with client_of(self.app) as client:
            response = await client.get("/", headers={"Host": host})

        assert response.status_code == 421
        assert "127.0.0.1 or localhost" in response.json()["error"]["message"]

    async def test_refusals_have_nothing_of_those_before_them(self) -> None:
        async with client_of(self.app) as client:
            first, second = [await client.get("/", headers={"Host": "evil.example"}) for _ in range(2)]

        assert len(second.headers.get_list("x-request-id")) == 1
        assert first.headers["x-request-id"] != second.headers["x-request-id"]

    async def test_the_configured_name_is_served(self) -> None:
        app = around(Route("/", read_all), hosts=Hosts("Hub.Local"))

        async with client_of(app) as client:
            assert (await client.get("/", headers={"Host": "hub.local:8000"})).status_code == 200

    @pytest.mark.parametrize(
        ("host", "expected"),
        [("127.0.0.1", True), ("::1", True), ("localhost", True), ("0.0.0.0", False), ("::", False)],
    )
    def test_what_loopback_is(self, host: str, expected: bool) -> None:
        assert is_loopback(host) is expected

    def test_a_hosts_port_is_left_out(self) -> None:
        assert [host_name(text) for text in ("a:1", "A", "[::1]:1", "[::1]")] == ["a", "a", "[::1]", "[::1]"]


class TestHeaders:
    async def test_every_answer_forbids_framing_sniffing_and_foreign_code(self) -> None:
        async with client_of(around(Route("/", read_all))) as client:
            for path in ("/", "/missing"):
                headers = (await client.get(path)).headers
                assert "default-src 'none'" in headers["content-security-policy"]
                assert headers["x-content-type-options"] == "nosniff"
                assert headers["x-frame-options"] == "DENY"
                assert headers["cache-control"] == "no-store"

    async def test_a_route_may_choose_its_own(self) -> None:
        async def cached(_request: Request) -> Response:
            return PlainTextResponse("", headers={"Cache-Control": "max-age=60"})

        async with client_of(around(Route("/", cached))) as client:
            assert (await client.get("/")).headers["cache-control"] == "max-age=60"


class TestFailures:
    @pytest.mark.parametrize(
        ("error", "status"),
        [
            (InvalidInput("Why."), 400),
            (AccessDenied("Why."), 403),
            (NotFound("Why."), 404),
            (Conflict("Why."), 409),
            (Unavailable("Why.", retry_after_s=1.2), 503),
        ],
    )
    async def test_an_expected_failure_has_its_status_code_and_words(self, error: HubError, status: int) -> None:
        response = await self.answer(error)

        assert response.status_code == status
        assert response.json() == {"error": {"code": error.code, "message": "Why."}}
        assert response.headers.get("retry-after") == ("2" if status == 503 else None)

    @pytest.mark.parametrize("error", [RuntimeError("secret"), InvariantBroken("secret")])
    async def test_an_unexpected_one_is_masked_under_the_id_that_is_logged(self, error: Exception) -> None:
        with capture_logs() as logged:
            response = await self.answer(error)

        assert response.status_code == 500
        assert response.json()["error"]["message"] == f"Internal error, id {logged[0]['error_id']}."
        assert "secret" not in response.text

    async def test_a_request_that_is_cut_off_by_the_servers_end_may_be_sent_again(self) -> None:
        response = await self.answer(asyncio.CancelledError())

        assert (response.status_code, response.json()["error"]["code"]) == (503, "UNAVAILABLE")
        assert response.headers["retry-after"] == "5"

    async def test_an_unknown_path_is_told_in_the_same_shape(self) -> None:
        async with client_of(around(Route("/", read_all))) as client:
            response = await client.get("/missing")

        assert (response.status_code, response.json()["error"]["code"]) == (404, "NOT_FOUND")

    async def answer(self, error: BaseException) -> httpx.Response:
        async def fail(_request: Request) -> Response:
            raise error

        async with client_of(around(Route("/", fail))) as client:
            return await client.get("/")
