"""The `hub` command: its subcommands, and the one place where failures become words and exit codes.

Exit codes: 0 done, 1 failed, 2 wrong usage or settings, 3 some rows were rejected, 130 stopped with Ctrl-C.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Final, NoReturn

import structlog
import typer
from ulid import ULID

from hub.cli.exit_codes import EXIT_FAILED, EXIT_STOPPED, EXIT_USAGE
from hub.core.errors import HubError, InvalidSettings
from hub.core.logs import configure_logging
from hub.core.redaction_shapes import replace_controls
from hub.core.settings import Settings, load_settings

_COMMANDS: Final = {
    "up": "up:up",
    "serve": "serve:serve",
    "work": "work:work",
    "migrate": "migrate:migrate",
    "config": "config:config",
    "schema": "schema:schema",
    "query": "query:query",
    "import": "import_files:import_files",
    "person": "person:person",
    "rehearse": "rehearse:rehearse_policy",
    "replay": "replay:replay_graph",
    "candidates": "candidates:candidates",
    "explain": "explain:explain",
    "household": "household:household",
    "case list": "case:list_cases",
    "case show": "case:show",
    "case assign": "case:assign",
    "case due": "case:due",
    "case comment": "case:comment",
    "case answer": "case:answer",
    "decide same": "decide:same",
    "decide apart": "decide:apart",
    "decide pin": "decide:pin",
    "decide lift": "decide:lift",
    "decide withdraw": "decide:withdraw",
    "decide list": "decide:list_decisions",
    "points balance": "points:balance",
    "points earn": "points:earn",
    "points spend": "points:spend",
    "points hold": "points:hold",
    "points capture": "points:capture",
    "points release": "points:release",
    "points refund": "points:refund",
    "points reverse": "points:reverse",
    "points correct": "points:correct",
    "points settle": "points_settle:settle",
    "points expiring": "expiring:list_expiring",
    "rules check": "rules:check",
    "rules test": "rules:try_examples",
    "rules show": "rules:show",
    "rules list": "rules:list_programmes",
    "rules history": "rules:history",
    "rules diff": "rules:diff",
    "rules dry-run": "rules:dry_run",
    "rules switches": "switches:show",
    "rules publish": "rules:publish",
    "rules rollback": "rules:rollback",
    "rules schema": "rules:schema",
    "member": "member:member",
    "enrol": "member:enrol_record",
    "consent withdraw": "member:withdraw",
    "tier grant": "tier:grant",
    "tier buy": "tier:buy",
    "tier renew": "tier:renew",
    "tier cancel": "tier:cancel",
    "tier history": "tier:history",
    "tier review": "tier:review",
    "tier notices": "tier:notices",
    "benefit use": "benefit:use",
    "benefit give": "benefit:give",
    "benefit restore": "restore:restore_used",
    "benefit list": "benefit:list_benefits",
    "coupon issue": "coupon:issue",
    "coupon redeem": "coupon:redeem",
    "coupon restore": "restore:restore_used",
    "coupon show": "coupon:show",
    "ledger show": "ledger:show",
    "ledger verify": "ledger:verify",
    "ledger expire": "ledger:expire",
    "demo run": "demo_run:run",
    "demo data": "demo:data",
    "demo load": "demo_run:load",
    "demo story": "demo_story:story",
    "export persons": "export:persons",
    "policy check": "policy:check",
    "policy show": "policy:show",
    "policy diff": "policy:diff",
    "policy publish": "policy:publish",
    "policy history": "policy:history",
    "policy schema": "policy:schema",
    "keys status": "keys:status",
    "keys new": "keys:new",
    "keys rotate": "keys:rotate",
    "client add": "client:add",
    "client list": "client:list_clients",
    "client rotate": "client:rotate",
    "client disable": "client:disable",
    "client rotate-key": "client:rotate_key",
    "audit list": "audit:list_entries",
    "audit verify": "audit:verify_log",
    "privacy export": "privacy:export",
    "privacy erase": "privacy:erase",
    "privacy receipts": "privacy:receipts",
}
_GROUPS: Final = {
    "case": "Questions that the evidence leaves open.",
    "decide": "What a steward knows better than the evidence.",
    "points": "Points and stored value: balances, and single operations.",
    "rules": "Programmes and their rules, as documents: checked, tried, published.",
    "consent": "Consent to a programme.",
    "tier": "Tiers: granted, sold, cancelled; their history, and who is to be told of a change.",
    "benefit": "What a member is entitled to, and its use.",
    "coupon": "Coupons: issued, redeemed, and who bears them.",
    "ledger": "What happened to points and stored value (`hub ledger PHONE`), and the proof that it adds up.",
    "demo": "Data to try the hub with.",
    "export": "What the hub knows, as files.",
    "policy": "How people are identified: checked, compared, published.",
    "keys": "The identity key that identifiers are hashed and encrypted with.",
    "client": "Programs that may use the API, their secrets, and the key that signs their tokens.",
    "audit": "Who read personal data in clear and who changed something, and the proof that it is whole.",
    "privacy": "What a person may ask for: everything about them, or that it is erased.",
}


def build_app(arguments: Sequence[str]) -> typer.Typer:
    """The command line as far as these arguments need it: importing every command's modules would double the start."""
    app = _make_group("memberhub: one customer, one identity graph, one API.", name="hub")
    known = {command.partition(" ")[0] for command in _COMMANDS}
    asked = known.intersection(arguments[:1]) or known
    groups = {name: _make_group(text) for name, text in _GROUPS.items()}
    for command, place in _COMMANDS.items():
        group, _, name = command.rpartition(" ")
        if (group or name) in asked:
            module, _, function = place.partition(":")
            parent = groups[group] if group else app
            parent.command(name)(getattr(import_module(f"hub.cli.{module}"), function))
    for name, group_app in groups.items():
        app.add_typer(group_app, name=name)
    return app


