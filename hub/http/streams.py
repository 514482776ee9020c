"""Operations whose results come one after the other, whatever way they are carried."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Iterator
from contextlib import AbstractContextManager, aclosing, contextmanager
from dataclasses import replace
from typing import Any, Final, NamedTuple

from graphql import DocumentNode
from prometheus_client import CollectorRegistry, Gauge
from prometheus_client import Counter as Metric
from starlette.requests import Request
from strawberry.types import ExecutionResult

from hub.core.access import Grant
from hub.core.clock import now_ms
from hub.core.errors import InvalidInput
from hub.core.settings import Settings
from hub.http.answers import Answer, show_refusal, show_result
from hub.http.callers import name_payer, refuse_token
from hub.http.graphql import GraphQLEndpoint
from hub.http.parameters import Operation
from hub.http.refusals import Refused
from resolvers.context import Context
from resolvers.failures import fail
from resolvers.metering import Throttled
from resolvers.schema import schema
from resolvers.streaming import Asked, NotOpened, find_subscription, open_source

_RETRY: Final = {"Retry-After": "30"}


class Told(NamedTuple):
    """A result; one without `data` is the last."""

    answer: Answer
    event_id: str = ""

    @property
    def ran(self) -> bool:
        """Whether there is data, if only null, and not just the reason why there is none."""
        return "data" in self.answer.body


class Streams:
    """Opens the operations of one application that go on."""

    def __init__(self, endpoint: GraphQLEndpoint, settings: Settings, registry: CollectorRegistry) -> None:
        self._endpoint = endpoint
        self._most = settings.graphql_max_subscriptions
        self._seats = Counter[str]()
        self._running = Gauge("memberhub_subscriptions_running", "Subscriptions being served.", registry=registry)
        self._told = Metric("memberhub_subscription_events", "Events that subscribers were told.", registry=registry)

    async def open(self, request: Request, parameters: object) -> Told | AsyncGenerator[Told, None]:
        """The results of a subscription, or the only result of another operation; why there is none is one, too.

        Each result is worked out for the caller's grant as it is by then, in a request of its own.
        """
        try:
            grant = await self._endpoint.callers.identify(request)
            operation = self._endpoint.complete(parameters)
            asked = Asked(operation.query, operation.variables, operation.name)
            document = find_subscription(schema, asked, self._endpoint.limits)
            if document is not None:
                return await self._subscribe(request, grant, operation, asked, document)
            return Told(await self._endpoint.answer_one(request, grant, parameters))
        except InvalidInput as error:
            return Told(show_refusal(Refused(400, error.safe_message)))
        except Refused as refused:
            return Told(show_refusal(refused))
        except Exception as error:
            return _tell_failure(error)

    async def _subscribe(
        self, request: Request, grant: Grant, operation: Operation, asked: Asked, document: DocumentNode
    ) -> Told | AsyncGenerator[Told, None]:
        client = name_payer(request, grant)
        self._check_seats(client)
        opened: list[AsyncGenerator[Any, None]] = []

        async def open_it(context: Context) -> ExecutionResult:
            last = request.headers.get("last-event-id", "")
            try:
                opened.append(await open_source(schema, asked, document, replace(context, resume=last)))
            except NotOpened as refusal:
                return ExecutionResult(None, refusal.errors)
            return ExecutionResult(None, None)

        with self._endpoint.operations.watch(operation) as course:
            course.answer = await self._endpoint.run(request, grant, open_it)
        if not opened:
            return Told(course.answer)
        return self._tell_all(request, client, operation, opened[0])

    async def _tell_all(
        self, request: Request, client: str, operation: Operation, source: AsyncGenerator[Any, None]
    ) -> AsyncGenerator[Told, None]:
        """An answer for each event, and why there are no more."""
        async with aclosing(source):
            try:
                seat = self._take_seat(client)  # others may have begun while this was opened
            except Refused as refused:
                yield Told(show_refusal(refused))
                return
            with seat, self._running.track_inprogress():
                while (told := await self._tell_next(request, operation, source)) is not None:
                    yield told
                    if not told.ran:
                        return

    async def _tell_next(
        self, request: Request, operation: Operation, source: AsyncGenerator[Any, None]
    ) -> Told | None:
        try:
            event = await take_next(source, self._endpoint.callers.find_expiry(request))
            return None if event is None else Told(await self._answer(request, operation, event), event.event_id)
        except Refused as refused:
            return Told(show_refusal(refused))
        except Exception as error:
            return _tell_failure(error)

    async def _answer(self, request: Request, operation: Operation, event: object) -> Answer:
        async def tell(context: Context) -> ExecutionResult:
            return await schema.tell(event, operation.query, operation.variables, context, operation.name)

        grant = await self._endpoint.callers.identify(request)
        with self._endpoint.operations.watch(operation) as course:
            course.answer = await self._endpoint.run(request, grant, tell)
            self._told.inc()
            return course.answer

    def _take_seat(self, client: str) -> AbstractContextManager[None]:
        """A seat, taken until the block ends; raises Refused."""
        self._check_seats(client)
        self._seats[client] += 1
        return self._hold(client)

    @contextmanager
    def _hold(self, client: str) -> Iterator[None]:
        try:
            yield
        finally:
            self._seats[client] -= 1
            if not self._seats[client]:
                del self._seats[client]

    def _check_seats(self, client: str) -> None:
        if self._seats.get(client, 0) >= self._most:
            raise Refused(
                429,
                f"This client has {self._most} subscriptions here already: end some, or follow more with each.",
                code=Throttled.code,
                headers=_RETRY,
            )


async def take_next(source: AsyncGenerator[Any, None], expires_s: int | None) -> Any:
    """The next event, None where there is no more; raises Refused once the token that expires then has expired."""
    left_s = None if expires_s is None else expires_s - now_ms() / 1000
    try:
        async with asyncio.timeout(left_s) as life:
            return await anext(source, None)
    except TimeoutError:
        if not life.expired():  # a timeout of the source's own, such as of its socket
            raise
        raise refuse_token("The token has expired: subscribe again with another one.") from None


def _tell_failure(error: Exception) -> Told:
    return Told(show_result(fail(error), suggest=False))
