"""Weak similarity: what is suggested, why, and within which bounds."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from splink import DuckDBAPI, Linker

from hub.core.errors import InvalidInput, NotFound, Unavailable
from hub.demo.names import draw_name, draw_place, draw_surname
from hub.services.similarity import Limits, ScoredPair, Scoring, SimilarRecord, candidates, score, score_candidates

WANG = SimilarRecord(
    record="pos|1",
    person="P1",
    name="王小明",
    birthday="1990-03-14",
    address="上海市浦东新区人民路100号5幢301室",
    city="上海市",
    phone_masks=("138****1234",),
    guide="G7",
    store="S1",
)
OTHERS = [
    SimilarRecord(
        *("pos|2", "P2", "李丽", "1985-07-01", "杭州市西湖区中山路8号", "杭州市", ("139****0002",)),
        guide="G8",
        store="S2",
    ),
    SimilarRecord(
        *("pos|3", "P3", "张伟", "1990-03-14", "上海市徐汇区长江路9号", "上海市", ("137****0003",)),
        guide="G9",
        store="S1",
    ),
]


def of(scoring: Scoring) -> set[tuple[str, str]]:
    return {(pair.left, pair.right) for pair in scoring.pairs}


def only(scoring: Scoring) -> ScoredPair:
    (pair,) = scoring.pairs
    return pair


def level(pair: ScoredPair, field: str) -> str:
    return next(weight.level for weight in pair.weights if weight.field == field)


def make_people(count: int, *, seed: int = 1) -> list[SimilarRecord]:
    """Invented people; every third has a second record, with errors and gaps, half of those as a person of its own."""
    rng = Random(seed)
    rows = []
    for at in range(count):
        place = draw_place(rng)
        name = draw_name(rng, draw_surname(rng), male=rng.random() < 0.5)
        born = f"{rng.randint(1955, 2005)}-{rng.randint(1, 12):02}-{rng.randint(1, 28):02}"
        phone = f"13{rng.randint(0, 9)}****{rng.randint(0, 9999):04}"
        one = SimilarRecord(
            *(f"pos|{at}", f"P{at}", name.simplified, born, place.address, place.city, (phone,)),
            guide=f"G{rng.randint(0, 40)}",
            store=f"S{rng.randint(0, 6)}",
        )
        rows.append(one)
        if at % 3 == 0:
            other = replace(one, record=f"tmall|{at}", person=rng.choice([one.person, f"Q{at}"]))
            other = replace(other, name=rng.choice([one.name, f"{name.surname}**", name.pinyin]))
            other = replace(other, birthday=rng.choice([one.birthday, one.birthday, None]))
            rows.append(replace(other, address=rng.choice([one.address, None]), guide=None))
    return rows


@cache
def train_once() -> Scoring:
    return score_candidates(make_people(400), threshold=0.5)


def test_masked_name_and_masked_phone_meet_the_full_ones() -> None:
    masked = SimilarRecord("tmall|9", "P9", "王**", None, None, "上海", ("138****1234",))

    pair = only(score_candidates([WANG, masked, *OTHERS], threshold=0.05))

    assert (pair.left, pair.right) == ("pos|1", "tmall|9")
    assert level(pair, "name") == "masked name fits"
    assert level(pair, "phone") == "one in common"
    assert level(pair, "birthday") == "missing"
    assert level(pair, "address") == "same area"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("王小明", "same"),
        (" 王 小 明 ", "same"),
        ("王晓明", "same pinyin"),
        ("Wang Xiaoming", "same pinyin"),
        ("王*明", "masked name fits"),
        ("王＊＊", "masked name fits"),
        ("*小明", "masked name fits"),
        ("王先生", "masked name fits"),
        ("王刚", "same surname"),
        ("李*明", "other"),
        (None, "missing"),
        ("***", "missing"),
    ],
)
def test_names_agree_at_the_level_that_their_writing_allows(name: str | None, expected: str) -> None:
    other = replace(WANG, record="tmall|9", person="P9", name=name)

    assert level(only(score_candidates([WANG, other], threshold=0)), "name") == expected


def test_a_name_full_of_stars_does_not_hold_up_the_others() -> None:
    hostile = replace(WANG, record="tmall|9", person="P9", name="王*" * 25 + "李")
    victim = replace(WANG, record="jd|9", person="P8", name="王" * 55)

    pair = only(score_candidates([victim, hostile], threshold=0))

    assert level(pair, "name") == "same surname"


@pytest.mark.parametrize(
    ("born", "expected"),
    [
        ("1990-03-14", "same"),
        ("1990-03-41", "missing"),
        ("1990-03-15", "one digit apart"),
        ("1971-03-14", "same month and day"),
        ("1990-11-02", "same year"),
        ("1971-11-02", "other"),
    ],
)
def test_birthdays_agree_at_their_level(born: str, expected: str) -> None:
    other = replace(WANG, record="tmall|9", person="P9", birthday=born)

    assert level(only(score_candidates([WANG, other], threshold=0)), "birthday") == expected


@pytest.mark.parametrize(
    ("address", "city", "expected"),
    [
        ("浦东新区 人民路100号 5幢301室", "上海", "same"),
        ("上海市浦东新区人民路100号5幢", "上海市", "much in common"),
        ("上海市长宁区学院路7号", "上海市", "same area"),
        (None, "上海市", "same area"),
        ("北京市海淀区学院路7号", "北京市", "other"),
        (None, None, "missing"),
    ],
)
def test_addresses_agree_at_their_level(address: str | None, city: str | None, expected: str) -> None:
    other = replace(WANG, record="tmall|9", person="P9", address=address, city=city)

    assert level(only(score_candidates([WANG, other], threshold=0)), "address") == expected


def test_records_of_one_person_are_never_paired() -> None:
    rows = [WANG, replace(WANG, record="tmall|8"), replace(WANG, record="tmall|9", person="P9")]

    assert of(score_candidates(rows, threshold=0)) == {("pos|1", "tmall|9"), ("tmall|8", "tmall|9")}


def test_weights_add_up_to_the_probability() -> None:
    for pair in train_once().pairs:
        assert pair.weights[0].field == "prior"
        assert 1 / (1 + 2**-pair.bits) == pytest.approx(pair.probability, abs=1e-12)


def test_duplicates_are_found_and_strangers_are_not() -> None:
    rows = make_people(400)
    duplicates = {(f"pos|{row.person[1:]}", row.record) for row in rows if row.person.startswith("Q")}

    found = of(train_once())

    assert len(found & duplicates) / len(found) > 0.95
    assert len(found & duplicates) / len(duplicates) > 0.85


def test_training_tells_what_it_learnt() -> None:
    assert train_once().trained
    assert train_once().untrained == ()


def test_field_that_nobody_states_is_not_trained() -> None:
    emails = [replace(WANG, record=f"tmall|{at}", person=f"T{at}", email_masks=("w***@example.com",)) for at in (1, 2)]

    levels = {
        one["output_column_name"]: one["comparison_levels"]
        for one in json.loads(train_once().parameters)["comparisons"]
    }
    later = score_candidates(emails, threshold=0, parameters=train_once().parameters)

    assert "m_probability" in levels["phone"][1]
    assert "m_probability" not in levels["email"][1]
    assert (later.trained, later.untrained) == (False, ("email",))


def test_few_rows_are_scored_with_the_defaults_and_say_so() -> None:
    scoring = score_candidates([WANG, replace(WANG, record="tmall|9", person="P9"), *OTHERS], threshold=0.5)

    assert of(scoring) == {("pos|1", "tmall|9")}
    assert not scoring.trained
    assert scoring.untrained == ("name", "birthday", "address", "phone", "shop")


@settings(max_examples=8)
@given(st.permutations([WANG, replace(WANG, record="tmall|9", person="P9", name="王*明"), *OTHERS]))
def test_order_of_the_rows_changes_nothing(rows: list[SimilarRecord]) -> None:
    assert score_candidates(rows, threshold=0) == score_candidates(sorted(rows, key=str), threshold=0)


def test_order_of_the_rows_changes_nothing_in_training() -> None:
    rows = make_people(400)
    Random(2).shuffle(rows)

    assert score_candidates(rows, threshold=0.5) == train_once()


def test_stored_parameters_give_the_same_scores() -> None:
    again = score_candidates(make_people(400), threshold=0.5, parameters=train_once().parameters)

    assert (train_once().learnt, again.learnt) == (True, False)
    assert replace(again, learnt=True) == train_once()


def test_parameters_are_a_model_that_splink_reads() -> None:
    api = DuckDBAPI()
    rows = api.register([{"id": 1, "name_text": "王小明"}, {"id": 2, "name_text": "李丽"}])

    linker = Linker(rows, json.loads(train_once().parameters), log_level=None, validate_settings=False)

    assert linker.misc.save_model_to_json()["comparisons"][0]["output_column_name"] == "name"


def test_sql_in_parameters_is_never_run() -> None:
    model = json.loads(train_once().parameters)
    for comparison in model["comparisons"]:
        for one in comparison["comparison_levels"]:
            one["sql_condition"] = "nonsense("

    again = score_candidates(make_people(400), threshold=0.5, parameters=json.dumps(model))

    assert again.pairs == train_once().pairs


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"comparisons": []}', '{"comparisons": [1]}', "7"])
def test_parameters_of_another_model_are_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match="train new ones"):
        score_candidates([WANG], threshold=0.5, parameters=text)


def test_probabilities_out_of_range_are_refused() -> None:
    model = json.loads(train_once().parameters)
    model["comparisons"][0]["comparison_levels"][1]["m_probability"] = 1.5

    with pytest.raises(InvalidInput):
        score_candidates([WANG], threshold=0.5, parameters=json.dumps(model))


NOBODY = [SimilarRecord(f"pos|{at}", f"P{at}") for at in range(3)]


@pytest.mark.parametrize("rows", [[], [WANG], NOBODY, [WANG, *OTHERS]])
def test_rows_that_pair_with_nobody_give_nothing(rows: list[SimilarRecord]) -> None:
    scoring = score_candidates(rows, threshold=0.5)

    assert (scoring.pairs, scoring.trained, scoring.omitted) == ((), False, 0)
    assert json.loads(scoring.parameters)["comparisons"]


def test_many_rows_without_anything_stated_give_nothing() -> None:
    rows = [SimilarRecord(f"pos|{at}", f"P{at}") for at in range(score.FREQUENCY_ROWS)]

    scoring = score_candidates(rows, threshold=0)

    assert (scoring.pairs, scoring.compared, scoring.trained) == ((), 0, False)


def test_many_rows_that_are_all_the_same_still_end() -> None:
    rows = [replace(WANG, record=f"pos|{at}", person=f"P{at}") for at in range(300)]

    scoring = score_candidates(rows, threshold=0)

    assert scoring.compared == 0
    assert all((one.blocks, one.pairs, one.whole) == (1, 44_850, False) for one in scoring.skipped)
    assert {"phone", "birthday and surname"} <= {one.key for one in scoring.skipped}


def test_value_that_everybody_has_makes_no_pairs_and_is_told() -> None:
    crowd = [SimilarRecord(f"erp|{at}", f"E{at}", phone_masks=("138****0000",)) for at in range(20)]
    twins = [WANG, replace(WANG, record="tmall|9", person="P9")]

    scoring = score_candidates([*crowd, *twins], threshold=0, limits=Limits(block_pairs=100))

    assert of(scoring) == {("pos|1", "tmall|9")}
    assert [(one.key, one.blocks, one.pairs) for one in scoring.skipped] == [("phone", 1, 190)]


def test_keys_over_the_limit_of_all_pairs_are_left_out_whole() -> None:
    twins = [replace(WANG, record=f"pos|{at}", person=f"P{at}", phone_masks=()) for at in range(3)]

    scoring = score_candidates(twins, threshold=0, limits=Limits(pairs=4))

    assert scoring.compared == 3
    assert all(one.whole and one.pairs == 3 for one in scoring.skipped)
    assert len(scoring.skipped) == 6


def test_a_pair_that_is_named_is_scored_whatever_it_shares() -> None:
    stranger = SimilarRecord("tmall|9", "P9", "赵六", birthday="2001-01-01")
    named = [("tmall|9", "pos|1"), ("pos|1", "pos|1"), ("pos|1", "unknown|1"), ("tmall|9", "tmall|9")]

    without = score_candidates([WANG, stranger, *OTHERS], threshold=0)
    scoring = score_candidates([WANG, stranger, *OTHERS], threshold=0, also=named)

    assert ("pos|1", "tmall|9") not in of(without)
    assert of(scoring) == of(without) | {("pos|1", "tmall|9")}


def test_answer_keeps_the_likeliest_and_counts_the_rest() -> None:
    scoring = score_candidates(make_people(400), threshold=0.5, limits=Limits(results=5))

    assert scoring.pairs == train_once().pairs[:5]
    assert scoring.omitted == len(train_once().pairs) - 5


def test_scoring_in_chunks_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(score, "_CHUNK_PAIRS", 7)

    assert score_candidates(make_people(400), threshold=0.5) == train_once()


def test_progress_goes_through_the_stages_and_can_end_the_work() -> None:
    told: list[tuple[str, int, int]] = []

    score_candidates(make_people(100), threshold=0.5, progress=lambda *step: told.append(step))

    assert list(dict.fromkeys(stage for stage, _, _ in told)) == ["prepare", "block", "train", "score"]
    assert all(0 <= done <= total for _, done, total in told)

    def stop(*_: Any) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        score_candidates([WANG], threshold=0.5, progress=stop)


def test_work_that_does_not_fit_into_memory_is_told(tmp_path: Path) -> None:
    rows = make_people(2000)

    with pytest.raises(Unavailable, match="more than 2 MiB"):
        score_candidates(rows, threshold=0.5, limits=Limits(temp_dir=tmp_path, memory_mib=2, temp_mib=1))


@pytest.mark.parametrize("threshold", [-0.1, 1, float("nan")])
def test_threshold_that_is_no_probability_is_refused(threshold: float) -> None:
    with pytest.raises(InvalidInput):
        score_candidates([WANG], threshold=threshold)


def test_record_that_is_there_twice_is_refused() -> None:
    with pytest.raises(InvalidInput, match="twice"):
        score_candidates([WANG, WANG], threshold=0.5)


def test_missing_extra_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(candidates, "find_spec", lambda _: None)

    with pytest.raises(NotFound, match=r"memberhub\[stewardship\]"):
        score_candidates([WANG], threshold=0.5)


@settings(max_examples=10)
@given(st.lists(st.tuples(*[st.none() | st.text(max_size=12)] * 4), max_size=6))
def test_whatever_systems_write_is_survived(rows: list[tuple[str | None, ...]]) -> None:
    records = [
        SimilarRecord(f"r{at}", f"P{at}", name, born, address, city, (born or "",))
        for at, (name, born, address, city) in enumerate(rows)
    ]

    assert score_candidates(records, threshold=0.999).omitted == 0
