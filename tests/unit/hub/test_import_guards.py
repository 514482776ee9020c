"""What surrounds an import leaves the interpreter as it was, however many are at work."""

from __future__ import annotations

import gc
import sys

from hub.services.import_guards import tuned


def test_the_last_of_several_that_overlap_puts_the_interpreter_back() -> None:
    before = (gc.get_threshold(), sys.getswitchinterval())
    one, other = tuned(), tuned()

    one.__enter__()
    during = (gc.get_threshold(), sys.getswitchinterval())
    other.__enter__()
    assert (gc.get_threshold(), sys.getswitchinterval()) == during != before
    one.__exit__(None, None, None)
    assert (gc.get_threshold(), sys.getswitchinterval()) == during
    other.__exit__(None, None, None)

    assert (gc.get_threshold(), sys.getswitchinterval()) == before
