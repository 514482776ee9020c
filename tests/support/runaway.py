"""Work that goes wrong in a process of its own: by the CEL engine on what no checked condition has, or else."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from typing import Any

import cel

from hub.core.errors import Conflict
from hub.services.apart import Progress

_NESTED = "ids.map(a, ids.map(b, ids.map(c, a + b + c)))"


def go_wrong(how: str, pages: Iterator[Any], progress: Progress) -> object:
    match how:
        case "runs away":
            cel.evaluate(_NESTED, {"ids": list(range(2_000))})
        case "overflows the stack":
            cel.evaluate("1" + "+1" * 200_000)
        case "takes all memory":
            return [bytes(1 << 24) for _ in count()]
        case "fails":
            return dict[str, int]()["13800138000"]
        case "is refused":
            raise Conflict("Not now.", phone="13800138000")
        case "adds up":
            progress("sum", 1, 2)
            return sum(pages)
    return None
