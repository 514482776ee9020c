"""Settings of the GraphQL API: what it answers, and how much of it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field
from pydantic_settings import BaseSettings

Explore = Literal["auto", "on", "off"]
DocumentMode = Literal["off", "audit", "only"]


class ApiSettings(BaseSettings):
    """The part of `Settings` whose variables begin with `HUB_GRAPHQL_`."""

    graphql_explore: Explore = Field(
        "auto", description="GraphiQL and introspection; auto: only where other machines cannot reach the API"
    )
    graphql_get: bool = Field(True, description="whether queries may come by GET")
    graphql_max_batch: int = Field(1, ge=1, le=100, description="operations in one request, as a list; 1: no lists")
    graphql_documents: Path | None = Field(
        None, description="the manifest of trusted documents: JSON, their texts by id or as Apollo's tools write it"
    )
    graphql_document_mode: DocumentMode = Field(
        "off", description="audit: log documents that are not in the manifest; only: refuse them"
    )
    graphql_timeout_s: Annotated[float, Field(gt=0, le=3600)] = Field(30, description="how long an operation may take")
    graphql_slow_s: Annotated[float, Field(ge=0, le=3600)] = Field(
        1, description="operations that take so many seconds are logged, without their values; 0: none are"
    )
    graphql_max_tokens: int = Field(2000, ge=10, le=100_000, description="names, braces and so on in a document")
    graphql_max_depth: int = Field(10, ge=1, le=100, description="levels of fields in an operation")
    graphql_max_aliases: int = Field(20, ge=0, le=10_000, description="aliases and repeated fields in an operation")
    graphql_max_directives: int = Field(20, ge=0, le=10_000, description="directives in a document")
    graphql_max_cost: int = Field(15_000, ge=1, le=10_000_000, description="what one operation may cost")
    graphql_max_subscriptions: int = Field(
        1000, ge=0, le=1_000_000, description="subscriptions that one client may have in each API process"
    )
    graphql_max_subscriptions_per_socket: int = Field(
        100, ge=1, le=10_000, description="operations that may run on one WebSocket at a time"
    )
    graphql_max_sockets: int = Field(
        10_000, ge=0, le=1_000_000, description="WebSockets that may be open in each API process; 0: none"
    )
    graphql_max_sockets_per_client: int = Field(
        2000, ge=0, le=1_000_000, description="WebSockets that one client, or address, may have in each API process"
    )
    graphql_max_behind_s: Annotated[float, Field(gt=0, le=3600)] = Field(
        60, description="how long a subscriber may be behind before it is dropped as too slow"
    )
    graphql_bucket: int = Field(
        300_000, ge=0, le=1_000_000_000, description="what one client may use up at once; 0: as much as it likes"
    )
    graphql_restore_per_s: int = Field(
        30_000, ge=1, le=1_000_000_000, description="what flows back into a client's bucket each second"
    )
