"""Programmes and dry runs for people to read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import tzinfo

from graph.documents import DocumentVersion
from hub.cli.output import make_table, print_plain
from hub.core.clock import from_ms
from hub.services.programme.dry_run import DryRun
from hub.services.programme.effects import Moved, Sums
from hub.services.programme.tier_effects import TierEffects, TierSums
from hub.services.programme.trying import Trial
from rules.earning import Fixed, Percent, PerFen, PerItem, Rule
from rules.programme import Programme


def print_rules(programme: Programme) -> None:
    """A line for each asset and each rule, in the document's order."""
    assets = [
        (one.name, one.unit, f"{one.expiry.kind} {one.expiry.count or ''}".strip(), one.terms.claw_back)
        for one in programme.assets.values()
    ]
    print_plain(make_table("Asset", "Unit", "Expires", "Claw-back", rows=assets))
    if programme.earning.rules:
        rows = [_rule(rule) for rule in programme.earning.rules]
        print_plain(make_table("Rule", "Gives", "Asked of", "Best of", "When", rows=rows))


def print_programmes(found: Mapping[str, DocumentVersion | None], zone: tzinfo) -> None:
    """A line for each programme; instants are those of the zone."""
    rows = [
        (name, "0", "as it ships", None, None)
        if version is None
        else (name, str(version.number), _when(version.published_ms, zone), version.author, version.reason)
        for name, version in sorted(found.items())
    ]
    print_plain(make_table("Programme", "Version", "Published", "Author", "Reason", rows=rows))


def print_trials(trials: Sequence[Trial]) -> None:
    """A line for each example."""
    rows = [
        (
            str(number),
            "ok" if trial.fits else "WRONG",
            f"{trial.expected:,}",
            f"{trial.found.amount:,}",
            ", ".join(f"{line}: {amount:,}" for line, amount in trial.found.by_line.items() if line) or None,
            "+".join(trial.found.rules) or None,
            trial.name or None,
        )
        for number, trial in enumerate(trials, 1)
    ]
    print_plain(make_table("Example", "", "Expected", "Found", "By line", "Rules", "Name", rows=rows))


def print_dry_run(done: DryRun, days: int) -> None:
    """What changes in total, by tier, and for whom most; people are shown by their ids alone."""
    effects = done.effects
    against = "no version" if done.in_force is None else f"version {done.in_force}"
    print_plain(f"The programme {done.programme.name} against {against}, orders of the last {days} days")
    rows = [_sums(tier, sums, done) for tier, sums in sorted(effects.by_tier.items())]
    headings = ("Tier", "Members", "Orders", "Points before", "After", "Change", "In fen", "Gain", "By", "Lose", "By")
    print_plain(make_table(*headings, rows=[*rows, _sums("all", effects.total, done)]))
    _print_moved("gain", effects.most_gained)
    _print_moved("lose", effects.most_lost)
    if not (effects.total.gaining or effects.total.losing):
        print_plain("Nobody gains or loses.")
    if effects.tiers.by_tier:
        _print_tiers(effects.tiers)


def _print_tiers(tiers: TierEffects) -> None:
    rows = [_tier_sums(tier, sums) for tier, sums in sorted(tiers.by_tier.items())]
    print_plain(make_table("Tier now", "Before", "After", "Rise", "Fall", rows=[*rows, _tier_sums("all", tiers.total)]))
    for what, moves in (("rise", tiers.rise), ("fall", tiers.fall)):
        if moves:
            print_plain(make_table("Person", "Before", "After", rows=moves, title=f"Who would {what}, such as"))


def _tier_sums(tier: str, sums: TierSums) -> tuple[str, ...]:
    return tier, *(f"{one:,}" for one in (sums.before, sums.after, sums.rising, sums.falling))


def _print_moved(what: str, moved: Iterable[Moved]) -> None:
    if rows := [(one.person, f"{one.before:,}", f"{one.after:,}", f"{one.after - one.before:+,}") for one in moved]:
        print_plain(make_table("Person", "Before", "After", "Change", rows=rows, title=f"Who would {what} most"))


def _sums(tier: str, sums: Sums, done: DryRun) -> tuple[str | None, ...]:
    change = sums.after - sums.before
    cost = done.cost_fen(change)
    numbers = (sums.members, sums.orders, sums.before, sums.after)
    moved = (sums.gaining, sums.gained, sums.losing, sums.lost)
    fen = None if cost is None else f"{cost:+,}"
    return tier, *(f"{one:,}" for one in numbers), f"{change:+,}", fen, *(f"{one:,}" for one in moved)


def _rule(rule: Rule) -> tuple[str | None, ...]:
    return rule.id, _gives(rule), rule.each, rule.best_of or None, " ".join(rule.when.split()) or None


def _gives(rule: Rule) -> str:
    match rule.effect:
        case PerFen(points, fen):
            given = f"{points:,} per {fen:,} fen"
        case PerItem(points, items):
            given = f"{points:,} per {items:,} pieces"
        case Percent(percent):
            given = f"{percent:,} %"
        case Fixed(points):
            given = f"{points:,}"
    return given if rule.most_per_order is None else f"{given}, at most {rule.most_per_order:,}"


def _when(at_ms: int, zone: tzinfo) -> str:
    return f"{from_ms(at_ms).astimezone(zone):%Y-%m-%d %H:%M}"
