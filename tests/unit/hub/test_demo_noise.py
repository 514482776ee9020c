from __future__ import annotations

import hashlib
from collections import Counter
from pathlib import Path

import pytest

from hub.core.errors import InvalidInput
from hub.demo.generate import generate
from hub.demo.history import History, read_history
from hub.demo.manifest import find_complete
from hub.demo.noise import is_played, worsen
from hub.demo.people import KINDS, People
from hub.demo.records import write_records

_SIZE = 4000


@pytest.fixture(scope="module")
def history() -> History:
    return read_history(seed=1, households=50)


def _digest(folder: Path) -> str:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()


def _parts(history: History, noise: float) -> Counter[str]:
    people = People(history, size=_SIZE, seed=1, noise=noise)
    return Counter(people[number].part for number in range(_SIZE))


def test_usual_noise_leaves_a_draw_as_it_is() -> None:
    draws = [number / 997 for number in range(997)]

    assert [worsen(draw, 1.0) for draw in draws] == pytest.approx(draws, abs=1e-15)
    assert sum(worsen(draw, 2.0) >= 0.9 for draw in draws) == pytest.approx(
        2 * sum(draw >= 0.9 for draw in draws), 0.02
    )
    assert {worsen(draw, 0.0) for draw in draws} == {0.0}


def test_a_part_is_played_as_often_as_the_noise_says() -> None:
    played = [sum(is_played(1.5, turn, f"{block}") for turn in range(3)) for block in range(2000)]

    assert set(played) == {1, 2}
    assert sum(played) / len(played) == pytest.approx(1.5, abs=0.05)


def test_the_shares_of_shared_phones_follow_the_noise(history: History) -> None:
    none, usual, double, most = (_parts(history, noise) for noise in (0.0, 1.0, 2.0, 3.0))

    for part in ("family", "careless", "guided"):
        assert [none[part], double[part], most[part]] == [0, 2 * usual[part], 3 * usual[part]]
    assert none["former_owner"] == usual["former_owner"] == most["former_owner"]


def test_a_family_stays_together_whatever_the_noise(history: History) -> None:
    people = People(history, size=_SIZE, seed=1, noise=2.4)
    owners = Counter(people[number].phone for number in range(_SIZE) if people[number].part == "family")

    assert set(owners.values()) == {2, 3}


def test_noise_hides_more_phones_and_mistypes_names(history: History) -> None:
    missing, mistyped = {}, {}
    for noise in (1.0, 3.0):
        people = People(history, size=1000, seed=1, noise=noise)
        rows = [
            row
            for number in range(1000)
            for kind in KINDS
            if kind in people[number].kinds
            for row in write_records(people[number], kind, seed=1, noise=noise)
        ]
        missing[noise] = sum(not row.phone for row in rows) / len(rows)
        mistyped[noise] = sum(
            len(row.name) == len(row.person.name.simplified)
            and row.name[:-1] == row.person.name.simplified[:-1]
            and row.name not in (row.person.name.simplified, row.person.name.traditional)
            for row in rows
        )

    assert missing[3.0] > 1.5 * missing[1.0]
    assert mistyped[3.0] > 20 > mistyped[1.0]


def test_exports_of_usual_noise_are_those_that_always_were(tmp_path: Path) -> None:
    generate(tmp_path / "a", persons=60, seed=7)
    generate(tmp_path / "b", persons=60, seed=7, noise=1.0)
    generate(tmp_path / "c", persons=60, seed=7, noise=2.0)

    assert _digest(tmp_path / "a") == _digest(tmp_path / "b") != _digest(tmp_path / "c")
    assert "noise" not in (tmp_path / "a" / "manifest.json").read_text(encoding="utf-8")
    assert find_complete(tmp_path / "c", persons=60, seed=7) is None
    assert find_complete(tmp_path / "c", persons=60, seed=7, noise=2.0) is not None


def test_without_orders_the_customers_are_the_same(tmp_path: Path) -> None:
    full = generate(tmp_path / "a", persons=60, seed=7)
    bare = generate(tmp_path / "b", persons=60, seed=7, orders=False)

    assert bare.files == tuple(file for file in full.files if file.kind == "customers")


@pytest.mark.parametrize("noise", [-0.1, 3.1])
def test_noise_out_of_range_is_refused(tmp_path: Path, noise: float) -> None:
    with pytest.raises(InvalidInput, match="noise"):
        generate(tmp_path / "new", persons=10, seed=1, noise=noise)
