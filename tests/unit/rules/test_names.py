"""Names across scripts, titles and partly hidden forms."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.names import Verdict, compare_names

NAMES = [
    "王小明",
    "王 小明",
    "Wang Xiaoming",
    "王芳",
    "王*明",
    "*",
    "王",
    "小明",
    "王先生",
    "momo🍓",
    "Amy",
    "",
    "欧阳晓",
]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("王小明", "王小明"),
        ("王小明", " 王·小明 "),
        ("王小明", "王小明先生"),
        ("张伟女士", "张伟老师"),
        ("歐陽曉", "欧阳晓"),
        ("王小明", "Wang Xiaoming"),
        ("王小明", "XIAO-MING WANG"),
        ("欧阳晓", "Ouyang Xiao"),
        ("欧阳晓", "Xiao Ouyang"),
        ("曾芳", "Zeng Fang"),
        ("吕芳", "Lü Fang"),
        ("吕芳", "Lv Fang"),
        ("Fang Wang", "wang fang"),
        ("王小明", "\uff37\uff41\uff4e\uff47 Xiaoming"),
        ("Amy", "Amy"),
    ],
)
def test_one_name_in_two_writings_agrees(one: str, other: str) -> None:
    assert compare_names(one, other) == "agree"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("王小明", "王小红"),
        ("王", "李"),
        ("王", "汪"),
        ("王小明", "王芳"),
        ("王小明", "李静静"),
        ("王芳", "Li Jing"),
        ("王小明", "Xiao Wangming"),
        ("Wang Fang", "Li Jing"),
        ("Wang Fang", "Fang"),
        ("王*明", "王小红"),
        ("王*明", "李小明"),
        ("王**", "李静"),
        ("王*", "李*"),
        ("王某某", "李静静"),
        ("王*明", "王明"),
        ("*明", "明"),
        ("王*明*明", "王小明明"),
        ("王*小*明", "王明小明"),
    ],
)
def test_two_names_contradict_each_other(one: str, other: str) -> None:
    expected: Verdict = "silent" if other == "Fang" else "contradict"

    assert compare_names(one, other) == expected


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("王", "王小明"),
        ("王先生", "王小明"),
        ("小明", "王小明"),
        ("王", "王"),
        ("王", "Wang"),
        ("王", "Wang Xiaoming"),
        ("", "王小明"),
        ("先生", "王小明"),
        ("王*明", "王小明"),
        ("王**", "王小明"),
        ("*明", "王小明"),
        ("王×明", "王小明"),
        ("王某", "王芳"),
        ("王*明", "Wang Xiaoming"),
        ("王*", "王*明"),
        ("*明", "李*"),
        ("×明", "李×"),
        ("某某", "李*"),
        ("王*明", "王小小明"),
        ("欧*晓*", "欧阳晓燕"),
        ("王芳", "Amy"),
        ("Amy", "Wang Fang"),
        ("王芳", "小森林🌿"),
        ("王芳", "Wang Fang2"),
        ("淡淡的云和平安喜乐", "王芳"),
        ("momo", "Amy"),
    ],
)
def test_what_is_no_whole_name_leaves_it_open(one: str, other: str) -> None:
    assert compare_names(one, other) == "silent"


def test_a_long_nickname_in_hanzi_is_no_name_and_six_characters_may_be_one() -> None:
    assert compare_names("阿卜杜勒江山", "王芳") == "contradict"
    assert compare_names("阿卜杜勒江山水", "王芳") == "silent"


@pytest.mark.parametrize("stars", [3, 30, 3000])
def test_a_name_full_of_stars_takes_no_longer_than_another(stars: int) -> None:
    assert compare_names("王*" * stars + "李", "王" * 4 * stars) == "contradict"
    assert compare_names("王*" * stars + "李", "王" * 4 * stars + "李") == "silent"


@given(st.text("王小*", max_size=9), st.text("王小", min_size=2, max_size=9))
def test_a_hidden_name_fits_where_its_stars_stand_for_something(hidden: str, name: str) -> None:
    shape = re.sub(r"\*+", ".+", f"{hidden}*")

    assert (compare_names(f"{hidden}*", name) == "silent") == bool(re.fullmatch(shape, name))


@given(st.sampled_from(NAMES), st.sampled_from(NAMES))
def test_the_order_of_two_names_does_not_matter(one: str, other: str) -> None:
    assert compare_names(one, other) == compare_names(other, one)
