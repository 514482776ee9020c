"""GraphiQL in a real browser, cut off from everything but the hub."""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator
from typing import Final
from urllib.parse import urlencode

import httpx
import pytest
from playwright.async_api import Browser, Page, async_playwright, expect

from graph.database import Graph
from hub.core.settings import Settings
from tests.integration.api_people import MING_PHONE, customer, put, put_ming_and_hua
from tests.integration.api_process import environ_of, serving
from tests.support.changes import open_stream, relay_all

CHROMIUM: Final = next(
    filter(None, map(shutil.which, (os.environ.get("HUB_TEST_CHROMIUM") or "chromium", "chromium", "google-chrome"))),
    None,
)
REQUIRED: Final = os.environ.get("CI") == "true" or os.environ.get("HUB_TEST_BROWSER") == "required"
FLAGS: Final = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.skipif(CHROMIUM is None and not REQUIRED, reason="no chromium here; HUB_TEST_BROWSER=required insists"),
]


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    assert CHROMIUM is not None, "this run requires a browser: install chromium"
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        await browser.close()


@pytest.fixture
async def page(browser: Browser) -> AsyncIterator[Page]:
    context = await browser.new_context(viewport={"width": 1280, "height": 800})
    yield await context.new_page()
    await context.close()


async def test_graphiql_runs_a_query_and_asks_nobody_but_the_hub(settings: Settings, graph: Graph, page: Page) -> None:
    await put_ming_and_hua(graph, settings)
    requested: list[str] = []
    complaints: list[str] = []
    page.on("request", lambda request: requested.append(request.url))
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))

    with serving(environ_of(settings, HUB_HTTP_PORT="0")) as (_, address):
        query = f'{{ person(by: {{phone: "{MING_PHONE}"}}) {{ profile {{ name value }} orderCount totalSpent }} }}'
        await page.goto(f"{address}/graphql?{urlencode({'q': query})}")
        await page.get_by_role("button", name="Execute query").click()
        result = page.get_by_role("region", name="Result")
        await expect(result).to_contain_text("小明")
        await expect(result).to_contain_text("5000012345")

    assert [url for url in requested if not url.startswith((f"{address}/", "data:"))] == []
    assert f"{address}/assets/vendor/graphiql.min.js" in requested
    assert complaints == []


async def test_what_the_page_offers_first_runs_as_it_stands(settings: Settings, graph: Graph, page: Page) -> None:
    await put_ming_and_hua(graph, settings)

    with serving(environ_of(settings, HUB_HTTP_PORT="0")) as (_, address):
        await page.goto(address)
        await page.get_by_role("button", name="Execute query").click()

        await expect(page.get_by_role("region", name="Result")).to_contain_text("小明")


async def test_the_person_tab_runs_as_it_stands(settings: Settings, graph: Graph, page: Page) -> None:
    await put(graph, settings, [customer("in-the-demo", "18029876359")])

    with serving(environ_of(settings, HUB_HTTP_PORT="0")) as (_, address):
        await page.goto(address)
        await page.get_by_role("tab", name="Person").click()
        await page.get_by_role("button", name="Execute query").click()

        await expect(page.get_by_role("region", name="Result")).to_contain_text("in-the-demo")


async def test_a_query_pasted_over_another_and_run_at_once_is_the_one_that_runs(
    settings: Settings, graph: Graph, page: Page
) -> None:
    with serving(environ_of(settings, HUB_HTTP_PORT="0")) as (_, address):
        await page.goto(address)
        await page.get_by_role("button", name="Execute query").click()
        result = page.get_by_role("region", name="Result")
        await expect(result).to_contain_text("hasNextPage")
        await page.evaluate(
            """() => {
                const editor = document.querySelector(".graphiql-query-editor .CodeMirror").CodeMirror;
                editor.setValue("query Pasted { pasted: __typename }");
                document.querySelector(".graphiql-execute-button").click();
            }"""
        )

        await expect(result).to_contain_text('"pasted": "Query"')


async def test_a_subscription_shows_what_is_told(settings: Settings, graph: Graph, page: Page) -> None:
    async with open_stream(settings) as stream:
        with serving(environ_of(settings, HUB_HTTP_PORT="0")) as (_, address):
            async with httpx.AsyncClient(base_url=address, timeout=30) as client:
                asked = (await client.post("/graphql", json={"query": "{ lastEventId }"})).json()
            await put(graph, settings, [customer("told-of", "18029876359")])
            await relay_all(graph, stream)
            after = asked["data"]["lastEventId"]
            query = f'subscription {{ personChanged(after: "{after}") {{ person {{ records {{ externalId }} }} }} }}'
            await page.goto(f"{address}/graphql?{urlencode({'q': query})}")
            await page.get_by_role("button", name="Execute query").click()

            await expect(page.get_by_role("region", name="Result")).to_contain_text("told-of")


async def test_a_narrow_window_shows_the_answer_below_the_query(settings: Settings, graph: Graph, page: Page) -> None:
    await page.set_viewport_size({"width": 420, "height": 860})

    with serving(environ_of(settings, HUB_HTTP_PORT="0")) as (_, address):
        await page.goto(address)
        query = await page.get_by_role("region", name="Query Editor").bounding_box()
        result = await page.get_by_role("region", name="Result").bounding_box()

    assert query is not None
    assert result is not None
    assert result["y"] >= query["y"] + query["height"]
    assert result["width"] > 300


async def test_the_documentation_is_there_in_both_languages(settings: Settings, graph: Graph, page: Page) -> None:
    with serving(environ_of(settings, HUB_HTTP_PORT="0")) as (_, address):
        await page.goto(address)
        await page.get_by_role("button", name="Show Documentation Explorer").click()
        await page.get_by_role("link", name="Query", exact=True).click()

        await expect(page.get_by_text("What can be asked. / 可查询的内容。")).to_be_visible()
