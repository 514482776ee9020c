"""A mapping says which column of a file is what. It is a YAML document, checked when it is loaded.

Customers, one row a customer (`system` is the kind of system that it suits, `tmall` of `tmall:flagship`; left out,
it suits any but is never chosen by itself):

    version: 1
    kind: customers
    system: tmall
    timezone: Asia/Shanghai                 # of times without a zone; left out: HUB_TIMEZONE
    external_id: 买家ID
    observed_at: 更新时间                    # or {column: ts, format: epoch_ms}; may be left out
    identifiers:
      - {type: phone, column: 手机号, verified: true}        # the system has proof, such as a code by SMS
      - {type: ouid, column: ouid, scope: $system}          # the key of the system that is imported
      - {type: openid, column: openid, scope: wx4f1c}       # a literal
      - {type: openid, column: openid2, scope: "column:appid"}
    profile:
      name: 姓名
      birthday: 生日
      gender: {column: 性别, values: {男: male, 女: female, 未知: null}}      # null: as if the cell were empty
      household_role: 家庭角色              # with an identifier of the type household: 父, mother, child
      children_birthdays: 子女生日          # dates separated by ;
    balances:                               # what the customer held before the hub; may be left out
      points: {column: 积分, unit: point, last_day: 积分有效期}   # without a last day the programme says until when
      stored_value: {column: 储值余额, unit: yuan}               # unit: point, yuan or fen
    tier: {column: 会员等级, values: {金卡: gold, 普卡: member}, last_day: 等级有效期}   # the column is enough

Orders, either one row a line (adjacent rows with one order id are one order) or one row an order with a nested list:

    version: 1
    kind: orders
    system: pos
    order_id: 小票号
    customer: 会员卡号                       # the external id; may be left out; an empty cell is a guest
    placed_at: 交易时间
    status: {column: 状态, values: {已付款: paid, 已退款: refunded}}          # or {always: received}
    amount: {column: 订单金额, unit: yuan}   # the order's total; may be left out; unit: yuan or fen
    store: 门店                              # may be left out, or {always: S01}
    observed_at: 更新时间                    # may be left out
    phone: 收货人手机                        # may be left out; of guests only: who owns it may claim the order
    reached_at:                              # may be left out: when the order came to a stage
      deposit_paid: 定金付款时间
      paid: 尾款付款时间                      # the final payment, which points follow
      received: {column: 确认收货时间, format: epoch_ms}
    deposit: {column: 定金, unit: yuan}      # may be left out: what is paid down for a presale
    lines:                                   # may be left out: a row an order, and orders without lines
      path: items                            # only for a nested list; the columns below are then keys of its elements
      line_id: 行号                          # left out: the SKU, else the name, else the line's place in the order
      sku: 商品编码                          # may be left out
      name: 商品名称                         # may be left out
      quantity: 数量                         # left out: 1
      amount: {column: 实付金额, unit: yuan} # paid for the whole line; left out: 0, and every order states its total
      refunded:                              # may be left out: all that came back of the line until now
        amount: {column: 已退金额, unit: yuan}
        quantity: 已退数量                    # one of the two is enough
      replaces: 换货原行号                    # may be left out: the line that this one was given for in exchange

Refunds, a row a refund; `placed_at` and `status` may then be left out, as the order itself may come later or before:

    version: 1
    kind: orders
    order_id: 订单编号
    refund:
      id: 退款编号                            # the same refund again is counted once; an empty cell is no refund
      line_id: 子订单编号                     # may be left out: of the order as a whole
      amount: {column: 退款金额, unit: yuan}
      quantity: 退货数量                      # one of the two is enough

A column of a nested object is a dotted path (`buyer.phone`). `format` of a time is `auto` (dates as people and
programs write them, epoch seconds of ten digits, milliseconds of thirteen), `epoch_s`, `epoch_ms`, or `excel` (the
serial numbers of a spreadsheet; written dates are understood as well). Every scalar is text: `0123` and `no` are
what they look like.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Final, Literal
from zoneinfo import ZoneInfo

import yaml
from pydantic import (
    AfterValidator,
    Discriminator,
    Field,
    TypeAdapter,
    ValidationError,
    model_validator,
)

from connectors.files.columns import (
    AssetName,
    BalanceColumn,
    ColumnName,
    IdentifierColumn,
    LineColumns,
    MoneyColumn,
    Part,
    RefundColumns,
    TextColumn,
    TextPart,
    TierColumn,
    TimeColumn,
    TimePart,
)
from connectors.files.paths import check_regular
from connectors.files.profiles import PROFILE_READERS
from connectors.files.rows import BadCell
from hub.core.errors import InvalidInput
from hub.core.model import ORDER_STATUSES, PROFILE_FIELDS
from hub.core.yaml_text import UnreadableYaml, YamlText, read_yaml

MAX_MAPPING_BYTES: Final = 256 * 1024


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise ValueError("expected a zone of the IANA database, such as Asia/Shanghai") from None
    return name


def _status(part: TextColumn) -> TextColumn:
    known = ", ".join(ORDER_STATUSES)
    given = [part.always] if part.always is not None else list((part.values or {}).values())
    for status in given:
        if status not in ORDER_STATUSES:
            raise ValueError(f"{status or 'null'} is not a status of an order: expected one of {known}")
    return part


def _stages(parts: dict[str, TimeColumn]) -> dict[str, TimeColumn]:
    known = ORDER_STATUSES[1:]
    for stage in parts:
        if stage not in known:
            raise ValueError(f"{stage} is not a stage of an order: expected one of {', '.join(known)}")
    return parts


def _profile(fields: dict[str, TextColumn]) -> dict[str, TextColumn]:
    for name, part in fields.items():
        if name not in PROFILE_FIELDS:
            raise ValueError(f"{name} is not a field of a profile: expected {', '.join(PROFILE_FIELDS)}")
        for text in (part.always, *(part.values or {}).values()):
            _check_written(name, text)
    return fields


def _check_written(name: str, text: str | None) -> None:
    """What the mapping itself gives as a value is stored as it is, so that it has to be in the final form."""
    read = PROFILE_READERS.get(name)
    if read is None or text is None:
        return
    try:
        written = read(text)
    except BadCell as error:
        raise ValueError(f"not a value of {name}: {error.safe_message}") from None
    if written != text:
        raise ValueError(f"not a value of {name}: expected {written or 'no blank'}")


class _Document(Part):
    version: Literal[1]
    system: Annotated[str, Field(pattern="^[a-z][a-z0-9_-]{0,31}$")] | None = None
    timezone: Annotated[str, AfterValidator(_zone)] | None = None
    observed_at: TimePart | None = None

    @model_validator(mode="before")
    @classmethod
    def _version_as_number(cls, values: Any) -> Any:
        # Every YAML scalar is read as text, and a literal 1 does not match "1".
        if isinstance(values, dict) and values.get("version") == "1":
            return {**values, "version": 1}
        return values


class CustomerMapping(_Document):
    """What each column of a file of customers is."""

    kind: Literal["customers"]
    external_id: ColumnName
    identifiers: tuple[IdentifierColumn, ...] = ()
    profile: Annotated[dict[str, TextPart], AfterValidator(_profile)] = Field(default_factory=dict)
    balances: dict[AssetName, BalanceColumn] = Field(default_factory=dict)
    tier: TierColumn | None = None

    def required(self) -> list[str]:
        """The columns without which no row has a meaning, or what members have would be passed over without a word."""
        tiers = [self.tier.column] if self.tier else []
        return [self.external_id, *(part.column for part in self.balances.values()), *tiers]

    def columns(self) -> list[str]:
        """Every column that the mapping reads, required ones first, each once."""
        found = self.required()
        for identifier in self.identifiers:
            found += [identifier.column, *filter(None, [identifier.scope_column])]
        found += [part.column for part in self.profile.values() if part.column]
        found += [part.last_day for part in (*self.balances.values(), self.tier) if part and part.last_day]
        return _once(found, self.observed_at)


class OrderMapping(_Document):
    """What each column of a file of orders is."""

    kind: Literal["orders"]
    order_id: ColumnName
    customer: ColumnName | None = None
    placed_at: TimePart | None = None
    status: Annotated[TextPart, AfterValidator(_status)] | None = None
    amount: MoneyColumn | None = None
    store: TextPart | None = None
    phone: ColumnName | None = None
    reached_at: Annotated[dict[str, TimePart], AfterValidator(_stages)] = Field(default_factory=dict)
    deposit: MoneyColumn | None = None
    refund: RefundColumns | None = None
    lines: LineColumns | None = None

    @model_validator(mode="after")
    def _amount_somewhere(self) -> OrderMapping:
        if self.lines is not None and self.lines.amount is None and self.amount is None:
            raise ValueError("expected an `amount`: of the order, of its lines, or both")
        return self

    @model_validator(mode="after")
    def _order_or_refund(self) -> OrderMapping:
        missing = [name for name in ("placed_at", "status") if getattr(self, name) is None]
        if missing and self.refund is None:
            raise ValueError(f"{' and '.join(missing)}: this key is missing; only refunds do without")
        return self

    @property
    def tells_course(self) -> bool:
        """Whether it reads more of an order's course than its status."""
        of_lines = self.lines is not None and (self.lines.refunded or self.lines.replaces)
        return bool(self.phone or self.reached_at or self.deposit or self.refund or of_lines)

    def required(self) -> list[str]:
        """The columns without which no row has a meaning."""
        parts = (self.placed_at, self.status)
        found = [self.order_id, *(part.column for part in parts if part and part.column)]
        found += [self.refund.id] if self.refund and not self.status else []
        if self.lines is not None:
            found += [self.lines.path] if self.lines.path else list(self.lines.names())
        return found

    def columns(self) -> list[str]:
        """Every column that the mapping reads, required ones first, each once."""
        found = self.required() + [name for name in (self.customer, self.store and self.store.column) if name]
        found += [part.column for part in (self.amount, self.deposit, *self.reached_at.values()) if part]
        found += [self.phone] if self.phone else []
        found += self.refund.names() if self.refund else []
        found += list(self.lines.names()) if self.lines else []
        return _once(found, self.observed_at)


