"""The secrets of a data directory: made once, kept with the data that needs them."""

from __future__ import annotations

import fcntl
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import SecretStr

from hub.core.errors import Conflict, InvalidSettings
from hub.core.setting_checks import check_identity_key
from hub.core.setting_files import CREDENTIALS_FILE, read_stack_file
from hub.embedded.files import write_private_json

_PASSWORD_BYTES = 24
_KEY_BYTES = 32
_ROTATION_LOCK = ".rotation.lock"


@dataclass(frozen=True, slots=True)
class Credentials:
    """What opens the embedded servers; `identity_key` is 32 bytes in hexadecimal."""

    graph_password: str = field(repr=False)
    queue_password: str = field(repr=False)
    identity_key: SecretStr


def ensure_credentials(directory: Path, identity_key: SecretStr | None, *, has_data: bool) -> Credentials:
    """Read the directory's credentials, or make them on its first run.

    Args:
        identity_key: the operator's own key, if there is one; then none is made or kept here.
        has_data: the directory already holds a graph, which new credentials could not open.

    Raises:
        InvalidSettings: the file is damaged, is missing beside its data, or holds another identity key than given.
    """
    path = directory / CREDENTIALS_FILE
    if not path.exists():
        if has_data:
            raise InvalidSettings(
                f"{path} is missing, and without it the data beside it cannot be read: "
                "restore it from a backup, or remove the whole directory to start afresh."
            )
        write_private_json(path, _make(own_key=identity_key is not None))
    kept = _read(path)
    path.chmod(0o600)
    return Credentials(
        graph_password=kept["graph_password"],
        queue_password=kept["queue_password"],
        identity_key=_identity_key(kept.get("identity_key"), identity_key, path),
    )


def find_identity_key(directory: Path) -> SecretStr | None:
    """The identity key that the directory keeps; None where it keeps none."""
    kept = read_stack_file(directory, CREDENTIALS_FILE).get("identity_key")
    return SecretStr(kept) if isinstance(kept, str) else None


@contextmanager
def one_rotation(directory: Path) -> Iterator[None]:
    """Let nobody else rotate the directory's own key for the time of the block; raises Conflict where somebody does.

    A process that dies lets go.
    """
    if not directory.is_dir():
        yield
        return
    with (directory / _ROTATION_LOCK).open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise Conflict("Another process is rotating the key of this data directory: wait until it ends.") from None
        yield


def prepare_rotation(directory: Path, given: SecretStr | None) -> SecretStr:
    """The key that a rotation of the directory's own key goes to, written down beside it before anything is done.

    It is the one that an earlier, unfinished rotation wrote down; else the given one, else a fresh one. Raises
    InvalidSettings where the given one is another than the one written down.
    """
    path = directory / CREDENTIALS_FILE
    kept = _read(path)
    begun = kept.get("identity_key_next")
    if begun is not None and given is not None and given.get_secret_value() != begun:
        raise InvalidSettings(
            f"HUB_IDENTITY_KEY differs from the key in {path} that a rotation was begun with: unset it."
        )
    key = begun or (given.get_secret_value() if given else secrets.token_hex(_KEY_BYTES))
    write_private_json(path, kept | {"identity_key_next": key})
    return SecretStr(key)


def finish_rotation(directory: Path, rotated_to: SecretStr) -> None:
    """Have the directory keep the key that its graph has now, and the one before, which older backups need.

    Raises InvalidSettings where the key that was written down is another one: the file was changed meanwhile.
    """
    path = directory / CREDENTIALS_FILE
    kept = _read(path)
    key, begun = rotated_to.get_secret_value(), kept.pop("identity_key_next", None)
    if begun is None and kept.get("identity_key") == key:
        return
    if begun != key:
        raise InvalidSettings(f"{path} was changed during the rotation: restore it, then run the same command again.")
    write_private_json(path, kept | {"identity_key": key, "identity_key_previous": kept["identity_key"]})


def _make(*, own_key: bool) -> dict[str, str]:
    made = {
        "graph_password": secrets.token_urlsafe(_PASSWORD_BYTES),
        "queue_password": secrets.token_urlsafe(_PASSWORD_BYTES),
    }
    return made if own_key else made | {"identity_key": secrets.token_hex(_KEY_BYTES)}


def _read(path: Path) -> dict[str, str]:
    kept = read_stack_file(path.parent, path.name)
    needed = [kept.get("graph_password"), kept.get("queue_password"), kept.get("identity_key", "none")]
    if not all(isinstance(value, str) and value for value in needed):
        raise _damaged(path)
    return kept


def _identity_key(kept: str | None, given: SecretStr | None, path: Path) -> SecretStr:
    if kept is None:
        if given is None:
            raise InvalidSettings(
                "HUB_IDENTITY_KEY is not set, and this directory was made with one of your own: set the same key again."
            )
        return given
    try:
        own = check_identity_key(SecretStr(kept))
    except ValueError:
        raise _damaged(path) from None
    if given not in (None, own):
        raise InvalidSettings(
            f"HUB_IDENTITY_KEY differs from the key in {path}, which the data was stored with: unset the variable."
        )
    return own


def _damaged(path: Path) -> InvalidSettings:
    return InvalidSettings(f"{path} is damaged: restore it from a backup; without it the data cannot be read.")
