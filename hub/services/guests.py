"""Guests who left a phone: a record for each phone in each system, which whoever owns the phone is joined with.

One record a phone, not one an order: a phone that many records share is quarantined, and regulars may well be guests.
"""

from __future__ import annotations

from dataclasses import replace

from hub.core.errors import InvalidInput
from hub.core.model import GUEST, CustomerEvent, OrderEvent, RawIdentifier, RecordKey
from hub.services.identity import Identity


def name_guest(identity: Identity, event: OrderEvent) -> tuple[OrderEvent, CustomerEvent | None]:
    """The order as that of its guest's record, and what it says of that; both as they were where it says nothing.

    A phone that is none, is partly hidden or blocked is left out: it would take the order with it, or join strangers.
    """
    if event.phone is None or event.external_id is not None:
        return event, None
    raw = RawIdentifier("phone", "", event.phone, "phone")
    try:
        phone = identity.normalise(raw)
    except InvalidInput:
        return event, None
    if phone is None or not identity.identifies(phone):
        return event, None
    guest = RecordKey(event.system, f"{GUEST}{identity.key_of(phone)}")
    stated_ms = event.placed_ms if event.observed_ms is None else event.observed_ms
    return replace(event, external_id=guest.external_id), CustomerEvent(guest, stated_ms, (raw,))
