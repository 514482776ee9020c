"""`hub keys`: which identity key the graph's identifiers are stored with, and how it is replaced."""

from __future__ import annotations

import secrets
from typing import Annotated, Final

import anyio
import typer
from pydantic import SecretStr

from graph.database import Graph
from graph.installation import Installation, fetch_installation
from graph.rotation import count_by_key
from hub.cli.bars import show_bars
from hub.core.errors import InvalidSettings
from hub.core.setting_files import ENDPOINTS_FILE, read_stack_file
from hub.core.settings import Settings, load_settings
from hub.core.vault import Vault
from hub.embedded.credentials import find_identity_key, finish_rotation, one_rotation, prepare_rotation
from hub.services.key_rotation import BATCH, Rotated, Rotation, rotate_keys

_KEY_BYTES: Final = 32
_MAX_PAUSE_MS: Final = 10_000


def new() -> None:
    """Print a fresh identity key."""
    typer.echo(secrets.token_hex(_KEY_BYTES))


def status() -> None:
    """Tell which key the graph's identifiers are stored with. Exit 1 unless it is the one that is set."""
    raise typer.Exit(anyio.run(_print_status, load_settings()))


def rotate(
    batch: Annotated[int, typer.Option(min=1, max=10_000, help="Identifiers of one transaction.")] = BATCH,
    pause_ms: Annotated[int, typer.Option(min=0, max=_MAX_PAUSE_MS, help="Wait as long between transactions.")] = 0,
    leave_unreadable: Annotated[
        bool, typer.Option("--leave-unreadable", help="Go on though some identifiers' values are not stored.")
    ] = False,
) -> None:
    """Hash and seal every identifier with a new key. Stop the hub first; the same command goes on after a crash.

    The new key is HUB_IDENTITY_KEY, the old one HUB_IDENTITY_KEY_PREVIOUS. A data directory that keeps its own key
    needs neither: the new one is made and kept there.
    """
    with one_rotation(load_settings().data_dir):
        settings = load_settings()  # anew: a rotation that has just ended left another key
        old, new, written_down = _find_keys(settings)
        wanted = Rotation(old, new, batch, pause_ms / 1000, leave_unreadable)
        done = anyio.run(_rotate, settings, wanted)
        if written_down is not None:
            finish_rotation(settings.data_dir, written_down)
    if done.was_done and written_down is None:
        typer.echo(f"The graph has the identity key {new.key_id} already: nothing was done.")
        return
    left = f", {done.left:,} left as they are" if done.left else ""
    typer.echo(f"{done.rewritten:,} identifiers were rewritten{left}.")
    typer.echo(f"The identity key is {new.key_id} now; backups from before need {old.key_id}.")
    typer.echo("Start anew what ran meanwhile: until then it says that it recognises nobody.")


def _find_keys(settings: Settings) -> tuple[Vault, Vault, SecretStr | None]:
    """The old key, the new one, and the new one as the data directory keeps it, if it keeps them."""
    kept = find_identity_key(settings.data_dir)
    previous = settings.identity_key_previous
    own = read_stack_file(settings.data_dir, ENDPOINTS_FILE).get("graph_uri") == settings.require_graph_uri()
    if own and kept is not None and previous in (None, kept):
        given = None if settings.identity_key == kept else settings.identity_key
        next_key = prepare_rotation(settings.data_dir, given)
        return _vault(kept), _vault(next_key), next_key
    if previous is None:
        raise InvalidSettings(
            "Set HUB_IDENTITY_KEY_PREVIOUS to the key that the graph has and HUB_IDENTITY_KEY to the new one "
            "(`hub keys new` prints one; write it down before you begin)."
        )
    return _vault(previous), Vault(settings.require_identity_key()), None


def _vault(key: SecretStr) -> Vault:
    return Vault(bytes.fromhex(key.get_secret_value()))


async def _rotate(settings: Settings, wanted: Rotation) -> Rotated:
    async with Graph.open(settings) as graph:
        with show_bars() as bars:
            return await rotate_keys(graph, wanted, bars.begin("identifiers"))


async def _print_status(settings: Settings) -> int:
    vault = Vault(settings.require_identity_key())
    async with Graph.open(settings) as graph:
        found, counts = await fetch_installation(graph), await count_by_key(graph)
    typer.echo(f"HUB_IDENTITY_KEY is {vault.key_id}: {_judge(found, vault)}")
    for key_id, identifiers in sorted(counts.items()):
        typer.echo(f"  {_name(key_id)}: {identifiers:,} identifiers")
    return 0 if found.rotating_to is None and found.fingerprint in (None, vault.fingerprint) else 1


def _judge(found: Installation, vault: Vault) -> str:
    if found.rotating_to is not None:
        to = "to this key" if found.rotating_to == vault.fingerprint else "to another key"
        return f"a rotation {to} is unfinished; run `hub keys rotate`."
    if found.fingerprint is None:
        return "the graph has no identifiers yet."
    return "the graph's." if found.fingerprint == vault.fingerprint else "not the graph's."


def _name(key_id: str) -> str:
    return {"": "without a stored value", "1": "the graph's key, from before keys had ids"}.get(key_id, f"key {key_id}")