Mapping = CustomerMapping | OrderMapping
_ADAPTER: Final[TypeAdapter[Mapping]] = TypeAdapter(Annotated[Mapping, Discriminator("kind")])


def _once(names: list[str], observed_at: TimeColumn | None) -> list[str]:
    return list(dict.fromkeys(names + ([observed_at.column] if observed_at else [])))


def load_mapping(path: Path) -> Mapping:
    """Read and check a mapping.

    Raises:
        InvalidInput: one line for each mistake: the file, the line, the key, what is expected.
    """
    check_regular(path)
    try:
        with path.open("rb") as file:
            content = file.read(MAX_MAPPING_BYTES + 1)
    except OSError as error:
        raise InvalidInput(f"The mapping {path} cannot be read: {error.strerror}.") from None
    if len(content) > MAX_MAPPING_BYTES:
        raise InvalidInput(
            f"{path} has more than {MAX_MAPPING_BYTES:,} bytes: a mapping is a short YAML file. Is it the data?"
        )
    try:
        return parse_mapping(content.decode("utf-8-sig"), str(path))
    except UnicodeDecodeError:
        raise InvalidInput(f"{path} is not UTF-8 text: save the mapping as UTF-8.") from None


def parse_mapping(text: str, origin: str = "mapping") -> Mapping:
    """The mapping in a YAML text; `origin` names it in messages. Raises InvalidInput as `load_mapping` does."""
    try:
        read = read_yaml(text)
    except UnreadableYaml as error:
        place = f"{origin}, line {error.line}" if error.line else origin
        raise InvalidInput(f"{place}: this is not YAML that a mapping can be ({error}).") from None
    if not isinstance(read.value, dict):
        raise InvalidInput(f"{origin}: a mapping starts with `version: 1` and `kind: customers` or `kind: orders`.")
    for path, line in read.repeated_keys():
        raise InvalidInput(f"{origin}, line {line}: the key {path[-1]} occurs twice.")
    try:
        return _ADAPTER.validate_python(read.value)
    except ValidationError as error:
        raise InvalidInput("\n".join(_explain(detail, read, origin) for detail in error.errors())) from None


