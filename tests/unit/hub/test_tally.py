"""Claims compared in little memory: whatever does not make up for itself is found, however it is mixed."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from hub.services.ledger.tally import Differences, Tally
from rules.ledger.claims import Claim, Owner

OWNERS = st.builds(Owner, st.sampled_from(("operation", "order")), st.text(max_size=3))
CLAIMS = st.lists(st.builds(Claim, OWNERS, st.tuples(st.text(max_size=2)), st.integers(1, 2**53)), max_size=20)


@given(claims=CLAIMS, seed=st.integers())
def test_claims_that_make_up_for_each_other_leave_nothing_in_any_order(claims: list[Claim], seed: int) -> None:
    both = [*claims, *(one._replace(amount=-one.amount) for one in claims)]
    random.Random(seed).shuffle(both)
    tally = Tally()

    tally.note(both)

    assert not tally.suspects


@given(claims=CLAIMS, odd=st.builds(Claim, OWNERS, st.just(("odd one",)), st.integers(1, 2**53)))
def test_what_is_left_is_found_and_said_to_the_unit(claims: list[Claim], odd: Claim) -> None:
    tally = Tally()
    both = [*claims, odd, *(one._replace(amount=-one.amount) for one in claims)]
    tally.note(both)
    differences = Differences(tally.suspects)

    differences.note(both)

    assert differences.found == {(odd.owner, odd.what): odd.amount}
