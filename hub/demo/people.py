"""The invented persons. Each is a function of the seed and a number, so that none has to be remembered."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from random import Random
from typing import Final, Literal

from hub.demo import phones
from hub.demo.history import History
from hub.demo.names import Name, Place, draw_name, draw_place, draw_surname
from hub.demo.noise import is_played

Kind = Literal["tmall", "wechat", "pos", "erp"]
Part = Literal["plain", "family", "careless", "guided", "former_owner", "new_owner"]
KINDS: Final[tuple[Kind, ...]] = ("tmall", "wechat", "pos", "erp")
BASE_DAY: Final = date(2026, 6, 30)
"""Nothing happens on or after this day."""

BLOCK: Final = 40
"""In each forty persons the same places have a part to play, so that every problem occurs among a few hundred."""

_NOISY: Final[frozenset[Part]] = frozenset(("family", "careless", "guided"))
_SHIFTS: Final = (0, 33, 7)
"""How far the noisy places of a block are moved to play their parts once more: never onto a place that is taken."""

_GUIDE_AREA: Final = 60 * BLOCK  # one guide signs up one person in each block, and works in sixty blocks
_FINDABLE_SHARE: Final = 0.9
_TWO_APPS_SHARE: Final = 0.2
_TWO_CARDS_SHARE: Final = 0.05
_POPULARITY: Final[dict[Kind, float]] = {"tmall": 0.6, "wechat": 1.0, "pos": 1.0, "erp": 0.45}
_HOW_MANY: Final = ((0.35, 1), (0.68, 2), (0.88, 3), (1.0, 4))  # cumulative shares


@dataclass(frozen=True, slots=True)
class Person:
    """A true person.

    Attributes:
        household, turn: whose baskets they buy, and how many persons before them did.
        phone: the number that they answer now; for a family it is shared.
        former_phone: the number that they gave up, which now belongs to the next person; empty for most.
        sign_up_phone: the guide's number that stands on their POS card; empty for most.
        kinds: the systems that they buy in, in the order of `KINDS`.
        affinity: how much they like each of these, as cumulative shares.
        findable: whether they gladly tell their phone.
    """

    number: int
    household: int
    turn: int
    part: Part
    name: Name
    male: bool
    birthday: date
    place: Place
    phone: str
    former_phone: str
    sign_up_phone: str
    kinds: tuple[Kind, ...]
    affinity: tuple[float, ...]
    findable: bool
    apps: int
    cards: int


class People:
    """All persons of one run: `people[number]` for 0 to `size` - 1."""

    def __init__(self, history: History, *, size: int, seed: int, noise: float = 1.0) -> None:
        self.size = size
        self.seed = seed
        self.noise = noise
        self._history = history
        self._person = lru_cache(maxsize=64)(self._invent)

    def __getitem__(self, number: int) -> Person:
        return self._person(number)

    def _invent(self, number: int) -> Person:
        rng = Random(f"{self.seed}/person/{number}")  # noqa: S311 - reproducible on purpose
        part, head = self._cast(number)
        kinds = _draw_kinds(rng, part)
        male = rng.random() < 0.45
        surname, place = self._home(head)
        turn, household = divmod(number, self._history.households)
        return Person(
            number=number,
            household=household,
            turn=turn,
            part=part,
            name=draw_name(rng, surname, male=male),
            male=male,
            birthday=_draw_birthday(rng, self._history.ages[household]),
            place=place,
            phone=self._phone_of(number, part, head),
            former_phone=self._number_of(2 * number) if part == "former_owner" else "",
            sign_up_phone=self._guide_phone(number) if part == "guided" else "",
            kinds=kinds,
            affinity=_draw_affinity(rng, kinds),
            findable=rng.random() < _FINDABLE_SHARE,
            apps=2 if "wechat" in kinds and rng.random() < _TWO_APPS_SHARE else 1,
            cards=2 if "pos" in kinds and rng.random() < _TWO_CARDS_SHARE else 1,
        )

    def _home(self, head: int) -> tuple[int, Place]:
        rng = Random(f"{self.seed}/home/{head}")  # noqa: S311 - reproducible on purpose
        return draw_surname(rng), draw_place(rng)

    def _cast(self, number: int) -> tuple[Part, int]:
        """The part that a person plays, and the head of their family (themselves, if they live alone)."""
        block = number // BLOCK
        for turn, shift in enumerate(_SHIFTS):
            part, head = _cast(number, block, (number - shift) % BLOCK)
            if part in _NOISY and is_played(self.noise, turn, f"{self.seed}/part/{block}"):
                return part, head
        part, head = _cast(number, block, number % BLOCK)
        return ("plain", number) if part in _NOISY else (part, head)

    def _phone_of(self, number: int, part: Part, head: int) -> str:
        if part == "former_owner":
            return self._number_of(2 * number + 1)
        return self._number_of(2 * (number - 1) if part == "new_owner" else 2 * head)

    def _guide_phone(self, number: int) -> str:
        return self._number_of(phones.MAX_OWNERS - 1 - number // _GUIDE_AREA)

    def _number_of(self, owner: int) -> str:
        return phones.mobile(owner, seed=self.seed)


def _cast(number: int, block: int, place: int) -> tuple[Part, int]:
    if place in (7, 8):
        return "family", number - place + 7
    if place in (30, 31, 32) and block % 2:
        return "family", number - place + 30
    if place == 3:
        return "careless", number
    if place == 13:
        return "guided", number
    if place in (21, 22) and not block % 2:
        return ("former_owner" if place == 21 else "new_owner"), number
    return "plain", number


def _draw_kinds(rng: Random, part: Part) -> tuple[Kind, ...]:
    draw = rng.random()
    wanted = next(count for share, count in _HOW_MANY if draw < share)
    if part == "former_owner":
        wanted = max(2, wanted)
    # a smaller key comes first; the more popular a system, the smaller its keys
    keys = {kind: -(rng.random() ** (1 / _POPULARITY[kind])) for kind in KINDS}
    if part in ("guided", "careless"):
        keys["pos"] = -1.0
    chosen = sorted(KINDS, key=lambda kind: keys[kind])[:wanted]
    return tuple(kind for kind in KINDS if kind in chosen)


def _draw_affinity(rng: Random, kinds: tuple[Kind, ...]) -> tuple[float, ...]:
    weights = [0.2 + rng.random() for _ in kinds]
    return tuple(sum(weights[: n + 1]) / sum(weights) for n in range(len(weights)))


def _draw_birthday(rng: Random, ages: str) -> date:
    youngest, oldest = 19, 75
    if ages.endswith("+"):
        youngest = int(ages[:-1])
    elif ages:
        youngest, oldest = (int(age) for age in ages.split("-"))
    days = youngest * 365.25 + rng.random() * (oldest - youngest + 1) * 365.25
    return BASE_DAY - timedelta(days=int(days) + 1)
