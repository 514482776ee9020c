from __future__ import annotations

import os
import sys
from pathlib import Path

import anyio
import pytest

from hub.core.errors import Unavailable
from hub.embedded import supervisor
from hub.embedded.process import Process
from hub.embedded.supervisor import become_ready, supervise

pytestmark = pytest.mark.anyio

STUBBORN = "import signal; signal.signal(15, signal.SIG_IGN); print('deaf', flush=True); signal.pause()"
PARENT = "import subprocess, sys; print(subprocess.Popen(['sleep', '600']).pid, flush=True); sys.exit(1)"


async def start(folder: Path, code: str, stdin: bytes = b"") -> Process:
    inherited = os.open(os.devnull, os.O_RDONLY)
    try:
        return await Process.start(
            "server",
            [sys.executable, "-c", code],
            folder=folder,
            log=folder / "server.log",
            environ={},
            keep_open=inherited,
            stdin=stdin,
        )
    finally:
        os.close(inherited)


async def until_logged(process: Process) -> list[str]:
    with anyio.fail_after(30):
        while not process.last_lines():  # noqa: ASYNC110 # a file has no event
            await anyio.sleep(0.02)
    return process.last_lines()


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


async def test_process_reads_its_configuration_from_standard_input(tmp_path: Path) -> None:
    process = await start(tmp_path, "import sys; print(sys.stdin.read())", stdin=b"secret = 1\n")

    assert await process.wait() == 0
    assert process.last_lines() == ["secret = 1"]


async def test_end_is_explained_with_the_last_lines_of_the_log(tmp_path: Path) -> None:
    process = await start(tmp_path, "import sys; print('\\n'.join(map(str, range(20)))); sys.exit(7)")

    with pytest.raises(Unavailable) as raised:
        await process.raise_at_end()

    assert "The server ended with exit code 7." in raised.value.safe_message
    assert [line.strip() for line in raised.value.safe_message.splitlines()[1:]] == [str(n) for n in range(12, 20)]


async def test_stack_frames_do_not_hide_the_reason(tmp_path: Path) -> None:
    frames = "".join(f"\tat com.example.Server.call{n}(Server.java:{n})\\n" for n in range(20))
    process = await start(tmp_path, f"print('java.net.BindException: taken\\n{frames}\\t... 9 more')")

    await process.wait()

    assert process.last_lines() == ["java.net.BindException: taken"]


async def test_process_that_ignores_the_request_is_killed_after_the_grace(tmp_path: Path) -> None:
    process = await start(tmp_path, STUBBORN)
    await until_logged(process)

    await process.stop(0.1)

    assert await process.wait() == -9
    assert process.describe_end(-9) == "was ended by SIGKILL"


async def test_stop_reaches_what_the_process_left_behind(tmp_path: Path) -> None:
    process = await start(tmp_path, PARENT)
    await process.wait()
    orphan = int(process.last_lines()[0])
    assert is_running(orphan)

    await process.stop(0.1)

    with anyio.fail_after(30):
        while is_running(orphan):  # noqa: ASYNC110 # it is nobody's child by now
            await anyio.sleep(0.02)


async def test_large_log_makes_room_for_a_new_one(tmp_path: Path) -> None:
    with (tmp_path / "server.log").open("wb") as file:
        file.truncate(9 * 1024 * 1024)

    process = await start(tmp_path, "print('fresh')")
    await process.wait()

    assert (tmp_path / "server.log").read_text() == "fresh\n"
    assert (tmp_path / "server.log.1").stat().st_size == 9 * 1024 * 1024


async def test_death_is_noticed_while_the_probe_still_waits(tmp_path: Path) -> None:
    process = await start(tmp_path, "raise SystemExit('the port is taken')")

    with pytest.raises(Unavailable, match="the port is taken"):
        await become_ready(process, anyio.sleep_forever)


async def test_ended_process_is_started_again_until_it_fails_for_good(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervisor, "_FIRST_PAUSE_S", 0.001)
    told: list[str] = []

    async def again() -> Process:
        return await start(tmp_path, "raise SystemExit('no such table')")

    with pytest.raises(Unavailable, match="no such table"):
        await supervise(await again(), again, lambda _, words: told.append(words))

    assert len(told) == 5
    assert (tmp_path / "server.log").read_text().count("no such table") == 6
