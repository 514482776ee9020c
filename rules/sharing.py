"""The switchboard: what is honoured where. Pure data; a place belongs to one group, and groups are switched."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal, NamedTuple, TypeAlias

Sort: TypeAlias = Literal["asset", "tier", "coupon"]
Kind: TypeAlias = Literal["direct", "franchise", "channel", "partner"]

ELSEWHERE: Final = "*"
"""Stands for every place that no group names."""


class Thing(NamedTuple):
    """What may be honoured: an asset, a tier or a coupon, by its name."""

    sort: Sort
    name: str


@dataclass(frozen=True, slots=True)
class PlaceGroup:
    """Places that are switched together.

    Attributes:
        places: their names, as orders and tills write them: stores, channels, brands.
    """

    name: str
    kind: Kind
    places: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Sharing:
    """What is honoured where. Without any group everything is, everywhere.

    Attributes:
        groups: each place in one of them at most.
        elsewhere: the group of places that none names; None: nothing is honoured there.
        honours: the names of the groups that honour a thing. One that is not listed is honoured by all groups but
            those of partners.
        place_required: whether a call that names no place is refused; else it is not asked.
    """

    groups: tuple[PlaceGroup, ...] = ()
    elsewhere: str | None = None
    honours: Mapping[Thing, frozenset[str]] = field(default_factory=dict[Thing, frozenset[str]])
    place_required: bool = False


class Verdict(NamedTuple):
    """Whether a thing is honoured at a place, and why in a sentence."""

    honoured: bool
    why: str


class Switch(NamedTuple):
    """A thing that begins (`on`) or ends to be honoured at a place, and why."""

    thing: Thing
    place: str
    on: bool
    why: str


def is_honoured(sharing: Sharing, thing: Thing, where: str | None) -> Verdict:
    """Whether a thing is honoured at a place; None for a call that names none."""
    if not sharing.groups:
        return Verdict(True, "The programme honours everything everywhere.")
    if where is None:
        return Verdict(not sharing.place_required, "The programme asks for the place: name the store or channel.")
    group = _find_group(sharing, where)
    if group is None:
        return Verdict(False, f"The programme knows no place {where[:64]!r}.")
    honouring = sharing.honours.get(thing)
    honoured = group.kind != "partner" if honouring is None else group.name in honouring
    place = "another place" if where == ELSEWHERE else where
    said = f"{'' if honoured else 'not '}honoured in {group.name}, to which {place} belongs"
    return Verdict(honoured, f"The {thing.sort} {thing.name} is {said}.")


def preview_switches(before: Sharing, after: Sharing, things: Iterable[Thing]) -> list[Switch]:
    """What a change of the switchboard switches, for all places that are named before or after and for all others.

    `things` are what the programme has; those that the switchboards name are looked at besides.
    """
    named = {place for sharing in (before, after) for group in sharing.groups for place in group.places}
    asked = sorted({*things, *before.honours, *after.honours})
    switches: list[Switch] = []
    for thing in asked:
        for place in sorted({*named, ELSEWHERE}):
            was, becomes = is_honoured(before, thing, place), is_honoured(after, thing, place)
            if was.honoured != becomes.honoured:
                switches.append(Switch(thing, place, becomes.honoured, becomes.why))
    return switches


def _find_group(sharing: Sharing, where: str) -> PlaceGroup | None:
    named = next((group for group in sharing.groups if where in group.places), None)
    return named or next((group for group in sharing.groups if group.name == sharing.elsewhere), None)