def parse_mapping_document(document: dict[str, Any]) -> Mapping:
    """The mapping in a document that a program put together."""
    return _ADAPTER.validate_python(document)


def dump_mapping(mapping: Mapping) -> str:
    """The mapping as YAML that `parse_mapping` reads back as an equal value."""
    # `exclude_unset` would drop what was set by code to its default, and `exclude_none` the nulls of a table.
    document = {"version": 1, "kind": mapping.kind, **mapping.model_dump(exclude_defaults=True)}
    return yaml.safe_dump(_shorten(document), allow_unicode=True, sort_keys=False, width=120)


def _shorten(value: Any) -> Any:
    if isinstance(value, dict):
        return value["column"] if list(value) == ["column"] else {key: _shorten(item) for key, item in value.items()}
    return [_shorten(item) for item in value] if isinstance(value, (list, tuple)) else value


def _explain(detail: Any, read: YamlText, origin: str) -> str:
    # pydantic puts the chosen member of the union first; the person who wrote the file knows nothing of it.
    path = [step for step in detail["loc"] if step not in ("customers", "orders", "[key]")]
    key = ".".join(str(step) for step in path) or "kind"
    reason = {
        "extra_forbidden": "there is no such key",
        "missing": "this key is missing",
        "union_tag_not_found": "expected customers or orders",
        "union_tag_invalid": "expected customers or orders",
    }.get(detail["type"], detail["msg"].removeprefix("Value error, "))
    return f"{origin}, line {read.line_of(path)}: {key}: {reason}."
