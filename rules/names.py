"""Whether two names can be one person's: across scripts, titles and partly hidden forms."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from itertools import product
from typing import Final, Literal

Verdict = Literal["agree", "silent", "contradict"]

_TITLES: Final = re.compile(r"(先生|女士|小姐|太太|老师|同学|师傅|阿姨|叔叔)$")
_SEPARATORS: Final = re.compile(r"[\s·.,'\-_]+")
_HANZI: Final = re.compile(r"[\u3400-\u9fff\U00020000-\U0002ffff]+")
_LATIN: Final = re.compile(r"[a-z]+")
_HIDDEN: Final = re.compile(r"[*×某]+")
_SYLLABLE: Final = r"(?:[bpmfdtnlgkhjqxrzcsyw]|[zcs]h)?[aeiouv]{1,3}(?:ng|n|r)?"
_PINYIN: Final = re.compile(rf"{_SYLLABLE}(?:{_SYLLABLE}){{1,4}}")
_LONGEST_HANZI: Final = 6


@lru_cache(maxsize=65_536)
def compare_names(left: str, right: str) -> Verdict:
    """Whether two names agree (王小明, 王 小明, Wang Xiaoming, 王小明先生), contradict each other or leave it open.

    A surname alone, a partly hidden name (王*明) that fits, and what does not look like a name leave it open.
    """
    one, two = sorted((_plain(left), _plain(right)))
    if one == two:
        return "agree" if len(one) > 1 else "silent"
    if _HIDDEN.search(one) or _HIDDEN.search(two):
        return _compare_hidden(one, two)
    hanzi = [name for name in (one, two) if _HANZI.fullmatch(name) and len(name) <= _LONGEST_HANZI]
    latin = [name for name in (one, two) if _LATIN.fullmatch(name)]
    if len(hanzi) == 2:
        return _compare_hanzi(*hanzi)
    if len(hanzi) == 1 and len(latin) == 1:
        return _compare_scripts(hanzi[0], latin[0])
    if len(latin) == 2:
        return _compare_latin(left, right)
    return "silent"


def _plain(name: str) -> str:
    text = _SEPARATORS.sub("", unicodedata.normalize("NFKC", name)).casefold().replace("ü", "v")
    return _TITLES.sub("", text)


def _compare_hanzi(one: str, two: str) -> Verdict:
    if len(one) == len(two):
        return "agree" if all(map(_same_sound, one, two)) and len(one) > 1 else "contradict"
    short, long = sorted((one, two), key=len)
    # A surname with a title, or a given name alone.
    return "silent" if long.startswith(short) or long.endswith(short) else "contradict"


def _compare_scripts(hanzi: str, latin: str) -> Verdict:
    if len(hanzi) < 2:
        return "silent"
    if latin in _spellings(hanzi):
        return "agree"
    return "contradict" if _PINYIN.fullmatch(latin) else "silent"


def _compare_latin(left: str, right: str) -> Verdict:
    one, two = (sorted(_SEPARATORS.split(name.strip().casefold())) for name in (left, right))
    if one == two:
        return "agree"
    plain = [_plain(left), _plain(right)]
    return "contradict" if all(_PINYIN.fullmatch(name) for name in plain) else "silent"


def _compare_hidden(one: str, two: str) -> Verdict:
    hidden = [name for name in (one, two) if _HIDDEN.search(name)]
    if len(hidden) == 2:
        return "silent" if one[0] == two[0] or any(map(_HIDDEN.match, hidden)) else "contradict"
    [pattern], [other] = hidden, [name for name in (one, two) if name not in hidden]
    if not _HANZI.fullmatch(other):
        return "silent"
    return "silent" if _fits(_HIDDEN.split(pattern), other) else "contradict"


def _fits(shown: list[str], name: str) -> bool:
    """Whether a name consists of these parts with at least one character between each two.

    By hand: a regular expression tries all ways to place them, of which a name made for it has more than there is time
    for. The first place for each is as good as any later one.
    """
    first, *middle, last = shown
    at, end = len(first), len(name) - len(last)
    for part in middle:
        at = name.find(part, at + 1, end) + len(part)
        if at < len(part):
            return False
    return name.startswith(first) and name.endswith(last) and at < end


def _same_sound(one: str, two: str) -> bool:
    """Whether two characters are one, perhaps in another script: a traditional form is read as its simplified one."""
    return one == two or _readings(one)[0] == _readings(two)[0]


@lru_cache(maxsize=8192)
def _readings(character: str) -> tuple[str, ...]:
    """All readings without tones, the usual one first."""
    # Imported here: its dictionaries take a sixth of the start of every command.
    from pypinyin import Style, pinyin

    return tuple(dict.fromkeys(pinyin(character, style=Style.NORMAL, heteronym=True)[0]))


@lru_cache(maxsize=8192)
def _spellings(hanzi: str) -> frozenset[str]:
    """The ways to write a name in Latin letters: surname first or last, a surname in any of its readings."""
    found: set[str] = set()
    for reading in product(_readings(hanzi[0]), *(_readings(character)[:1] for character in hanzi[1:])):
        for surname in (1, 2):
            found.add("".join(reading))
            found.add("".join((*reading[surname:], *reading[:surname])))
    return frozenset(found)
