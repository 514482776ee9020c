"""A fact as a few hundred bytes: a million of them as objects would take several gigabytes."""

from __future__ import annotations

import orjson

from graph.evidence import NewIdentifier
from hub.core.model import RecordKey, Stated
from hub.services.facts import CustomerFact
from rules.evidence import Assertion


def pack_fact(fact: CustomerFact) -> bytes:
    """The fact as JSON, for `unpack_fact` of the same process."""
    identifiers = [(one.key, one.type, one.scope, one.masked, one.sealed, one.blocked) for one in fact.identifiers]
    assertions = [(one.type, one.scope, one.identifier, *_stated(one.stated)) for one in fact.assertions]
    return orjson.dumps(
        (fact.record.system, fact.record.external_id, fact.birth_id, identifiers, assertions, fact.profile)
    )


def unpack_fact(packed: bytes) -> CustomerFact:
    """The fact behind `pack_fact`."""
    system, external_id, birth_id, identifiers, assertions, profile = orjson.loads(packed)
    return CustomerFact(
        RecordKey(system, external_id),
        birth_id,
        tuple(NewIdentifier(*one) for one in identifiers),
        tuple(Assertion(kind, scope, key, Stated(*stated)) for kind, scope, key, *stated in assertions),
        {name: (value, at_ms) for name, (value, at_ms) in profile.items()},
    )


def _stated(stated: Stated) -> tuple[int, str, bool]:
    return stated.at_ms, stated.source, stated.verified
