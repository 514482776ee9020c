"""Same price and same code (同价同码): what articles cost, and are called, alike in several places."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PriceList:
    """Articles (by SKU) that cost the same, in fen, in all of these places."""

    places: frozenset[str]
    prices_fen: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class CodeList:
    """Common codes of articles, and the SKU of each by place or brand."""

    articles: Mapping[str, Mapping[str, str]]


def find_price(lists: Iterable[PriceList], sku: str, where: str) -> int | None:
    """What an article costs at a place in fen, if a list says so; of several lists the lowest price counts."""
    return min((one.prices_fen[sku] for one in lists if where in one.places and sku in one.prices_fen), default=None)


def find_article(lists: Iterable[CodeList], code: str, where: str) -> str | None:
    """The SKU that a common code stands for at a place, if a list says so."""
    return next((sku for one in lists if (sku := one.articles.get(code, {}).get(where))), None)
