"""Brings .venv up to date: makes it, installs the locked packages, then this project in place.

Started by `.ci/environment` with the standard library only. A stamp in .venv says what it was made from; where the
stamp still fits, nothing happens. An installation that did not end is thrown away and done again.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import platform
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from pathlib import Path
from types import FrameType

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
STAMP = VENV / "installed.json"
UNFINISHED = VENV / "installing"
LOCK = ROOT / "requirements-dev.txt"
MIN_GLIBC = (2, 34)  # the embedded graph's Java is built against it
MACHINES = ("x86_64", "aarch64")


def main() -> int:
    """Exit status: 0 ready, 1 cannot be made here, 130 or 143 interrupted."""
    signal.signal(signal.SIGTERM, _stop)
    os.chdir(ROOT)
    problem = find_platform_problem()
    if problem:
        return _fail(problem)
    try:
        with (ROOT / "pyproject.toml").open("rb") as turnstile:  # one make at a time
            fcntl.flock(turnstile, fcntl.LOCK_EX)
            return _bring_up_to_date()
    except KeyboardInterrupt:
        _say("Interrupted. The next run starts the installation again.")
        return 130


def find_platform_problem() -> str | None:
    """Why the packages cannot run on this machine, in one line; None where they can."""
    machine = platform.machine()
    if sys.platform != "linux" or machine not in MACHINES:
        return (
            f"memberhub runs on Linux (x86_64 or aarch64), not on {sys.platform} {machine}: "
            "use a Linux machine, a virtual one or a container."
        )
    try:
        found = os.confstr("CS_GNU_LIBC_VERSION") or ""
    except (ValueError, OSError):
        found = ""
    version = re.fullmatch(r"glibc (\d+)\.(\d+).*", found)
    if version is None or (int(version[1]), int(version[2])) < MIN_GLIBC:
        return (
            f"memberhub's embedded graph needs glibc 2.34 or newer, this system has {found or 'another C library'}: "
            "use Debian 12, Ubuntu 22.04, RHEL 9 or newer, or a container of one."
        )
    return None


def _bring_up_to_date() -> int:
    wanted = _fingerprint()
    made = _read_stamp()
    if made == wanted and not UNFINISHED.exists():
        return 0
    started = time.monotonic()
    if _must_be_rebuilt(made, wanted):
        _say(f"Making .venv with Python {platform.python_version()}")
        _empty()
        base = os.path.realpath(getattr(sys, "_base_executable", sys.executable))
        code = _run("making .venv", [base, "-I", "-m", "venv", str(VENV)])
        if code:
            return _fail("the virtual environment could not be made: see the lines above.")
    STAMP.unlink(missing_ok=True)
    UNFINISHED.touch()
    _say(f"Installing {_count_locked()} packages into .venv (the first time downloads about 400 MB)")
    pip = [str(VENV / "bin" / "python"), "-I", "-u", "-m", "pip", "install", "--no-input", "--progress-bar", "off"]
    for arguments in (
        ["--require-hashes", "--only-binary", ":all:", "-r", str(LOCK)],
        ["--no-deps", "--no-build-isolation", "-e", str(ROOT)],
    ):
        code = _run("installing", [*pip, *arguments])
        if code:
            return _fail("the packages could not be installed: see pip's lines above, then run the same command again.")
    STAMP.write_text(json.dumps(wanted), encoding="utf-8")
    UNFINISHED.unlink()
    _say(f"Installed in {time.monotonic() - started:.0f} s")
    return 0


def _empty() -> None:
    """Clear .venv, marking it as unfinished first: one that was interrupted before it had pip would look whole."""
    VENV.mkdir(exist_ok=True)
    UNFINISHED.touch()
    for entry in VENV.iterdir():
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry)
        elif entry != UNFINISHED:
            entry.unlink()


def _fingerprint() -> dict[str, str]:
    """What .venv has to be made from. Scripts in it hold its absolute path, so a moved folder counts as another."""
    base = os.path.realpath(getattr(sys, "_base_executable", sys.executable))
    return {
        "path": str(ROOT),
        "python": f"{base} {sys.version_info.major}.{sys.version_info.minor}",
        "lock": hashlib.sha256(LOCK.read_bytes()).hexdigest(),
        "project": hashlib.sha256((ROOT / "pyproject.toml").read_bytes()).hexdigest(),
    }


def _read_stamp() -> dict[str, str]:
    try:
        found = json.loads(STAMP.read_bytes())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _must_be_rebuilt(made: dict[str, str], wanted: dict[str, str]) -> bool:
    if UNFINISHED.exists() or not (VENV / "bin" / "python").exists():
        return True
    if made:
        return made.get("path") != wanted["path"] or made.get("python") != wanted["python"]
    return not _belongs_here()


def _belongs_here() -> bool:
    """Whether a .venv without a stamp was made at this path, with this Python."""
    try:
        settings = (VENV / "pyvenv.cfg").read_text(encoding="utf-8")
    except (OSError, ValueError):
        return False
    version = f"version = {sys.version_info.major}.{sys.version_info.minor}."
    return version in settings and settings.rstrip().endswith(str(VENV))


def _count_locked() -> int:
    lines = LOCK.read_text(encoding="utf-8").splitlines()
    return sum(1 for line in lines if re.match(r"[a-z0-9]", line) and "win32" not in line)


def _run(doing: str, command: list[str]) -> int:
    """Run a command, its output turned into one moving line; if it fails, its last lines are shown."""
    environment = {**os.environ, "PIP_USER": "0", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    tail: deque[str] = deque(maxlen=15)
    with Status(doing) as status:
        process = subprocess.Popen(  # noqa: S603  (our own commands)
            command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace"
        )
        try:
            for line in process.stdout or ():
                tail.append(line.rstrip())
                status.see(line)
            code = process.wait()
        except BaseException:
            process.terminate()
            process.wait()
            raise
    if code:
        sys.stderr.write("\n".join(tail) + "\n")
    return code


class Status:
    """What is going on: a line that moves on a terminal, a line a phase elsewhere."""

    def __init__(self, doing: str) -> None:
        self._text = doing
        self._seen = 0
        self._started = time.monotonic()
        self._ended = threading.Event()
        self._ticker = threading.Thread(target=self._tick, daemon=True)

    def __enter__(self) -> Status:
        if sys.stderr.isatty():
            self._ticker.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        if self._ticker.is_alive():
            self._ticker.join()
            sys.stderr.write("\r\033[K")

    def see(self, line: str) -> None:
        """Take one line of pip's output into account."""
        collecting = re.match(r"Collecting ([\w.-]+)", line)
        if collecting:
            self._seen += 1
            self._text = f"fetching package {self._seen}: {collecting[1]}"
        elif line.startswith("Installing collected packages"):
            self._text = f"unpacking {self._seen} packages"
            if self._seen and not sys.stderr.isatty():
                _say(f"  {self._text}")

    def _tick(self) -> None:
        while not self._ended.wait(0.25):
            line = f"  {self._text} ({time.monotonic() - self._started:.0f} s)"
            sys.stderr.write(f"\r\033[K{line[: shutil.get_terminal_size().columns - 1]}")
            sys.stderr.flush()


def _stop(_signal: int, _frame: FrameType | None) -> None:
    sys.exit(143)


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


def _fail(reason: str) -> int:
    _say(reason)
    return 1


if __name__ == "__main__":
    sys.exit(main())
