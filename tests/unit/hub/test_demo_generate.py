from __future__ import annotations

import csv
import gc
import hashlib
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from connectors.files.mapping import OrderMapping, load_mapping
from connectors.files.opening import open_source
from connectors.files.outcomes import Translated
from connectors.files.ready import find_mapping
from connectors.files.rows import Row
from connectors.files.translate import translate
from connectors.files.values import read_code, read_fen, read_quantity
from hub.core.errors import InvalidInput
from hub.core.model import CustomerEvent, RawIdentifier, System
from hub.demo.generate import generate
from hub.demo.history import read_history
from hub.demo.manifest import ExportFile, Manifest
from hub.demo.people import BASE_DAY, Person
from hub.demo.records import CustomerRow
from hub.demo.sales import Sale
from hub.services.policy import DEFAULT_POLICY
from rules.identifiers import normalise

_PERSONS = 300
_SEED = 1
_END_MS = int(datetime(BASE_DAY.year, BASE_DAY.month, BASE_DAY.day, tzinfo=UTC).timestamp() * 1000) + 86_400_000
Exports = tuple[Path, Manifest]


@pytest.fixture(scope="module")
def exports(tmp_path_factory: pytest.TempPathFactory) -> Exports:
    folder = tmp_path_factory.mktemp("demo")
    return folder, generate(folder, persons=_PERSONS, seed=_SEED)


@pytest.fixture(scope="module")
def customers(exports: Exports) -> dict[str, list[dict[str, Any]]]:
    return {file.system: list(_cells(exports[0], file)) for file in _files(exports, "customers")}


@pytest.fixture(scope="module")
def truth(exports: Exports) -> dict[tuple[str, str], str]:
    with (exports[0] / exports[1].truth).open(encoding="utf-8", newline="") as file:
        return {(row["system"], row["external_id"]): row["person"] for row in csv.DictReader(file)}


def _files(exports: Exports, kind: str) -> list[ExportFile]:
    return [file for file in exports[1].files if file.kind == kind]


def _cells(folder: Path, file: ExportFile) -> Iterator[dict[str, Any]]:
    source = open_source(folder / file.path)
    for row in source.rows():
        assert isinstance(row, Row)
        yield row.cells
    source.close()


