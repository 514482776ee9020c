"""Exports of four systems out of real baskets and invented people."""

from __future__ import annotations

import hashlib
import shutil
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from math import gcd
from pathlib import Path
from random import Random
from typing import Final, Literal

from connectors.files.ready import FOLDER as MAPPINGS
from hub.core.errors import InvalidInput
from hub.demo import manifest, truth
from hub.demo.exports.erp import ERP
from hub.demo.exports.export import Export
from hub.demo.exports.pos import POS
from hub.demo.exports.tables import PartFile
from hub.demo.exports.tmall import TMALL
from hub.demo.exports.wechat import WECHAT
from hub.demo.history import History, read_history
from hub.demo.manifest import ExportFile, Manifest
from hub.demo.noise import MAX_NOISE
from hub.demo.people import People, Person
from hub.demo.phones import PLACEHOLDERS, hide
from hub.demo.records import CustomerRow, write_records
from hub.demo.sales import list_sales

Progress = Callable[[int, int], None]

EXPORTS: Final = (TMALL, WECHAT, POS, ERP)
_REPEATED_LATER: Final = 50
_SHOWN_PHONES: Final = 3
_TOLD_TIMES: Final = 1000
_SHOWN_KINDS: Final = 3


def generate(
    out: Path,
    *,
    persons: int,
    seed: int,
    noise: float = 1.0,
    orders: bool = True,
    progress: Progress | None = None,
) -> Manifest:
    """Write the exports, their mappings, `truth.csv` and, last of all, the manifest; nothing if all is there already.

    The bytes depend on the arguments alone. Memory does not grow with `persons`.

    Args:
        noise: a factor on the shares of variants of names, missing phones, and phones that are a family's, a guide's or
            nobody's; above 1 some names are mistyped as well.
        orders: False leaves out what they bought, which is nearly all of the bytes.
        progress: told (done, total) now and then; the unit is a person in a system.

    Raises:
        InvalidInput: `persons` or `noise` is out of range.
        NotFound: the package with the purchase history is not installed.
    """
    if not 1 <= persons <= manifest.MAX_PERSONS:
        raise InvalidInput(f"The number of persons is from 1 to {manifest.MAX_PERSONS:,}; found {persons:,}.")
    if not 0 <= noise <= MAX_NOISE:
        raise InvalidInput(f"The noise is from 0 to {MAX_NOISE}; found {noise}.")
    if found := manifest.find_complete(out, persons=persons, seed=seed, noise=noise, orders=orders):
        return found
    history = read_history(seed=seed, households=persons)
    people = People(history, size=persons, seed=seed, noise=noise)
    out.mkdir(parents=True, exist_ok=True)
    (out / manifest.FILE_NAME).unlink(missing_ok=True)
    with truth.open_truth(out) as true_persons:
        files: list[ExportFile] = []
        for n, export in enumerate(EXPORTS):
            members = _tell(_members(people, export), done=n * persons, total=len(EXPORTS) * persons, told=progress)
            files += _write_system(out, export, members, people, history if orders else None, true_persons)
    made = Manifest(
        generation=manifest.GENERATION,
        persons=persons,
        seed=seed,
        noise=noise,
        orders=orders,
        files=tuple(files),
        phones=tuple(_choose_phones(people, history)),
        truth=truth.FILE_NAME,
    )
    manifest.write_manifest(out, made)
    return made


def _members(people: People, export: Export) -> Iterator[Person | None]:
    """Everyone in an order of the system's own, None for who does not buy there."""
    start = Random(f"{people.seed}/{export.kind}").randrange(people.size)  # noqa: S311 - reproducible on purpose
    stride = next(n for n in range(int(people.size * 0.618) + 1, 2 * people.size + 2) if gcd(n, people.size) == 1)
    for n in range(people.size):
        person = people[(start + n * stride) % people.size]
        yield person if export.kind in person.kinds else None