def spell_out(arguments: Sequence[str]) -> list[str]:
    """The command in full: `hub ledger PHONE` is short for `hub ledger show PHONE`, as no command has a digit or |."""
    match arguments:
        case ["ledger", whom, *rest] if re.search(r"[0-9０-９|]", whom) and not whom.startswith("-"):
            return ["ledger", "show", whom, *rest]
    return list(arguments)


def _make_group(text: str, name: str | None = None) -> typer.Typer:
    group = typer.Typer(
        name=name,
        help=text,
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        add_completion=False,
        rich_markup_mode=None,
        context_settings={"max_content_width": 120},  # what fits a terminal is not cut short in lists of commands
    )
    group.callback()(lambda: None)  # keeps a group with one command from becoming that command
    return group


def main() -> NoReturn:
    """Run the command line and exit."""
    try:
        configure_logging(Settings())  # what goes wrong from here on is told without values
        configure_logging(_settings_for_logs())
        arguments = spell_out(sys.argv[1:])
        _check_arguments(arguments)
        build_app(arguments)(arguments)
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


def _check_arguments(arguments: Sequence[str]) -> None:
    """Bytes that are no text reach nothing that stores, compares or prints texts."""
    for number, argument in enumerate(arguments, start=1):
        if any("\ud800" <= letter <= "\udfff" for letter in argument):
            shown = argument.encode("utf-8", "backslashreplace").decode()
            _fail(f"Argument {number} is not UTF-8: {shown[:80]}. Write it anew, or rename the file.", EXIT_USAGE)


def _settings_for_logs() -> Settings:
    """Wrong settings are told by the command that needs them; `hub --help` needs none."""
    try:
        return load_settings()
    except InvalidSettings:
        return Settings()


def _fail(message: str, code: int) -> NoReturn:
    typer.echo(replace_controls(message), err=True)
    sys.exit(code)
