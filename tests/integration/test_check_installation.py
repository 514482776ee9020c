from __future__ import annotations

import pytest
from pydantic import SecretStr

from graph.database import Graph
from hub.core.errors import InvalidSettings
from hub.core.settings import Settings
from hub.services.check_installation import check_installation
from hub.services.identity import Identity

pytestmark = pytest.mark.anyio


async def test_the_first_key_is_remembered_and_accepted_again(graph: Graph, identity: Identity) -> None:
    await check_installation(graph, identity)
    await check_installation(graph, identity)


async def test_another_key_is_refused_before_it_splits_everybody(
    graph: Graph, identity: Identity, settings: Settings
) -> None:
    await check_installation(graph, identity)
    other = Identity.from_settings(settings.model_copy(update={"identity_key": SecretStr("ab" * 32)}))

    with pytest.raises(InvalidSettings, match="HUB_IDENTITY_KEY"):
        await check_installation(graph, other)
