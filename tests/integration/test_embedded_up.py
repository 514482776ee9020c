"""`hub up` as its users meet it: a process, its output, its end."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from urllib.request import urlopen

import psutil
import pytest

from tests.support.servers import chosen_engine

pytestmark = pytest.mark.skipif(
    chosen_engine() != "embedded", reason="the embedded stack is what it is beside any Neo4j"
)
PATIENCE_S = 120


class Up:
    """A running `hub up`, its output in a file."""

    def __init__(self, directory: Path, *arguments: str, **variables: str) -> None:
        self.directory = directory
        self.output = directory.with_suffix(f".{time.monotonic_ns()}.out")
        environ = {name: value for name, value in os.environ.items() if not name.startswith("HUB_")}
        with self.output.open("wb") as file:
            self.process = psutil.Popen(
                [sys.executable, "-m", "hub.cli", "up", *arguments],
                stdout=file,
                stderr=subprocess.STDOUT,
                env=environ | {"HUB_DATA_DIR": str(directory), "HUB_EMBEDDED_DURABLE": "false"} | variables,
            )

    def said(self) -> str:
        return self.output.read_text()

    def until(self, true: Callable[[], bool]) -> None:
        ended_by = time.monotonic() + PATIENCE_S
        while not true():
            assert time.monotonic() < ended_by, self.said()
            assert self.process.is_running(), self.said()
            with suppress(psutil.TimeoutExpired):
                self.process.wait(0.05)

    def until_up(self) -> list[psutil.Process]:
        """Its children, when all is up."""
        self.until(lambda: self.process.poll() is not None or "up: data in" in self.said())
        assert self.process.poll() is None, self.said()
        return list(self.process.children(recursive=True))


@pytest.fixture
def up(tmp_path: Path) -> Iterator[Callable[..., Up]]:
    started: list[Up] = []

    def start(*arguments: str, **variables: str) -> Up:
        started.append(Up(tmp_path / "var", *arguments, **variables))
        return started[-1]

    yield start
    for one in started:
        if one.process.poll() is None:
            one.process.terminate()
            one.process.wait(PATIENCE_S)


def assert_all_end(processes: list[psutil.Process]) -> None:
    assert len(processes) >= 3
    _, left = psutil.wait_procs(processes, timeout=PATIENCE_S)
    assert left == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_signal_stops_everything_and_is_a_normal_end(up: Callable[..., Up], number: signal.Signals) -> None:
    running = up("--only", "graph,queue")
    children = running.until_up()

    running.process.send_signal(number)

    assert running.process.wait(PATIENCE_S) == 0
    assert_all_end(children)
    assert running.said().endswith("Stopped.\n")
    assert not (running.directory / "endpoints.json").exists()


def test_killed_run_leaves_nothing_behind_and_is_no_obstacle(up: Callable[..., Up]) -> None:
    killed = up("--only", "graph,queue")
    children = killed.until_up()

    killed.process.kill()
    again = up("--only", "graph,queue")

    assert_all_end(children)
    again.until_up()
    assert json.loads((again.directory / "endpoints.json").read_text())["graph_uri"] in again.said()


def test_second_run_on_the_directory_is_refused_in_one_line(up: Callable[..., Up]) -> None:
    first = up("--only", "queue")
    first.until_up()

    second = up("--only", "queue")

    assert second.process.wait(PATIENCE_S) == 1
    refusal = second.said().splitlines()[-1]
    assert f"process {first.process.pid})" in refusal
    assert "HUB_DATA_DIR" in refusal


def test_output_holds_no_secret(up: Callable[..., Up]) -> None:
    running = up("--only", "graph,queue")
    running.until_up()

    secrets = json.loads((running.directory / "credentials.json").read_text())

    assert set(secrets) == {"graph_password", "queue_password", "identity_key"}
    assert not [name for name, secret in secrets.items() if secret in running.said()]


def test_unknown_service_is_wrong_usage(up: Callable[..., Up]) -> None:
    running = up("--only", "graph,cache")

    assert running.process.wait(PATIENCE_S) == 2
    assert "cache" in running.said()


def test_graph_that_the_settings_place_elsewhere_is_not_started_here(up: Callable[..., Up]) -> None:
    running = up(HUB_GRAPH_URI="bolt://graph.example:7687")

    assert running.process.wait(PATIENCE_S) == 2
    assert "--only queue,api,worker" in running.said()


def test_the_only_service_is_not_left_out_of_itself(up: Callable[..., Up]) -> None:
    running = up("--only", "queue", HUB_QUEUE_URI="redis://queue.example:6379/0")

    assert running.process.wait(PATIENCE_S) == 2
    assert running.said().endswith("would not be used: unset it.\n")


def test_question_after_a_worker_is_answered_once(up: Callable[..., Up]) -> None:
    running = up("--only", "queue")
    running.until_up()

    asked = subprocess.run(
        [sys.executable, "-m", "hub.cli", "work", "--check"],
        env=os.environ | {"HUB_DATA_DIR": str(running.directory)},
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE_S,
    )

    assert (asked.returncode, asked.stdout, asked.stderr) == (1, "No worker has reported lately.\n", "")


def test_killed_api_and_worker_are_started_again(up: Callable[..., Up]) -> None:
    running = up(HUB_HTTP_PORT="0")
    running.until_up()
    url = next(line.split()[1] for line in running.said().splitlines() if line.startswith("api "))
    killed = find_hub(running)
    assert len(killed) == 2

    for child in killed:
        child.kill()

    def are_back() -> bool:
        back = set(find_hub(running)) - set(killed)
        return len(back) == 2 and answers(url)

    running.until(are_back)
    assert running.said().count("was ended by SIGKILL; it starts again in 0.5 s") == 2
    running.process.terminate()
    assert running.process.wait(PATIENCE_S) == 0


def find_hub(running: Up) -> list[psutil.Process]:
    """The API's and the worker's process, those that are alive."""
    found = []
    for child in running.process.children():
        with suppress(psutil.NoSuchProcess):
            if child.cmdline()[-1:] in (["serve"], ["work"]):  # empty between fork and exec
                found.append(child)
    return found


def answers(url: str) -> bool:
    try:
        with urlopen(url.replace("/graphql", "/healthz"), timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False
