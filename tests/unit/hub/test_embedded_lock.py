from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from hub.core.errors import Conflict
from hub.embedded.keeper import end_holders, find_holders
from hub.embedded.lock import DirectoryLock

GRACE_S = 10.0
# Locks the folder, starts a server that holds the lock as well, says so, and waits.
OWNER = """
import subprocess, sys
from pathlib import Path
from hub.embedded.lock import DirectoryLock
lock = DirectoryLock(Path(sys.argv[1]))
lock.acquire(1)
child = subprocess.Popen(
    sys.argv[2:], stdin=-3, stdout=-3, pass_fds=(lock.descriptor,), start_new_session=True
)
print(child.pid, flush=True)
sys.stdin.read()
"""
STUBBORN = [sys.executable, "-c", "import signal\nfor n in (15, 1): signal.signal(n, 1)\nwhile True: signal.pause()"]
DOCILE = ["sleep", "600"]


@pytest.fixture
def lock(tmp_path: Path) -> Iterator[DirectoryLock]:
    lock = DirectoryLock(tmp_path)
    yield lock
    lock.release()


def start_owner(directory: Path, server: list[str]) -> tuple[subprocess.Popen[str], int]:
    owner = subprocess.Popen(
        [sys.executable, "-c", OWNER, str(directory), *server],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert owner.stdout
    return owner, int(owner.stdout.readline())


def end_owner(owner: subprocess.Popen[str]) -> None:
    owner.kill()
    owner.communicate()


def test_second_owner_is_refused_with_the_first_ones_process(tmp_path: Path, lock: DirectoryLock) -> None:
    lock.acquire(GRACE_S)

    with pytest.raises(Conflict, match=rf"process {os.getpid()}\)"):
        DirectoryLock(tmp_path).acquire(GRACE_S)


def test_released_lock_can_be_taken_again(tmp_path: Path, lock: DirectoryLock) -> None:
    lock.acquire(GRACE_S)
    lock.release()
    lock.release()

    lock.acquire(GRACE_S)

    assert find_holders(lock.path, os.getpid()) == {os.getpid()}


def test_file_of_an_ended_run_is_no_obstacle(tmp_path: Path, lock: DirectoryLock) -> None:
    (tmp_path / "lock").write_text("4194303 and more text than a number")

    lock.acquire(GRACE_S)

    assert (tmp_path / "lock").read_text() == str(os.getpid())


@pytest.mark.parametrize("server", [DOCILE, STUBBORN], ids=["docile", "stubborn"])
def test_servers_of_a_killed_run_are_ended_before_the_next(
    tmp_path: Path, lock: DirectoryLock, server: list[str]
) -> None:
    owner, server_pid = start_owner(tmp_path, server)
    end_owner(owner)
    assert server_pid in find_holders(lock.path, owner.pid)

    lock.acquire(0.2)

    assert not find_holders(lock.path, owner.pid)


def test_servers_of_a_living_run_are_left_alone(tmp_path: Path, lock: DirectoryLock) -> None:
    owner, server_pid = start_owner(tmp_path, DOCILE)
    try:
        with pytest.raises(Conflict, match=rf"process {owner.pid}\)"):
            lock.acquire(0.2)

        assert find_holders(lock.path, owner.pid) == {owner.pid, server_pid}
    finally:
        end_owner(owner)
        os.kill(server_pid, signal.SIGKILL)


def test_process_that_only_reads_the_file_is_no_holder(tmp_path: Path, lock: DirectoryLock) -> None:
    lock.acquire(GRACE_S)
    with (tmp_path / "lock").open() as file:
        reader = subprocess.Popen(DOCILE, stdin=file)
    try:
        end_holders(lock.path, os.getpid(), 0.2)

        assert reader.poll() is None
        assert find_holders(lock.path, os.getpid()) == {os.getpid()}
    finally:
        reader.kill()
        reader.wait()


def test_keeper_of_an_ended_run_leaves_the_next_one_alone(tmp_path: Path) -> None:
    owner, server_pid = start_owner(tmp_path, DOCILE)
    try:
        end_holders(tmp_path / "lock", owner.pid + 1, 0.2)

        assert find_holders(tmp_path / "lock", owner.pid) == {owner.pid, server_pid}
    finally:
        end_owner(owner)
        os.kill(server_pid, signal.SIGKILL)
