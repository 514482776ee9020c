"""Which identifier a steward means who wants to lift a quarantine."""

from __future__ import annotations

from graph import case_work, component
from graph.database import Graph
from hub.core.errors import Conflict, InvalidInput, NotFound
from hub.core.model import RecordKey
from hub.services.components import is_quarantined
from rules.policy import Policy


async def find_lift_target(graph: Graph, policy: Policy, named: str) -> str:
    """The key of the identifier that a case is about, or of the only one of a record that is quarantined.

    Args:
        named: a case's id, or a record written `system|external_id`.

    Raises:
        NotFound: there is no such case, no such record, or nothing of it is quarantined.
        InvalidInput: the case is not about a quarantine.
        Conflict: several identifiers of the record are quarantined, so that it does not say which one is meant.
    """
    if "|" in named:
        return await _of_record(graph, policy, str(RecordKey.read(named)))
    case = await case_work.find_case(graph, named.strip().upper())
    if case is None:
        raise NotFound("There is no case with this id. (A record is written system|external_id.)")
    if case.summary.kind != "blast_radius":
        raise InvalidInput("This case is not about a quarantine: there is nothing to lift.")
    return case.about[0].key


async def _of_record(graph: Graph, policy: Policy, record: str) -> str:
    members = await component.fetch_by_records(graph, [record])
    if not members:
        raise NotFound("The hub knows no such record: check its system and its external id.")
    quarantined = {hold.state.key for hold in members[0].holds if is_quarantined(policy, hold.state)}
    if not quarantined:
        raise NotFound("No identifier of this record is quarantined.")
    if len(quarantined) > 1:
        raise Conflict(
            f"{len(quarantined)} identifiers of this record are quarantined. Name the case: hub case list "
            "--kind blast_radius."
        )
    return quarantined.pop()
