"""The GraphQL endpoint, by the GraphQL-over-HTTP specification.

Under `application/json` every well-formed request is answered with 200. Under `application/graphql-response+json` a
request that never ran (it does not parse, does not fit the schema) is a 400 without `data`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial
from typing import Any, Final
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import Response
from strawberry.exceptions import MissingQueryError
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError
from strawberry.types import ExecutionResult
from strawberry.types.graphql import OperationType

from graph.deadlines import work_within
from hub.core.access import Grant
from hub.core.clock import now_ms
from hub.core.errors import InvalidInput, Unavailable
from hub.core.settings import Settings
from hub.http.answers import Answer, show_refusal, show_result, write_answer, write_batch
from hub.http.buckets import Buckets
from hub.http.callers import Callers, name_payer
from hub.http.documents import load_documents
from hub.http.graphiql import answer_page
from hub.http.heads import find_header
from hub.http.hosts import is_loopback
from hub.http.leaving import ended_with_caller
from hub.http.negotiation import GRAPHQL, JSON, choose_media_type
from hub.http.operations import Operations
from hub.http.parameters import Operation, read_address, read_body, read_operation
from hub.http.refusals import Refused
from hub.http.resources import Resources
from hub.http.write_tokens import make_token, see_write
from resolvers.bounds import Limits
from resolvers.context import Context, make_context
from resolvers.metering import Meter
from resolvers.schema import schema
from resolvers.systems import Freshness

# Statements are ended by the server when the time is up; what is left then is to say so.
_MARGIN_S: Final = 3.0

_ASKS: Final = frozenset({OperationType.QUERY})
_CHANGES: Final = frozenset({OperationType.MUTATION})

Work = Callable[[Context], Awaitable[ExecutionResult]]
"""Something that is done for a caller once."""


class GraphQLEndpoint:
    """`GET` and `POST /graphql`; a browser that only looks gets GraphiQL, where exploring is allowed.

    Raises:
        InvalidSettings: the manifest of trusted documents cannot be used.
    """

    def __init__(self, settings: Settings, operations: Operations) -> None:
        self.operations = operations
        self.explore = may_explore(settings)
        self._settings = settings
        self._zone = ZoneInfo(settings.timezone)
        self.limits = Limits.of(settings, introspection=self.explore)
        self._documents = load_documents(settings)
        self.callers = Callers(settings)
        # An operation that is allowed at all must be possible once the bucket is full.
        size = max(settings.graphql_bucket, settings.graphql_max_cost) if settings.graphql_bucket else 0
        self._buckets = Buckets(size, settings.graphql_restore_per_s)

    async def answer(self, request: Request) -> Response:
        """Whatever the request asks for, in the form that it accepts."""
        accept = find_header(request.scope, b"accept")
        asks = request.method == "POST" or bool({"query", "documentId", "extensions"} & request.query_params.keys())
        if self.explore and not asks and "text/html" in accept:
            return answer_page()
        media_type = choose_media_type(accept)
        if media_type is None:
            return write_answer(JSON, show_refusal(Refused(406, f"Only {GRAPHQL} and {JSON} are spoken here.")))
        try:
            grant = await self.callers.identify(request)
            parameters = await self.read(request)
            with ended_with_caller(request.receive, lambda: writing(request)):
                if isinstance(parameters, list):
                    operations = self._split(parameters)
                    return write_batch(media_type, [await self.answer_one(request, grant, one) for one in operations])
                return write_answer(media_type, await self.answer_one(request, grant, parameters))
        except Refused as refused:
            return write_answer(media_type, show_refusal(refused))

    async def read(self, request: Request) -> object:
        """The parameters of a request; raises Refused."""
        try:
            if request.method == "POST":
                return await read_body(request)
            return read_address(request, allowed=self._settings.graphql_get)
        except InvalidInput as error:
            raise Refused(400, error.safe_message) from None

    def _split(self, operations: list[Any]) -> list[Any]:
        most = self._settings.graphql_max_batch
        if most == 1:
            raise Refused(400, "Lists of operations are not answered here: send one operation as an object.")
        if not 1 <= len(operations) <= most:
            raise Refused(400, f"A list holds 1 to {most} operations; this one holds {len(operations)}.")
        return operations

    def complete(self, parameters: object) -> Operation:
        """The operation of a request's parameters, with its text; raises InvalidInput, and Refused."""
        return self._documents.complete(read_operation(parameters))

    async def answer_one(self, request: Request, grant: Grant, parameters: object) -> Answer:
        """What comes of one operation, refusals included."""
        try:
            operation = self.complete(parameters)
            with self.operations.watch(operation, request.headers) as course:
                course.answer = await self._run(request, grant, operation)
                course.writes = writing(request)
                return course.answer
        except InvalidInput as error:
            return show_refusal(Refused(400, error.safe_message))
        except Refused as refused:
            return show_refusal(refused)

    async def _run(self, request: Request, grant: Grant, operation: Operation) -> Answer:
        return await self.run(request, grant, partial(self._execute, request, operation))

    async def run(self, request: Request, grant: Grant, work: Work) -> Answer:
        """What comes of some work for a caller, within its time and at its cost; raises Refused."""
        client = name_payer(request, grant)
        reserve = partial(self._buckets.take, client) if self._buckets.size else None
        meter = request.state.meter = Meter(self._settings.graphql_max_cost, reserve)
        seconds = self._settings.graphql_timeout_s
        try:
            with work_within(seconds):
                async with asyncio.timeout(seconds + _MARGIN_S):
                    result = await work(self._make_context(request, grant, meter))
        except TimeoutError:
            raise _too_long(seconds) from None
        extensions = {**self._settle(client, meter, result.data), **(result.extensions or {})}
        if meter.writes:
            extensions["writeToken"] = await make_token(request)
        return show_result(result, extensions, suggest=self.explore)

    def _make_context(self, request: Request, grant: Grant, meter: Meter) -> Context:
        resources: Resources = request.app.state.resources
        return make_context(
            resources.graph,
            resources.identity,
            resources.programmes,
            resources.reads,
            grant=grant,
            now_ms=now_ms(),
            access_log=resources.access_log,
            limits=self.limits,
            meter=meter,
            feed=resources.feed,
            zone=self._zone,
        )

    async def _execute(self, request: Request, operation: Operation, context: Context) -> ExecutionResult:
        await see_write(request, operation)
        if not operation.freshness:
            return await self._answer(request, operation, context)
        # Before anything else is read: what is shown is at least as fresh.
        freshness = Freshness()
        result = await self._answer(request, operation, replace(context, first=freshness.read))
        if freshness.told is not None:
            result.extensions = {"freshness": freshness.told}
        return result

    async def _answer(self, request: Request, operation: Operation, context: Context) -> ExecutionResult:
        try:
            return await schema.execute(
                operation.query,
                variable_values=operation.variables,
                context_value=context,
                operation_name=operation.name,
                allowed_operation_types=_ASKS | _CHANGES if request.method == "POST" else _ASKS,
            )
        except asyncio.CancelledError:
            context.loaders.abandon()
            raise
        except InvalidOperationTypeError:
            words = "Send what changes something by POST, and subscribe with `Accept: text/event-stream`."
            raise Refused(405, words, headers={"Allow": "POST"}) from None
        except CannotGetOperationTypeError:
            raise InvalidInput("`operationName` must name one of the document's operations.") from None
        except MissingQueryError:
            raise InvalidInput("`query` holds no operation.") from None

    def _settle(self, client: str, meter: Meter, data: object) -> dict[str, Any]:
        """Give back what was not used, and say what it cost, in the words of Shopify's API."""
        if meter.requested is None:
            return {}
        actual = meter.count_used(data)
        cost: dict[str, Any] = {"requestedQueryCost": meter.requested, "actualQueryCost": actual}
        if self._buckets.size:
            if meter.admitted:
                self._buckets.give_back(client, meter.requested - actual)
            cost["throttleStatus"] = {
                "maximumAvailable": self._buckets.size,
                "currentlyAvailable": self._buckets.available(client),
                "restoreRate": self._buckets.restore_per_s,
            }
        return {"cost": cost}


def may_explore(settings: Settings) -> bool:
    """Whether GraphiQL and introspection are for everyone who reaches the API."""
    if settings.graphql_explore == "auto":
        return is_loopback(settings.http_host)
    return settings.graphql_explore == "on"


def writing(request: Request) -> bool:
    """Whether a request has begun to change something: then it ends, even if nobody waits."""
    meter: Meter | None = getattr(request.state, "meter", None)
    return meter is not None and meter.writes


def _too_long(seconds: float) -> Refused:
    words = (
        f"The operation did not end within {seconds:g} seconds. Ask for less at a time; a change may or may not be "
        "stored: send it again, a repeat is recognised."
    )
    return Refused(503, words, code=Unavailable.code, headers={"Retry-After": "1"})
