"""A first mapping for a file that nobody has described, from its headers and its first rows.

It is a proposal: a person reads it, corrects it and passes it with --mapping.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Any, Final, Literal

from connectors.files.cells import compile_lookup
from connectors.files.headers import HEADER_HINT
from connectors.files.mapping import Mapping, parse_mapping_document
from connectors.files.rows import BadCell, Row
from connectors.files.values import read_key
from hub.core.errors import InvalidInput
from hub.core.model import ORDER_STATUSES

# Headers that say exactly this, in the order of preference; compared without case, spaces, underscores and units.
_CUSTOMER: Final = {
    "external_id": (
        "externalid,customerid,customercode,customerno,custno,custid,memberid,membercode,userid,buyerid,buyernick,id,客户编号,客户编码,客户id,"
        "会员编号,会员编码,会员id,会员号,会员卡号,卡号,用户id,用户编号,买家id,买家会员名,买家昵称,客户代码,买家ouid,ouid,openid,cardno,"
        "cardnumber"
    ),
    "observed_at": (
        "updatedat,updatetime,updatedate,upddate,modifiedat,"
        "modified,gmtmodified,lastmodified,更新时间,修改时间,最后修改时间"
    ),
}
_ORDER: Final = {
    "order_id": (
        "orderid,orderno,ordernumber,ordersn,tid,tradeid,tradeno,receiptno,receiptid,ticketno,billno,basketid,id,订单编号,订单号,"
        "订单id,主订单编号,交易编号,小票号,小票编号,单据编号,单号,流水号"
    ),
    "customer": _CUSTOMER["external_id"],
    "placed_at": (
        "placedat,orderedat,ordertime,orderdate,createdat,createtime,created,paidat,paytime,transactiontime,billdate,"
        "收银时间,下单时间,订单创建时间,创建时间,交易时间,订单付款时间,付款时间,销售时间,订单日期,下单日期,交易日期,日期"
    ),
    "status": "status,orderstatus,tradestatus,state,订单状态,交易状态,状态",
    "amount": (
        "orderamount,totalamount,total,totalfee,paidamount,payment,amount,订单金额,订单总金额,买家实际支付金额,"
        "实付金额,应付金额,总金额,合计"
    ),
    "store": "store,storeid,storecode,storename,shop,shopname,orgno,门店编号,门店编码,门店,店铺名称,店铺,店号",
    "observed_at": _CUSTOMER["observed_at"],
}
_LINE: Final = {
    "line_id": "lineid,lineno,linenumber,oid,suborderid,itemid,行号,行项目号,明细编号,子订单编号,子订单号,序号",
    "sku": (
        "sku,skuid,skucode,itemcode,itemno,productid,productcode,barcode,outerid,商品编码,商品编号,货号,商家编码,商品条码,条码,物料编码"
    ),
    "name": "itemname,productname,title,name,商品名称,商品标题,宝贝标题,品名,物料名称",
    "quantity": "quantity,qty,num,count,数量,购买数量,商品数量,件数",
    "amount": (
        "lineamount,itemamount,amt,paid,amount,paidamount,payment,subtotal,行金额,实收金额,买家实际支付金额,商品金额,实付金额,小计,金额,商品实付金额"
    ),
}
_PROFILE: Final = {
    "name": (
        "name,customername,custname,membername,fullname,realname,receivername,"
        "姓名,客户姓名,客户名称,会员姓名,真实姓名,收货人姓名"
    ),
    "nickname": "nickname,nick,昵称,微信昵称,买家昵称",
    "gender": "gender,sex,性别",
    "birthday": "birthday,birthdate,dateofbirth,dob,生日,出生日期",
    "province": "province,省份,省,收货省份",
    "city": "city,城市,市,收货城市",
    "address": "address,addr,地址,收货地址,详细地址,联系地址",
    "household_role": "householdrole,familyrole,家庭角色,家庭关系",
    "children_birthdays": "childrenbirthdays,childbirthday,子女生日,孩子生日,宝宝生日",
}
_IDENTIFIERS: Final = {
    "phone": (
        "phone,mobile,mobilephone,phonenumber,tel,telephone,手机号,"
        "手机号码,手机,电话,联系电话,联系手机,移动电话,会员手机"
    ),
    "unionid": "unionid,微信unionid",
    "openid": "openid,微信openid",
    "external_userid": "externaluserid,企微客户id,企业微信客户id",
    "ouid": "ouid,openbuyerid",
    "omid": "omid",
    "oaid": "oaid",
    "jd_pin": "jdpin,pin,京东pin,京东账号",
    "douyin_open_id": "douyinopenid",
    "yz_open_id": "yzopenid",
    "card": "card,cardno,cardnumber,membercard,卡号,会员卡号",
    "erp_code": "erpcode,erp编码",
    "email": "email,emailaddress,mail,邮箱,电子邮箱,电子邮件",
    "household": "household,householdid,householdno,familyid,家庭编号,家庭号,家庭id",
}
# Unique everywhere; every other type is unique in the system that it came from, until a person knows better.
_UNSCOPED: Final = frozenset({"phone", "email"})
_GENDERS: Final = {
    "male": "男,男性,先生,m,male,1",
    "female": "女,女性,女士,f,female,2",
    None: "未知,保密,unknown,u,0,其他,other",
}
_STATUSES: Final = {
    "created": "created,待付款,等待买家付款,未付款,wait_buyer_pay,pending",
    "paid": "paid,已付款,待发货,买家已付款,等待卖家发货,wait_seller_send_goods",
    "shipped": "shipped,已发货,卖家已发货,等待买家确认收货,待收货,wait_buyer_confirm_goods",
    "received": "received,交易成功,已完成,已签收,已收货,完成,trade_finished,completed,done",
    "closed": "closed,交易关闭,已关闭,已取消,取消,trade_closed,cancelled,canceled",
    "refunded": "refunded,已退款,退款成功,退款,已退货,refund",
}
_UNITS: Final = re.compile(r"[\s_\-./]+|\((?:元|yuan|rmb|cny|分|fen|cents?|必填|选填)\)")
_FEN: Final = re.compile(r"\(?(?:分|fen|cents?)\)?$", re.IGNORECASE)


def guess_mapping(
    columns: Sequence[str], sample: Iterable[Row], kind: Literal["customers", "orders"] | None = None
) -> Mapping:
    """A proposal for a file with these columns; `sample` are a few of its rows, for the words that it uses.

    Without `kind`, a file with order numbers and times is one of orders. The proposal names no kind of system.

    Raises:
        InvalidInput: what is needed at least was not recognised; the message says what, and what was found.
    """
    rows = list(sample)
    plain = {_plain(column): column for column in reversed(columns) if "[]" not in column}
    if kind is None:
        fields = _pick(plain, _ORDER)
        kind = "orders" if "order_id" in fields and "placed_at" in fields else "customers"
    document = _guess_orders(columns, plain, rows) if kind == "orders" else _guess_customers(columns, plain, rows)
    return parse_mapping_document({"version": 1, "kind": kind, **document})


def list_unused(columns: Sequence[str], mapping: Mapping) -> list[str]:
    """The columns that a mapping does not read, as they are listed; an object or a list only by its parts."""
    used = set(mapping.columns())
    parents = {column[: dot.start()] for column in columns for dot in re.finditer(r"(\[\])?\.", column)}
    return [column for column in columns if column not in used and column not in parents]


def _guess_customers(columns: Sequence[str], plain: dict[str, str], rows: list[Row]) -> dict[str, Any]:
    fields = _pick(plain, _CUSTOMER)
    _require(fields, ["external_id"], columns)
    profile: dict[str, Any] = dict(_pick(plain, _PROFILE))
    if "gender" in profile:
        profile["gender"] = {
            "column": profile["gender"],
            "values": _words(profile["gender"], rows, _GENDERS) or {"男": "male", "女": "female"},
        }
    identifiers = [
        {"type": kind, "column": column} | ({} if kind in _UNSCOPED else {"scope": "$system"})
        for kind, column in _pick(plain, _IDENTIFIERS).items()
    ]
    return {**fields, "identifiers": identifiers, "profile": profile}


def _guess_orders(columns: Sequence[str], plain: dict[str, str], rows: list[Row]) -> dict[str, Any]:
    fields: dict[str, Any] = _pick(plain, _ORDER)
    _require(fields, ["order_id", "placed_at"], columns)
    lines = _guess_lines(columns, plain, fields.get("amount"))
    if lines and "path" not in lines and "amount" in lines and fields.get("amount") == lines["amount"]["column"]:
        # One column of money beside the lines' own columns is what each line cost.
        del fields["amount"]
    if "amount" in fields:
        fields["amount"] = {"column": fields["amount"], "unit": _unit(fields["amount"])}
    if "status" in fields:
        words = _words(fields["status"], rows, _STATUSES)
        fields["status"] = {"column": fields["status"], "values": words or {one: one for one in ORDER_STATUSES}}
    else:
        fields["status"] = {"always": "received"}
    return {**fields, **({"lines": lines} if lines else {})}


def _guess_lines(columns: Sequence[str], plain: dict[str, str], total: str | None) -> dict[str, Any] | None:
    """Lines in the rows themselves, or else in the first nested list whose elements look like lines.

    They name an article and have a quantity or money of their own; `total` is the column of the order's total.
    """
    paths = dict.fromkeys(column.partition("[].")[0] for column in columns if "[]." in column)
    for path in (None, *paths):
        prefix = f"{path}[]."
        inside = {_plain(name.removeprefix(prefix)): name.removeprefix(prefix) for name in columns if prefix in name}
        fields: dict[str, Any] = _pick(plain if path is None else inside, _LINE)
        amount = fields.get("amount")
        own_money = amount is not None and (path is not None or amount != total)
        if fields.keys() & {"sku", "name"} and ("quantity" in fields or own_money) and (amount or total):
            if amount is not None:
                fields["amount"] = {"column": amount, "unit": _unit(amount)}
            return ({"path": path} if path else {}) | fields
    return None


def _pick(plain: dict[str, str], synonyms: dict[str, str]) -> dict[str, str]:
    found = {}
    for field, names in synonyms.items():
        column = next((plain[name] for name in names.split(",") if name in plain), None)
        if column is not None:
            found[field] = column
    return found


def _words(column: str, rows: list[Row], known: dict[Any, str]) -> dict[str, Any]:
    """The words of the sample that are known, each with what it means."""
    meanings = {word: meaning for meaning, words in known.items() for word in words.split(",")}
    find, found = compile_lookup(column), {}
    for row in rows:
        try:
            word = read_key(find(row.cells))
        except BadCell:
            continue
        if word is not None and word.lower() in meanings:
            found[word] = meanings[word.lower()]
    return found


def _require(fields: dict[str, Any], needed: list[str], columns: Sequence[str]) -> None:
    missing = [name for name in needed if name not in fields]
    if missing:
        raise InvalidInput(
            f"No column looks like {' or like '.join(missing)} among: {', '.join(columns[:40])}. "
            "Write a mapping by hand: those in connectors/files/mappings show how." + ("" if fields else HEADER_HINT)
        )


def _plain(column: str) -> str:
    return _UNITS.sub("", unicodedata.normalize("NFKC", column).lower())


def _unit(column: str) -> str:
    return "fen" if _FEN.search(unicodedata.normalize("NFKC", column)) else "yuan"
