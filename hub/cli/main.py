"""The `hub` command: its subcommands, and the one place where failures become words and exit codes.

Exit codes: 0 done, 1 failed, 2 wrong usage or settings, 3 some rows were rejected, 130 stopped with Ctrl-C.
"""

from __future__ import annotations

import sys
from typing import Final, NoReturn

import structlog
import typer
from ulid import ULID

from hub.cli import config, demo, demo_run, export, import_files, migrate, person, schema, serve, up, work
from hub.core.errors import HubError, InvalidSettings
from hub.core.logs import configure_logging
from hub.core.settings import Settings, load_settings

EXIT_FAILED: Final = 1
EXIT_USAGE: Final = 2
EXIT_STOPPED: Final = 130

app = typer.Typer(
    name="hub",
    help="memberhub: one customer, one identity graph, one API.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    rich_markup_mode=None,
)
app.command("up")(up.up)
app.command("serve")(serve.serve)
app.command("work")(work.work)
app.command("migrate")(migrate.migrate)
app.command("config")(config.config)
app.command("schema")(schema.schema)
app.command("import")(import_files.import_files)
app.command("person")(person.person)

_demo = typer.Typer(help="Data to try the hub with.", no_args_is_help=True)
_demo.command("run")(demo_run.run)
_demo.command("data")(demo.data)
_demo.command("load")(demo_run.load)
app.add_typer(_demo, name="demo")

_export = typer.Typer(help="What the hub knows, as files.", no_args_is_help=True)
_export.command("persons")(export.persons)
app.add_typer(_export, name="export")


def main() -> NoReturn:
    """Run the command line and exit."""
    try:
        configure_logging(_settings_for_logs())
        app()
    except InvalidSettings as error:
        _fail(error.safe_message, EXIT_USAGE)
    except HubError as error:
        structlog.get_logger(__name__).debug("command failed", code=error.code, **error.context)
        _fail(error.safe_message, EXIT_FAILED)
    except KeyboardInterrupt:
        _fail("Stopped.", EXIT_STOPPED)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(EXIT_FAILED)
    except Exception:
        error_id = str(ULID())
        structlog.get_logger(__name__).exception("unexpected error", error_id=error_id)
        _fail(f"Something went wrong inside memberhub: the log has it under {error_id}.", EXIT_FAILED)
    sys.exit(0)


def _settings_for_logs() -> Settings:
    """Wrong settings are told by the command that needs them; `hub --help` needs none."""
    try:
        return load_settings()
    except InvalidSettings:
        return Settings()


def _fail(message: str, code: int) -> NoReturn:
    typer.echo(message, err=True)
    sys.exit(code)
