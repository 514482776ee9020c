"""Who is meant: how callers name a person or a record."""

from __future__ import annotations

from functools import partial

import strawberry
from strawberry import UNSET

from hub.core.errors import InvalidInput
from hub.core.ledger import Operation
from hub.core.model import RawIdentifier, RecordKey, System
from hub.services.find_person import check_person_id
from hub.services.membership.homes import find_home
from hub.services.named import Act, Named, act_on_named
from resolvers.context import Context


@strawberry.input(name="IdentifierInput", description="An identifier as a source writes it. / 来源中的标识。")
class IdentifierInput:
    type: str = strawberry.field(description="unionid, openid, ouid, card, phone and so on. / 标识类型。")
    scope: str = strawberry.field(
        default="",
        description="The app, shop or system where it is unique; empty for a phone. / 唯一范围；手机号留空。",
    )
    value: str = strawberry.field(description="The value in full. / 完整的值。")


@strawberry.input(name="RecordInput", description="A customer record of a system. / 某个系统中的客户记录。")
class RecordInput:
    system: str = strawberry.field(description="The system, such as tmall:flagship. / 系统名，例如 tmall:flagship。")
    external_id: str = strawberry.field(description="The record's id in that system. / 该记录在其系统中的编号。")

    @property
    def key(self) -> RecordKey:
        """The record's key; raises InvalidInput for a system's name that cannot be one."""
        return RecordKey(System(self.system).key, self.external_id)


@strawberry.input(one_of=True, description="Exactly one thing that is known of the person. / 已知信息，只填一项。")
class PersonBy:
    phone: str | None = strawberry.field(
        default=UNSET, description="A phone in any usual form. / 手机号，常见写法均可。"
    )
    id: strawberry.ID | None = strawberry.field(
        default=UNSET, description="Any person id that the hub ever gave out. / 中台给出过的任一会员编号。"
    )
    identifier: IdentifierInput | None = strawberry.field(
        default=UNSET, description="Any other identifier. / 其他标识。"
    )
    record: RecordInput | None = strawberry.field(default=UNSET, description="A record of a system. / 系统中的记录。")


async def find_person(context: Context, by: PersonBy) -> str | None:
    """The living person's id; None where the hub knows nobody by that. Raises as `PersonFinder`."""
    if by.phone:
        return await context.finder.find_by_phone(by.phone)
    if by.id:
        return await context.finder.find_by_id(by.id)
    if by.identifier:
        return await context.finder.find_by_identifier(by.identifier.type, by.identifier.scope, by.identifier.value)
    if by.record:
        return await context.finder.find_by_record(by.record.key)
    raise nobody_said()


def nobody_said() -> InvalidInput:
    """That a caller left empty who is meant."""
    return InvalidInput("Say who: give one of phone, id, identifier or record, and not an empty one.")


async def act_on_person(context: Context, by: PersonBy, act: Act) -> Operation:
    """As `act_on_named`, for whom a caller of the API means."""
    return await act_on_named(partial(find_person, context, by), _words_of(context, by), act)


async def act_on_home(context: Context, by: PersonBy, act: Act) -> Operation:
    """As `act_on_person`, naming of all the person's ids that of the record by which they were named."""

    async def act_there(named: Named) -> Operation:
        return await act(named._replace(person=await _find_home(context, by, named.person)))

    return await act_on_person(context, by, act_there)


async def _find_home(context: Context, by: PersonBy, person: str) -> str:
    if not person:
        return ""
    if by.id:
        return check_person_id(by.id)
    record = by.record.key if by.record else None
    identifier = None if record else _identifier_of(by)
    return await find_home(context.graph, context.identity, person, record=record, identifier=identifier)


def _words_of(context: Context, by: PersonBy) -> str:
    """The same for the same words about a person, whoever these mean by then."""
    if by.record:
        return str(by.record.key)
    if by.id:
        return check_person_id(by.id)
    identifier = context.identity.normalise(_identifier_of(by))
    return f"identifier|{context.identity.key_of(identifier)}" if identifier else ""


def _identifier_of(by: PersonBy) -> RawIdentifier:
    said = by.identifier
    return RawIdentifier(said.type, said.scope, said.value) if said else RawIdentifier("phone", "", by.phone or "")
