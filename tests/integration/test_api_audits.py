"""What the audits of others say of the API."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from hub.core.settings import Settings
from tests.support.node_peers import MISSING, run_peer
from tests.support.served import served

PRODUCTION = Settings(graphql_explore="off", graphql_get=False)


@pytest.mark.skipif(bool(MISSING), reason=MISSING)
def test_graphql_over_http_is_spoken_without_one_warning() -> None:
    with served(Settings()) as address:
        audits = run_peer("audit.js", f"{address}/graphql")

    assert [audit for audit in audits if audit["status"] != "ok"] == []
    assert len(audits) == 61


class TestWhatGraphqlCopLooksFor:
    """The requests that graphql-cop sends and what it takes for a finding; what PyPI has of it is an empty package."""

    def post(self, address: str, body: object) -> Any:
        return httpx.post(f"{address}/graphql", json=body).json()

    def test_nothing_of_it_is_found(self) -> None:
        with served(PRODUCTION) as address:
            assert [name for name, found in self.probe(address).items() if found] == []

    def test_it_would_be_found_where_exploring_is_allowed(self) -> None:
        with served(Settings()) as address:
            found = {name for name, found in self.probe(address).items() if found}

        assert found == {"introspection", "suggestions", "explorer", "query by GET"}

    def probe(self, address: str) -> dict[str, bool]:
        circle = "fields { type { " * 4 + "name" + " } }" * 4
        aliases = " ".join(f"alias{number}: __typename" for number in range(101))
        fragments = "fragment A on __Schema { __typename ...B } fragment B on __Schema { ...A }"
        get, form = (
            f"{address}/graphql?query={{__typename}}",
            httpx.post(f"{address}/graphql?query=query{{__typename}}"),
        )
        batch = self.post(address, [{"query": "query { __typename }"}] * 11)
        pages = [httpx.get(f"{address}{path}", headers={"Accept": "text/html"}) for path in ("/graphql", "/graphiql")]
        asked = {
            "aliases": f"query {{ {aliases} }}",
            "repeated fields": "query { " + "__typename \n" * 500 + "}",
            "circular introspection": f"query {{ __schema {{ types {{ {circle} }} }} }}",
            "circular fragments": f"query {{ __schema {{ ...A }} }} {fragments}",
            "introspection": "query { __schema { types { name fields { name } } } }",
        }
        directives = self.post(address, {"query": f"query {{ __typename {'@aa' * 10} }}"})
        unhandled = self.post(address, {"query": "qwerty cop { abc }"})
        return {
            **{name: "data" in self.post(address, {"query": query}) for name, query in asked.items()},
            "directives": len(directives["errors"]) == 10,
            "batches": isinstance(batch, list),
            "suggestions": "Did you mean" in str(self.post(address, {"query": "query { __schema { directive } }"})),
            "explorer": any("GraphiQL" in page.text or "graphiql" in page.text for page in pages),
            "query by GET": "data" in httpx.get(get).json(),
            "mutation by GET": "data" in httpx.get(f"{address}/graphql?query=mutation{{__typename}}").json(),
            "query by form": "data" in form.json(),
            "traces": "exception" in str(unhandled) or "stacktrace" in str(unhandled).lower(),
        }