def _digests(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def _phones(customers: dict[str, list[dict[str, Any]]]) -> dict[tuple[str, str], set[str]]:
    """The linking phones and unionids of each record, as the hub would read them."""
    keys = {"tmall:flagship": "ouid", "wechat:mini": "openid", "pos": "会员卡号", "erp": "CUST_NO"}
    columns = {"tmall:flagship": "手机号", "wechat:mini": "phone", "pos": "手机", "erp": "TEL"}
    found: dict[tuple[str, str], set[str]] = defaultdict(set)
    for system, rows in customers.items():
        for row in rows:
            values = found[system, row[keys[system]]]
            phone = read_code(row.get(columns[system]))
            identifier = normalise(RawIdentifier("phone", "", phone), DEFAULT_POLICY) if phone else None
            if identifier and identifier.type == "phone":
                values.add(identifier.value)
            if row.get("unionid"):
                values.add(row["unionid"])
    return found


def test_two_runs_write_the_same_bytes(tmp_path: Path) -> None:
    generate(tmp_path / "a", persons=60, seed=7)
    generate(tmp_path / "b", persons=60, seed=7)

    assert _digests(tmp_path / "a") == _digests(tmp_path / "b")


def test_another_seed_writes_other_bytes(tmp_path: Path) -> None:
    generate(tmp_path / "a", persons=30, seed=7)
    generate(tmp_path / "b", persons=30, seed=8)

    first, second = _digests(tmp_path / "a"), _digests(tmp_path / "b")
    assert all(first[name] != second[name] for name in first if not name.endswith(".yaml"))


def test_the_manifest_describes_what_was_written(exports: Exports) -> None:
    folder, manifest = exports

    for file in manifest.files:
        content = (folder / file.path).read_bytes()
        assert (len(content), hashlib.sha256(content).hexdigest()) == (file.size_bytes, file.sha256)
        assert sum(1 for _ in _cells(folder, file)) == file.rows
    assert {file.system for file in manifest.files} == {"tmall:flagship", "wechat:mini", "pos", "erp"}
    assert all(file.entities > 0 for file in manifest.files)
    listed = {name for file in manifest.files for name in (file.path, file.mapping)}
    assert set(_digests(folder)) == {*listed, "truth.csv", "manifest.json"}


def test_each_file_has_a_mapping_that_validates_and_finds_all_its_columns(exports: Exports) -> None:
    folder, manifest = exports

    for file in manifest.files:
        source = open_source(folder / file.path)
        mapping = load_mapping(folder / file.mapping)
        assert set(mapping.columns()) <= set(source.columns), file.path
        assert find_mapping(source.columns, System(file.system)) == mapping
        source.close()


def test_each_basket_is_sold_once_and_the_money_is_that_of_the_source(exports: Exports) -> None:
    folder, _ = exports
    baskets: list[str] = []
    sold_fen = quantity = lines = 0
    for file in _files(exports, "orders"):
        mapping = load_mapping(folder / file.mapping)
        assert isinstance(mapping, OrderMapping)
        assert mapping.lines is not None
        amount, count = mapping.lines.amount, mapping.lines.quantity
        assert amount is not None
        assert count is not None
        orders = set()
        for row in _cells(folder, file):
            orders.add(row[mapping.order_id])
            for line in row[mapping.lines.path] if mapping.lines.path else [row]:
                sold_fen += read_fen(line[amount.column], amount.unit) or 0
                quantity += read_quantity(line[count]) or 0
                lines += 1
        assert len(orders) == file.entities
        # every system's order numbers hold the number of the basket: eleven digits that begin with 3 or 4
        baskets += [re.sub(r"^(37(?=[34])|SO|\d{5}-)", "", order)[:11] for order in orders]

    history = read_history(seed=_SEED, households=_PERSONS)
    source = [str(basket.id) for rank in range(_PERSONS) for basket in history.baskets(rank)]
    assert sorted(baskets) == sorted(source)
    assert (sold_fen, quantity, lines) == (sum(history.amount_fen), sum(history.quantity), len(history.sku))


def test_every_line_of_an_order_has_another_id_and_its_rows_are_adjacent(exports: Exports) -> None:
    folder, _ = exports
    for file in _files(exports, "orders"):
        mapping = load_mapping(folder / file.mapping)
        assert isinstance(mapping, OrderMapping)
        assert mapping.lines is not None
        if mapping.lines.path:
            continue
        rows = [(row[mapping.order_id], row[mapping.lines.line_id or ""]) for row in _cells(folder, file)]

        runs = 1 + sum(one[0] != after[0] for one, after in pairwise(rows))
        assert len(set(rows)) == len(rows)
        assert runs == file.entities


def test_truth_names_every_customer_once(
    exports: Exports, customers: dict[str, list[dict[str, Any]]], truth: dict[tuple[str, str], str]
) -> None:
    entities = sum(file.entities for file in _files(exports, "customers"))

    assert set(_phones(customers)) == set(truth)
    assert len(truth) == entities
    assert len(set(truth.values())) == _PERSONS


def test_every_buyer_is_a_customer(exports: Exports, truth: dict[tuple[str, str], str]) -> None:
    folder, _ = exports
    for file in _files(exports, "orders"):
        mapping = load_mapping(folder / file.mapping)
        assert isinstance(mapping, OrderMapping)
        buyers = {row[mapping.customer or ""] for row in _cells(folder, file)} - {""}

        assert {(file.system, buyer) for buyer in buyers} <= set(truth)


def test_most_persons_in_several_systems_can_be_linked_and_some_cannot(
    customers: dict[str, list[dict[str, Any]]], truth: dict[tuple[str, str], str]
) -> None:
    records: dict[str, list[set[str]]] = defaultdict(list)
    systems: dict[str, set[str]] = defaultdict(set)
    for key, values in _phones(customers).items():
        records[truth[key]].append(values)
        systems[truth[key]].add(key[0])

    several = [person for person in records if len(systems[person]) > 1]
    linked = [person for person in several if _connected(records[person])]

    assert len(several) > _PERSONS / 2
    assert 0.6 < len(linked) / len(several) < 0.95


def _connected(records: list[set[str]]) -> bool:
    reached, rest = set(records[0]), records[1:]
    while joining := [values for values in rest if values & reached]:
        reached.update(*joining)
        rest = [values for values in rest if not values & reached]
    return not rest


def test_a_recycled_phone_and_a_family_phone_have_several_true_owners(
    customers: dict[str, list[dict[str, Any]]], truth: dict[tuple[str, str], str]
) -> None:
    owners: dict[str, set[str]] = defaultdict(set)
    for key, values in _phones(customers).items():
        for value in values:
            owners[value].add(truth[key])

    sizes = Counter(len(persons) for persons in owners.values())

    # seven blocks of forty: a couple in each, three or four families of three and recycled numbers, one guide
    assert sizes[2] >= 8
    assert sizes[3] >= 2
    assert sum(count for size, count in sizes.items() if size >= 6) == 1


@pytest.mark.parametrize(
    ("system", "column", "problem"),
    [
        ("tmall:flagship", "手机号", lambda text: re.fullmatch(r"\d{3}\*{4}\d{4}", text)),
        ("tmall:flagship", "手机号", lambda text: text == ""),
        ("pos", "手机", lambda text: text == ""),
        ("pos", "手机", lambda text: text == "400-820-8820"),
        ("pos", "手机", lambda text: text == "00000000000"),
        ("pos", "手机", lambda text: text == "null"),
        ("pos", "手机", lambda text: text.startswith("+86")),
        ("pos", "手机", lambda text: text.startswith("+86 ")),
        ("pos", "手机", lambda text: text.startswith("0086")),
        ("pos", "手机", lambda text: re.match("01[358]", text)),
        ("pos", "手机", lambda text: text.startswith("(86)")),
        ("pos", "手机", lambda text: re.fullmatch(r"\d{3}-\d{4}-\d{4}", text)),
        ("pos", "手机", lambda text: re.fullmatch(r"\d{3} \d{4} \d{4}", text)),
        ("pos", "手机", lambda text: text.endswith("E+10")),
        ("pos", "手机", lambda text: "１" in text),
        ("pos", "地址", lambda text: "\n" in text),
        ("pos", "姓名", lambda text: re.fullmatch(r"[A-Z][a-z]+ [A-Z][a-z]+", text)),
        ("pos", "姓名", lambda text: text.endswith(("先生", "女士"))),
        ("pos", "姓名", lambda text: re.fullmatch(r"[\u4e00-\u9fff]{1,2} [\u4e00-\u9fff]{1,2}", text)),
        ("pos", "姓名", lambda text: re.search("[張劉陳楊趙黃吳孫馬羅鄭謝韓馮蕭鄧許呂偉傑靜麗慧蘭龍輝]", text)),
        ("wechat:mini", "unionid", lambda text: text == ""),
        ("wechat:mini", "phone", lambda text: text == ""),
        ("wechat:mini", "phone", lambda text: text.startswith("+86")),
        ("erp", "TEL", lambda text: text == ""),
    ],
)
def test_the_problems_of_real_data_occur(
    customers: dict[str, list[dict[str, Any]]], system: str, column: str, problem: Callable[[str], object]
) -> None:
    assert any(problem(row.get(column) or "") for row in customers[system])


def test_one_person_has_two_openids_under_one_unionid(
    customers: dict[str, list[dict[str, Any]]], truth: dict[tuple[str, str], str]
) -> None:
    openids: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for row in customers["wechat:mini"]:
        if "unionid" in row:
            openids[row["unionid"]].add((row["openid"], row["appid"]))

    pairs = [found for found in openids.values() if len(found) > 1]

    assert pairs
    for pair in pairs:
        assert len({app for _, app in pair}) == 2
        assert len({truth["wechat:mini", openid] for openid, _ in pair}) == 1


def test_customers_are_repeated_unchanged_and_with_a_later_time(customers: dict[str, list[dict[str, Any]]]) -> None:
    unchanged = changed = 0
    for system, key, time in (("tmall:flagship", "ouid", "修改时间"), ("pos", "会员卡号", "更新时间")):
        seen: dict[str, dict[str, Any]] = {}
        for row in customers[system]:
            before = seen.setdefault(row[key], row)
            if before is not row:
                unchanged += before == row
                changed += before[time] < row[time]
                assert before[time] <= row[time]

    assert unchanged
    assert changed


def test_tills_sell_to_guests(exports: Exports) -> None:
    folder, _ = exports
    pos = next(file for file in _files(exports, "orders") if file.system == "pos")
    guests = {row["小票号"] for row in _cells(folder, pos) if not row["会员卡号"]}

    assert 0.2 < len(guests) / pos.entities < 0.4


def test_numbers_have_thousands_separators_and_each_shop_status_occurs(exports: Exports) -> None:
    folder, _ = exports
    tmall = next(file for file in _files(exports, "orders") if file.system == "tmall:flagship")
    mapping = load_mapping(folder / tmall.mapping)
    assert isinstance(mapping, OrderMapping)
    assert mapping.status is not None
    rows = list(_cells(folder, tmall))

    assert any("," in row["数量"] for row in rows)
    assert {row["订单状态"] for row in rows} == set(mapping.status.values or ())


def test_encodings_are_those_of_the_systems(exports: Exports) -> None:
    folder, _ = exports

    assert (folder / "tmall/customers.csv").read_bytes().decode("gb18030").startswith("ouid,会员昵称")
    assert (folder / "pos/customers.csv").read_bytes().startswith(b"\xef\xbb\xbf")


def test_no_row_is_rejected_and_every_customer_and_order_comes_out_whole(exports: Exports) -> None:
    folder, manifest = exports

    for file in manifest.files:
        source = open_source(folder / file.path)
        mapping, system = load_mapping(folder / file.mapping), System(file.system)
        outcomes = list(translate(source, mapping, system, timezone="UTC", latest_ms=_END_MS))
        source.close()

        events = [outcome.event for outcome in outcomes if isinstance(outcome, Translated)]
        assert len(events) == len(outcomes) == (file.entities if file.kind == "orders" else file.rows)
        for event in events:
            if isinstance(event, CustomerEvent):
                assert event.observed_ms
                for identifier in event.identifiers:
                    normalise(identifier, DEFAULT_POLICY)  # raises for what would be rejected
            else:
                assert event.lines
                assert event.amount_fen in (None, sum(line.amount_fen for line in event.lines))


def test_the_phones_worth_trying_find_one_person_in_several_systems(
    exports: Exports, customers: dict[str, list[dict[str, Any]]], truth: dict[tuple[str, str], str]
) -> None:
    known = _phones(customers)

    assert len(exports[1].phones) == 3
    for phone in exports[1].phones:
        records = [key for key, values in known.items() if phone in values]
        assert len({truth[key] for key in records}) == 1
        assert len({system for system, _ in records}) >= 3


def test_a_second_run_leaves_complete_exports_alone(tmp_path: Path) -> None:
    first = generate(tmp_path, persons=30, seed=2)
    times = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}

    again = generate(tmp_path, persons=30, seed=2)

    assert again == first
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")} == times


