"""`hub` as processes of their own, forked from one that has loaded it: starting Python takes most of a command's time.

A parent process waits for commands, one JSON line each, and answers with their exit codes. It has loaded what every
command loads, and nothing else: no thread runs in it, and nothing of a test is left in it for the next.
"""

from __future__ import annotations

import gc
import json
import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, cast

from hub.cli.main import build_app, main

_idle: Final[list[subprocess.Popen[str]]] = []
"""Parents without work. They end with the tests, whose ends of their pipes close."""


def run_hub(environ: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a command of `hub` to its end, in this folder and with nothing on its standard input."""
    parent = _idle.pop() if _idle else _start()
    with TemporaryDirectory() as name:
        said, complained = Path(name, "out"), Path(name, "err")
        asked = {"environ": environ, "arguments": arguments, "out": str(said), "err": str(complained)}
        code = _ask(parent, json.dumps(asked))
        _idle.append(parent)
        return subprocess.CompletedProcess(
            ["hub", *arguments], code, said.read_text(encoding="utf-8"), complained.read_text(encoding="utf-8")
        )


def _start() -> subprocess.Popen[str]:
    command = [sys.executable, "-m", __name__]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True)


def _ask(parent: subprocess.Popen[str], line: str) -> int:
    assert parent.stdin is not None
    assert parent.stdout is not None
    print(line, file=parent.stdin, flush=True)
    return int(parent.stdout.readline())


def _main() -> None:
    build_app([])
    gc.freeze()  # a child that looked at all that is loaded would copy it
    for line in sys.stdin:
        asked = json.loads(line)
        child = os.fork()
        if child == 0:
            _become(asked)
            return
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)


def _become(asked: dict[str, Any]) -> None:
    """Be the command, up to the end of this process."""
    os.environ.clear()
    os.environ.update(asked["environ"])
    nothing = os.open(os.devnull, os.O_RDONLY)
    for number, opened in enumerate((nothing, _create(asked["out"]), _create(asked["err"]))):
        os.dup2(opened, number)
        os.close(opened)
    sys.argv = ["hub", *cast("list[str]", asked["arguments"])]
    main()


def _create(path: str) -> int:
    return os.open(path, os.O_WRONLY | os.O_CREAT, 0o600)


if __name__ == "__main__":
    _main()