def _tell(members: Iterable[Person | None], *, done: int, total: int, told: Progress | None) -> Iterator[Person]:
    every = total // _TOLD_TIMES + 1
    for n, person in enumerate(members, start=done + 1):
        if person is not None:
            yield person
        if told is not None and (n % every == 0 or n == total):
            told(n, total)


def _write_system(
    out: Path,
    export: Export,
    members: Iterable[Person],
    people: People,
    history: History | None,
    true_persons: PartFile,
) -> list[ExportFile]:
    """The files of one system; without a history nobody buys anything."""
    seed = people.seed
    customers = PartFile(out / export.kind / f"customers{export.suffix}", export.open_customers)
    orders = PartFile(out / export.kind / f"orders{export.suffix}", export.open_orders)
    records = sales = 0
    repeated: deque[CustomerRow] = deque()
    with customers, orders:
        for person in members:
            for row in write_records(person, export.kind, seed=seed, noise=people.noise):
                if row.again:
                    repeated.append(row)
                    continue
                _add_customer(customers, row, export, seed)
                true_persons.add((export.system, row.external_id, f"P{person.number + 1:08d}"))
                records += 1
            if history is not None:
                sales += _add_sales(orders, person, export, history, seed)
            if len(repeated) > _REPEATED_LATER:
                _add_customer(customers, repeated.popleft(), export, seed)
        for row in repeated:
            _add_customer(customers, row, export, seed)
    made: tuple[tuple[PartFile, Literal["customers", "orders"], int], ...]
    made = (customers, "customers", records), (orders, "orders", sales)
    return [_describe(out, export, file, kind=kind, entities=entities) for file, kind, entities in made if entities]


def _add_sales(orders: PartFile, person: Person, export: Export, history: History, seed: int) -> int:
    sales = list(list_sales(person, export.kind, history, seed=seed))
    for sale in sales:
        for cells in export.order_rows(sale, history):
            orders.add(cells)
    return len(sales)


def _add_customer(customers: PartFile, row: CustomerRow, export: Export, seed: int) -> None:
    # the record decides the chance, so that a row that is simply repeated comes out the same
    rng = Random(f"{seed}/{row.external_id}")  # noqa: S311 - reproducible on purpose
    customers.add(export.customer_row(row, rng))


def _describe(
    out: Path, export: Export, file: PartFile, *, kind: Literal["customers", "orders"], entities: int
) -> ExportFile:
    """Put the mapping beside the file, and say what both are."""
    mapping = file.path.with_name(f"{kind}.yaml")
    ready = export.customer_mapping if kind == "customers" else f"{export.kind}-orders"
    shutil.copyfile(MAPPINGS / f"{ready}.yaml", mapping)
    with file.path.open("rb") as content:
        digest = hashlib.file_digest(content, "sha256").hexdigest()
    return ExportFile(
        path=file.path.relative_to(out).as_posix(),
        mapping=mapping.relative_to(out).as_posix(),
        system=export.system,
        kind=kind,
        rows=file.rows,
        entities=entities,
        size_bytes=file.path.stat().st_size,
        sha256=digest,
    )


def _choose_phones(people: People, history: History) -> list[str]:
    """E.164 numbers of three persons whose several records all have them, and nobody else's do."""
    found: list[str] = []
    for number in range(people.size):
        person = people[number]
        if len(person.kinds) >= _SHOWN_KINDS and person.part == "plain" and _is_telling(person, people, history):
            found.append(f"+86{person.phone}")
        if len(found) == _SHOWN_PHONES:
            break
    return found


def _is_telling(person: Person, people: People, history: History) -> bool:
    """Whether the phone stands in every system's row and each system has sold them something under their name."""
    for kind in person.kinds:
        row = next(write_records(person, kind, seed=people.seed, noise=people.noise))
        sales = list_sales(person, kind, history, seed=people.seed)
        if row.phone in ("", hide(person.phone), *PLACEHOLDERS) or not any(sale.customer for sale in sales):
            return False
    return True
