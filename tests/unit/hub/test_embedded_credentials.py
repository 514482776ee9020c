from __future__ import annotations

import json
from pathlib import Path

import pytest
from pydantic import SecretStr

from hub.core.errors import Conflict, InvalidSettings
from hub.core.settings import load_settings
from hub.embedded.credentials import (
    ensure_credentials,
    find_identity_key,
    finish_rotation,
    one_rotation,
    prepare_rotation,
)

OWN_KEY = SecretStr("ab" * 32)


def test_first_run_makes_credentials_that_only_the_owner_reads(tmp_path: Path) -> None:
    made = ensure_credentials(tmp_path, None, has_data=False)

    assert (tmp_path / "credentials.json").stat().st_mode & 0o777 == 0o600
    assert len(bytes.fromhex(made.identity_key.get_secret_value())) == 32
    assert made.graph_password != made.queue_password
    assert made.graph_password not in repr(made)


def test_later_runs_find_the_same_credentials(tmp_path: Path) -> None:
    made = ensure_credentials(tmp_path, None, has_data=False)

    assert ensure_credentials(tmp_path, None, has_data=True) == made


def test_settings_pick_the_credentials_up(tmp_path: Path) -> None:
    made = ensure_credentials(tmp_path, None, has_data=False)

    settings = load_settings({"HUB_DATA_DIR": str(tmp_path)})

    assert settings.identity_key == made.identity_key
    assert settings.graph_password.get_secret_value() == made.graph_password


def test_file_that_others_may_read_is_closed_again(tmp_path: Path) -> None:
    ensure_credentials(tmp_path, None, has_data=False)
    (tmp_path / "credentials.json").chmod(0o644)

    ensure_credentials(tmp_path, None, has_data=True)

    assert (tmp_path / "credentials.json").stat().st_mode & 0o777 == 0o600


def test_missing_file_beside_data_is_not_replaced(tmp_path: Path) -> None:
    with pytest.raises(InvalidSettings, match="restore it from a backup"):
        ensure_credentials(tmp_path, None, has_data=True)

    assert not (tmp_path / "credentials.json").exists()


@pytest.mark.parametrize(
    "content",
    [
        *("", "{", "[]", "{}", '{"graph_password": "", "queue_password": "x"}'),
        '{"graph_password": "x", "queue_password": "x", "identity_key": "short"}',
    ],
)
def test_damaged_file_is_named_with_what_to_do(tmp_path: Path, content: str) -> None:
    (tmp_path / "credentials.json").write_text(content)

    with pytest.raises(InvalidSettings, match=r"credentials\.json .*: restore it from a backup"):
        ensure_credentials(tmp_path, OWN_KEY, has_data=True)


def test_own_identity_key_is_used_and_not_stored(tmp_path: Path) -> None:
    made = ensure_credentials(tmp_path, OWN_KEY, has_data=False)

    assert made.identity_key == OWN_KEY
    assert "identity_key" not in json.loads((tmp_path / "credentials.json").read_text())


def test_data_made_with_an_own_key_asks_for_it(tmp_path: Path) -> None:
    ensure_credentials(tmp_path, OWN_KEY, has_data=False)

    with pytest.raises(InvalidSettings, match="HUB_IDENTITY_KEY is not set"):
        ensure_credentials(tmp_path, None, has_data=True)


def test_key_in_another_spelling_is_the_same(tmp_path: Path) -> None:
    made = ensure_credentials(tmp_path, None, has_data=False)
    path = tmp_path / "credentials.json"
    kept = json.loads(path.read_text())
    path.write_text(json.dumps(kept | {"identity_key": kept["identity_key"].upper()}))

    assert ensure_credentials(tmp_path, made.identity_key, has_data=True).identity_key == made.identity_key


def test_another_key_than_the_data_was_stored_with_is_refused(tmp_path: Path) -> None:
    ensure_credentials(tmp_path, None, has_data=False)

    with pytest.raises(InvalidSettings, match="HUB_IDENTITY_KEY differs"):
        ensure_credentials(tmp_path, OWN_KEY, has_data=True)


def test_a_rotation_writes_its_new_key_down_before_it_begins_and_finds_it_again(tmp_path: Path) -> None:
    made = ensure_credentials(tmp_path, None, has_data=False)

    first, again = prepare_rotation(tmp_path, None), prepare_rotation(tmp_path, None)

    assert first == again != made.identity_key
    assert find_identity_key(tmp_path) == made.identity_key
    assert load_settings({"HUB_DATA_DIR": str(tmp_path)}).identity_key == made.identity_key


def test_a_finished_rotation_leaves_the_new_key_alone(tmp_path: Path) -> None:
    ensure_credentials(tmp_path, None, has_data=False)
    old = find_identity_key(tmp_path)
    prepare_rotation(tmp_path, OWN_KEY)

    finish_rotation(tmp_path, OWN_KEY)
    finish_rotation(tmp_path, OWN_KEY)

    assert old is not None
    assert find_identity_key(tmp_path) == OWN_KEY
    kept = json.loads((tmp_path / "credentials.json").read_text())
    assert "identity_key_next" not in kept
    assert kept["identity_key_previous"] == old.get_secret_value()


def test_a_rotation_to_a_key_that_nobody_wrote_down_is_not_recorded(tmp_path: Path) -> None:
    ensure_credentials(tmp_path, None, has_data=False)
    begun = prepare_rotation(tmp_path, None)
    before = (tmp_path / "credentials.json").read_text()

    with pytest.raises(InvalidSettings, match="was changed during the rotation"):
        finish_rotation(tmp_path, OWN_KEY)

    assert (tmp_path / "credentials.json").read_text() == before
    assert prepare_rotation(tmp_path, None) == begun


def test_one_process_at_a_time_rotates_a_directory(tmp_path: Path) -> None:
    with one_rotation(tmp_path), pytest.raises(Conflict, match="Another process is rotating"), one_rotation(tmp_path):
        pass
    with one_rotation(tmp_path):
        pass


def test_a_rotation_that_was_begun_with_another_key_is_not_forgotten(tmp_path: Path) -> None:
    ensure_credentials(tmp_path, None, has_data=False)
    begun = prepare_rotation(tmp_path, None)

    with pytest.raises(InvalidSettings, match="HUB_IDENTITY_KEY differs"):
        prepare_rotation(tmp_path, OWN_KEY)

    assert prepare_rotation(tmp_path, None) == begun


def test_a_directory_without_a_key_of_its_own_keeps_none(tmp_path: Path) -> None:
    assert find_identity_key(tmp_path) is None
    ensure_credentials(tmp_path, OWN_KEY, has_data=False)

    assert find_identity_key(tmp_path) is None
