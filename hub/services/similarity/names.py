"""Names as systems write them: hanzi, Latin letters, masked, with a title for a given name."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from pypinyin import lazy_pinyin

_HANZI: Final = re.compile(r"[\u3400-\u9fff\U00020000-\U0003ffff]")
_TITLE: Final = re.compile(r"^(..?)(先生|女士|小姐|太太)$")
_MASKS: Final = str.maketrans({"＊": "*", "●": "*", "○": "*", "﹡": "*"})
_COMPOUND: Final = re.compile(
    "欧阳|歐陽|司马|司馬|上官|诸葛|諸葛|东方|東方|皇甫|尉迟|尉遲|公孙|公孫|慕容|令狐|长孙|長孫|宇文|司徒|夏侯|轩辕|軒轅"
)
# How these are read as surnames, where the dictionary knows the common word.
_READ_AS: Final = {
    hanzi: read
    for read, written in (
        *(("zeng", "曾"), ("shan", "单單"), ("qiu", "仇"), ("xie", "解"), ("zha", "查"), ("ge", "盖"), ("piao", "朴")),
        *(("miao", "缪"), ("zhai", "翟"), ("qin", "覃"), ("ou", "区區"), ("yuchi", ("尉迟", "尉遲"))),
        ("zhangsun", ("长孙", "長孫")),
    )
    for hanzi in written
}
_MOST_CHARS: Final = 60
# LIKE tries all ways to place what shows between hidden parts: with a dozen of those one pair takes for ever.
_MOST_HIDDEN: Final = 3


@dataclass(frozen=True, slots=True)
class Name:
    """A name's forms for comparison.

    Attributes:
        text: folded, with `*` for what is hidden.
        full: the same where nothing is hidden.
        pinyin: of a full name, in one word without tones: `wangxiaoming`, whichever script it was in.
        surname: the surname's pinyin, where it can be told.
        pattern: of a masked name, for SQL's LIKE; a run of stars stands for one character or more. None where there
            are more runs than any name has.
    """

    text: str
    full: str | None = None
    pinyin: str | None = None
    surname: str | None = None
    pattern: str | None = None


@lru_cache(maxsize=65_536)
def read_name(stated: str) -> Name | None:
    """The forms of a name; None where it has no letter or character that shows."""
    folded = unicodedata.normalize("NFKC", stated.translate(_MASKS)).casefold()
    text = _TITLE.sub(r"\1*", re.sub(r"[^\w*]|_", "", folded)[:_MOST_CHARS])
    if not text.strip("*"):
        return None
    surname = _surname(text)
    if "*" in text:
        pattern, hidden = re.subn(r"\*+", "_%", text)
        return Name(text, surname=surname, pattern=pattern if hidden <= _MOST_HIDDEN else None)
    return Name(text, full=text, pinyin=_pinyin(text), surname=surname)


def _split(text: str) -> tuple[str, str]:
    size = 2 if _COMPOUND.match(text) else 1
    return text[:size], text[size:]


def _surname(text: str) -> str | None:
    if not _HANZI.match(text):
        return None
    surname, _ = _split(text)
    return _READ_AS.get(surname) or "".join(lazy_pinyin(surname))


def _pinyin(text: str) -> str:
    first, rest = _split(text)
    read = _READ_AS.get(first)
    return read + "".join(lazy_pinyin(rest)) if read else "".join(lazy_pinyin(text))