def test_an_interrupted_run_leaves_no_manifest_and_the_next_completes_it(tmp_path: Path) -> None:
    generate(tmp_path / "whole", persons=30, seed=2)
    generate(tmp_path / "cut", persons=30, seed=3)

    def interrupt(done: int, total: int) -> None:
        if done > total / 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        generate(tmp_path / "cut", persons=30, seed=2, progress=interrupt)
    assert not (tmp_path / "cut" / "manifest.json").exists()
    generate(tmp_path / "cut", persons=30, seed=2)

    assert _digests(tmp_path / "cut") == _digests(tmp_path / "whole")


def test_progress_reaches_its_end(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []

    generate(tmp_path, persons=30, seed=2, progress=lambda done, total: told.append((done, total)))

    assert told[-1] == (120, 120)
    assert told == sorted(told)


def test_a_single_person_is_enough(tmp_path: Path) -> None:
    made = generate(tmp_path, persons=1, seed=2)

    assert made.files
    assert all(file.rows for file in made.files)


def test_nobody_is_not_enough(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="1 to"):
        generate(tmp_path, persons=0, seed=2)


def test_memory_does_not_grow_with_the_number_of_persons(tmp_path: Path) -> None:
    before = _count_living()
    living: list[int] = []

    def count(done: int, total: int) -> None:
        if done % 200 == 0:
            living.append(_count_living() - before)

    generate(tmp_path, persons=300, seed=2, progress=count)

    assert len(living) > 4
    assert max(living) < 150


def _count_living() -> int:
    gc.collect()
    return sum(isinstance(found, (Person, CustomerRow, Sale)) for found in gc.get_objects())
