"""What holds for the repository as a whole: its commands, its files, its containers."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from hub.core.settings import load_settings

ROOT = Path(__file__).parents[2]
PACKAGES = {"hub", "graph", "connectors", "resolvers", "rules", "workers"}
FOLDERS = PACKAGES | {"tests", "bench", "docs", ".ci"}
REGISTRIES = re.compile(
    rb"pypi[.]org|pythonhosted[.]org|registry[.]npmjs|repo1?[.]maven|maven[.]org|ghcr[.]io|quay[.]io|index-url|find-links",
    re.IGNORECASE,
)
LONG_RUNNING = {"api", "worker", "neo4j", "valkey"}


def run(*command: str | Path, **environ: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=ROOT, env={**os.environ, **environ}, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def files() -> list[Path]:
    listed = run("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    if listed.returncode:
        pytest.skip("not a git checkout")
    return [path for name in listed.stdout.split("\0") if name and (path := ROOT / name).is_file()]


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
    return loaded


def test_no_file_names_a_package_registry(files: list[Path]) -> None:
    command = re.compile(rb"--no-emit-index-url|--no-index")
    named = {
        str(path.relative_to(ROOT))
        for path in files
        if path != Path(__file__) and REGISTRIES.search(command.sub(b"", path.read_bytes()))
    }

    assert named == set()


def test_no_file_names_a_place_of_the_machine_it_was_written_on(files: list[Path]) -> None:
    home = str(Path.home()).encode()
    places = [str(ROOT).encode(), *([] if home in (b"/", b"/root") else [home])]

    named = {str(path.relative_to(ROOT)) for path in files if any(place in path.read_bytes() for place in places)}

    assert named == set()


def test_every_folder_has_its_place(files: list[Path]) -> None:
    folders = {path.relative_to(ROOT).parts[0] for path in files if path.parent != ROOT}

    assert folders <= FOLDERS | {".github"}


def test_wheel_holds_the_packages_that_there_are() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    packages = set(project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"])

    assert packages == PACKAGES
    assert all((ROOT / package / "__init__.py").is_file() for package in packages)
    assert all(f"COPY {package} " in (ROOT / "Dockerfile").read_text(encoding="utf-8") for package in packages)


def test_locks_were_compiled_from_the_declared_dependencies() -> None:
    checked = run(sys.executable, ".ci/lock.py", "check")

    assert (checked.returncode, checked.stderr) == (0, "")


def test_every_locked_package_is_pinned_with_hashes() -> None:
    for name in ("requirements.txt", "requirements-dev.txt"):
        text = (ROOT / name).read_text(encoding="utf-8").replace("\\\n", "")
        entries = [line for line in text.splitlines() if line and not line.lstrip().startswith("#")]

        assert entries
        assert all(re.match(r"[a-z0-9._-]+==\S+ .*--hash=sha256:[0-9a-f]{64}", entry) for entry in entries)


@pytest.mark.skipif(shutil.which("make") is None, reason="needs make")
def test_make_help_lists_every_target_with_what_it_does() -> None:
    targets = re.findall(r"^\.PHONY: (\S+)$", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)

    helped = run("make")

    assert {"help", "demo", "test", "check", "test-neo4j", "bench", "clean"} <= set(targets)
    assert helped.returncode == 0
    assert re.findall(r"^  (\S+) +\S", helped.stdout, re.MULTILINE) == targets


def test_machine_without_python_is_told_in_one_line(tmp_path: Path) -> None:
    for tool in ("sh", "dirname"):
        (tmp_path / tool).symlink_to(shutil.which(tool) or f"/bin/{tool}")
    checkout = tmp_path / "a checkout 会员"
    (checkout / ".ci").mkdir(parents=True)
    shutil.copy(ROOT / ".ci" / "environment", checkout / ".ci" / "environment")

    told = run(tmp_path / "sh", checkout / ".ci" / "environment", PATH=str(tmp_path), PYTHON="")

    assert told.returncode == 1
    assert told.stdout == ""
    assert told.stderr.count("\n") == 1
    assert told.stderr.startswith("memberhub needs Python 3.11 to 3.14")


def test_python_that_was_asked_for_is_not_replaced_by_another() -> None:
    told = run(".ci/environment", PYTHON="/nonexistent/python3")

    assert told.returncode == 1
    assert "PYTHON=/nonexistent/python3 will not do: /nonexistent/python3 does not start." in told.stderr


def test_environment_that_was_interrupted_before_it_had_pip_is_made_anew(tmp_path: Path) -> None:
    (tmp_path / ".ci").mkdir()
    for name in (".ci/environment.py", "pyproject.toml", "requirements-dev.txt"):
        shutil.copy(ROOT / name, tmp_path / name)

    assert [make_environment_until_python_is_there(tmp_path) for _ in range(2)] == ["Making .venv", "Making .venv"]


def make_environment_until_python_is_there(checkout: Path) -> str:
    """What it says first; then it is interrupted, as by Ctrl-C."""
    command = (sys.executable, "-I", checkout / ".ci" / "environment.py")
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, start_new_session=True) as making:
        assert making.stderr
        first = making.stderr.readline()
        while making.poll() is None and not (checkout / ".venv" / "bin" / "python").exists():
            time.sleep(0.01)
        os.killpg(making.pid, signal.SIGINT)
        rest = making.stderr.read()
    assert making.returncode == 130, rest
    return first.partition(" with ")[0]


def test_compose_file_fits_the_specification() -> None:
    checked = run(
        *(Path(sys.executable).with_name("check-jsonschema"), "--builtin-schema", "vendor.compose-spec"),
        "docker-compose.yml",
    )

    assert checked.returncode == 0, checked.stdout


def test_what_the_guide_to_containers_says_to_set_reaches_them(compose: dict[str, Any]) -> None:
    guide = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    told = set(re.findall(r"`(HUB_\w+)`", guide.partition("## In containers")[2].partition("### With your own")[0]))
    text = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
    passed = {name for name in compose["x-hub"]["environment"] if f"{name}: ${{{name}:-" in text}

    assert {"HUB_ISSUER", "HUB_TRACES_ENDPOINT"} <= told
    assert told - {"HUB_PUBLISHED_PORT", "HUB_WORKER_MEMORY"} == passed  # those two are of the file itself
    assert "HUB_PUBLISHED_PORT:-" in text
    assert "HUB_WORKER_MEMORY:-" in text


def test_settings_of_the_containers_are_those_that_there_are(compose: dict[str, Any]) -> None:
    hubs = [service["environment"] for service in compose["services"].values() if service.get("build")]
    names = {name for environ in hubs for name in environ}

    load_settings(dict.fromkeys(names, ""))  # raises InvalidSettings for a name that is none

    assert "HUB_HTTP_HOST" in names


def test_hub_is_a_command_inside_the_image(tmp_path: Path) -> None:
    made = re.findall(
        r"^RUN (printf .*/opt/hub/bin/hub)$", (ROOT / "Dockerfile").read_text(encoding="utf-8"), re.MULTILINE
    )
    path = f"{tmp_path}:{Path(sys.executable).parent}:{os.environ['PATH']}"

    for command in made:
        subprocess.run(["sh", "-c", command.replace("/opt/hub/bin", shlex.quote(str(tmp_path)))], check=True)
    helped = run("hub", "client", "--help", PATH=path, PYTHONPATH=str(ROOT))

    assert (tmp_path / "hub").is_file()
    assert helped.returncode == 0
    assert "rotate-key" in helped.stdout


def test_only_the_api_is_published_and_only_on_loopback(compose: dict[str, Any]) -> None:
    published = {name: service["ports"] for name, service in compose["services"].items() if "ports" in service}

    assert list(published) == ["api"]
    assert all(port.startswith("127.0.0.1:") for port in published["api"])


def test_every_service_is_confined(compose: dict[str, Any]) -> None:
    for name, service in compose["services"].items():
        assert not service["user"].startswith(("0", "root")), name
        assert service["cap_drop"] == ["ALL"], name
        assert "no-new-privileges:true" in service["security_opt"], name
        assert {"cpus", "memory", "pids"} <= set(service["deploy"]["resources"]["limits"]), name
        assert name == "neo4j" or service["read_only"], name  # Neo4j writes its configuration at each start


def test_every_long_running_service_is_probed_and_restarted(compose: dict[str, Any]) -> None:
    for name in LONG_RUNNING:
        service = compose["services"][name]

        assert service["healthcheck"]["test"], name
        assert service["restart"] == "unless-stopped", name


def test_secrets_come_from_files_and_every_file_is_written_by_make_secrets(
    compose: dict[str, Any], tmp_path: Path
) -> None:
    (tmp_path / ".ci").mkdir()
    shutil.copy(ROOT / ".ci" / "secrets", tmp_path / ".ci" / "secrets")

    first, second = run(tmp_path / ".ci" / "secrets"), run(tmp_path / ".ci" / "secrets")

    assert (first.returncode, second.returncode) == (0, 1)
    assert all((tmp_path / secret["file"]).stat().st_size for secret in compose["secrets"].values())
    assert (tmp_path / "secrets").stat().st_mode & 0o077 == 0
    used = {secret for service in compose["services"].values() for secret in service.get("secrets", ())}
    assert used == set(compose["secrets"])
    passwords = [name for service in compose["services"].values() for name in service.get("environment", {})]
    assert not [name for name in passwords if re.search("PASSWORD|KEY", name)]
