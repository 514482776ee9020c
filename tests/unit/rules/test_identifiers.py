from __future__ import annotations

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.core.errors import InvalidInput
from hub.core.model import Identifier, RawIdentifier
from hub.services.policy import DEFAULT_POLICY
from rules.identifiers import is_blocked, mask, normalise
from rules.policy import IdentifierType, Policy


def phone(text: str) -> Identifier | None:
    return normalise(RawIdentifier("phone", "", text), DEFAULT_POLICY)


@pytest.mark.parametrize(
    "written",
    [
        "13812345678",
        " 138 1234 5678 ",
        "138-1234-5678",
        "+86 138 1234 5678",
        "+8613812345678",
        "0086 13812345678",
        "8613812345678",
        "86-138-1234-5678",
        "(138)12345678",
        "１３８１２３４５６７８",
        "＋８６ 138 1234 5678",
        "013812345678",
    ],
)
def test_every_writing_of_a_mobile_is_one_identifier(written: str) -> None:
    assert phone(written) == Identifier("phone", "", "+8613812345678")


@given(st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True))
def test_the_short_cut_for_mobiles_gives_what_phonenumbers_gives(digits: str) -> None:
    parsed = phonenumbers.parse(digits, "CN")

    assert phone(digits) in (
        None,
        Identifier("phone", "", phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)),
    )


@pytest.mark.parametrize(
    "nobody",
    ["", "  ", "0", "00000000000", "11111111111", "null", "NULL", "无", "-", "N/A", "400-820-8820", "8008208820"],
)
def test_placeholders_and_company_numbers_say_nothing_of_anyone(nobody: str) -> None:
    assert phone(nobody) is None


@pytest.mark.parametrize("hidden", ["138****1234", "+86138****1234", "138xxxx1234", "138 **** 1234"])
def test_a_partly_hidden_phone_is_kept_and_links_nobody(hidden: str) -> None:
    identifier = phone(hidden)

    assert identifier == Identifier("masked_phone", "", "138****1234")
    assert not DEFAULT_POLICY.links("masked_phone")


@pytest.mark.parametrize(
    "wrong",
    [
        "12345",
        "6666",
        "1381234567",
        "138123456789",
        "张伟",
        "95588",
        "13812345678转8",
        "+86 1",
        "138--0001",
        "010  1234",
    ],
)
def test_what_cannot_be_a_phone_is_told_what_one_looks_like(wrong: str) -> None:
    with pytest.raises(InvalidInput, match="looks like 13812345678"):
        phone(wrong)


def test_a_foreign_number_keeps_its_country() -> None:
    assert phone("+44 20 7946 0958") == Identifier("phone", "", "+442079460958")


def test_a_scoped_type_without_its_scope_is_refused() -> None:
    with pytest.raises(InvalidInput, match="scope"):
        normalise(RawIdentifier("openid", "", "oAbC"), DEFAULT_POLICY)


def test_an_unknown_type_is_refused_with_the_known_ones() -> None:
    with pytest.raises(InvalidInput, match="unionid"):
        normalise(RawIdentifier("fax", "", "1"), DEFAULT_POLICY)


def test_an_openid_keeps_its_case_and_a_card_does_not() -> None:
    assert normalise(RawIdentifier("openid", "wx1", "oAbC"), DEFAULT_POLICY) == Identifier("openid", "wx1", "oAbC")
    assert normalise(RawIdentifier("card", "pos", "vip 00-1a"), DEFAULT_POLICY) == Identifier("card", "pos", "VIP001A")


@given(st.sampled_from(sorted(DEFAULT_POLICY.types)), st.text(max_size=300))
def test_any_text_is_an_identifier_or_nothing_or_refused(kind: str, text: str) -> None:
    try:
        found = normalise(RawIdentifier(kind, "scope", text), DEFAULT_POLICY)
    except InvalidInput:
        return
    if found is not None:
        assert normalise(RawIdentifier(found.type, found.scope, found.value), DEFAULT_POLICY) == found


@given(st.sampled_from(["openid", "card", "phone"]), st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True))
def test_the_masked_form_hides_the_middle(kind: str, value: str) -> None:
    identifier = normalise(RawIdentifier(kind, "scope", value), DEFAULT_POLICY)

    assert identifier is not None
    assert identifier.value not in mask(identifier)
    assert value not in mask(identifier)


def test_an_unknown_type_is_repeated_only_in_part() -> None:
    with pytest.raises(InvalidInput) as refused:
        normalise(RawIdentifier("x" * 3000, "", "1"), DEFAULT_POLICY)

    assert f"'{'x' * 50}' is not a type" in refused.value.safe_message


def national_id(text: str) -> Identifier | None:
    policy = Policy({"national_id": IdentifierType("national_id", "national_id", "strong", 1)})
    return normalise(RawIdentifier("national_id", "", text), policy)


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("11010519491231002X", "11010519491231002X"),
        ("11010519491231002x", "11010519491231002X"),
        ("110105 19491231 002X", "11010519491231002X"),
        ("１１０１０５１９４９１２３１００２Ｘ", "11010519491231002X"),
        ("440524188001010014", "440524188001010014"),
    ],
)
def test_every_writing_of_a_national_id_is_one_identifier(written: str, value: str) -> None:
    assert national_id(written) == Identifier("national_id", "", value)


@pytest.mark.parametrize(
    "wrong",
    [
        "110105194912310021",  # another check digit
        "11010519491231002",  # a digit too few
        "110105491231002",  # the old form of 15 digits
        "110105194913310026",  # a thirteenth month
        "11010519491231002Y",
        "X10105194912310020",
        "张伟",
    ],
)
def test_what_cannot_be_a_national_id_is_refused_without_repeating_it(wrong: str) -> None:
    with pytest.raises(InvalidInput, match="18 digits") as refused:
        national_id(wrong)

    assert wrong not in refused.value.safe_message


def test_a_type_that_is_switched_off_says_so() -> None:
    with pytest.raises(InvalidInput, match="national_id is switched off in the identity policy"):
        normalise(RawIdentifier("national_id", "", "11010519491231002X"), DEFAULT_POLICY)


def test_a_type_of_ones_own_may_hold_phones() -> None:
    policy = Policy({"receiver": IdentifierType("receiver", "phone", "weak", 1)})

    assert normalise(RawIdentifier("receiver", "", "13812345678"), policy) == Identifier(
        "receiver", "", "+8613812345678"
    )


@pytest.mark.parametrize(
    ("kind", "value", "blocked"),
    [
        ("phone", "13800138000", True),
        ("phone", "13888888888", True),
        ("phone", "13812345678", False),
        ("email", "No-Reply@shop.cn", True),
        ("email", "noreply.wang@shop.cn", False),
        ("card", "13800138000", False),
    ],
)
def test_a_value_is_blocked_by_itself_or_by_a_pattern_as_a_whole(kind: str, value: str, blocked: bool) -> None:
    identifier = normalise(RawIdentifier(kind, "scope", value), DEFAULT_POLICY)

    assert identifier is not None
    assert is_blocked(identifier, DEFAULT_POLICY) is blocked


def test_an_unknown_type_blocks_nothing() -> None:
    assert not is_blocked(Identifier("fax", "", "1"), DEFAULT_POLICY)
