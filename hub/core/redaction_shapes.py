"""What personal data and secrets look like in running text.

All patterns are bounded: a log line may hold whatever a stranger sent.
"""

from __future__ import annotations

import re
from typing import Final

# Between the digits of a phone: blanks (no-break and ideographic ones too), dashes, dots, brackets; as URLs write them.
_GAP: Final = (
    r"(?:[ \xa0\u2000-\u200a\u202f\u3000\-\u2010-\u2015\u2212\uff0d.\xb7\uff0e()\uff08\uff09_+]"
    r"|%(?:20|2[89DEde]|[Cc]2%[Aa]0|[Ee]3%80%80)){0,3}"
)
# Only between whole groups of a phone's digits: thousands and times are written with these too.
_BAR: Final = r"\s?(?:[/,|*:\uff0f\uff0c\uff1a\u3001]|%(?:2[AaCcFf]|3[Aa]|7[Cc])){1,2}\s?"
_BETWEEN: Final = rf"(?:{_BAR}|{_GAP})"
_AFTER_ESCAPE: Final = r"(?<=%[0-9A-Fa-f]{2})|(?<=\\x[0-9A-Fa-f]{2})"
# Not in the middle of a number nor after "0."; an escape such as %22 or \x22 may end in a digit.
_START: Final = rf"(?:(?<!\d)(?<!\b0\.)|{_AFTER_ESCAPE})"
_PLUS: Final = r"(?:\+|\uff0b|%2[Bb]|00)"
_OCTET: Final = r"(?:0|[1-9]\d?|1\d\d|2[0-4]\d|25[0-5])"

_KEPT: Final = (
    r"(?<![0-9A-Za-z])(?:"
    r"(?=[0-9A-Fa-f]*[A-Fa-f])[0-9A-Fa-f]{16,128}"  # trace ids, digests, uuid4().hex
    r"|[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}"
    r"|[0-7](?=[0-9]{0,24}[A-Za-z])[0-9A-HJKMNP-TV-Za-hjkmnp-tv-z]{25}"  # ULID
    r"|\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:?\d\d)?)?"  # ISO 8601
    rf"|{_OCTET}(?:\.{_OCTET}){{3}}"
    r")(?![0-9A-Za-z])"
)
# The last two digits stand together: "1763874000 5" is a time and a count.
_MOBILE: Final = rf"{_START}(?:{_PLUS}?{_GAP}86{_GAP}|0[ -]?)?1{_GAP}[3-9](?:{_GAP}\d){{8}}\d(?!\d)"
_PARTED: Final = rf"(?:{_BAR}\d{{4}}{_BAR}\d{{4}}|{_BAR}\d{{8}}|\d{{4}}{_BAR}\d{{4}})"
_GROUPED: Final = rf"{_START}(?:{_PLUS}?86{_BETWEEN})?1[3-9]\d{_PARTED}(?!\d)"
_LANDLINE: Final = rf"{_START}(?:{_PLUS}?86{_GAP})?0[1-9]\d{{1,2}}{_BETWEEN}[2-9]\d{{2,3}}{_BETWEEN}\d{{4}}(?!\d)"
_ABROAD: Final = rf"(?:\+|\uff0b|%2[Bb]|(?:(?<![\d.])|{_AFTER_ESCAPE})00)[1-9](?:{_GAP}\d){{7,14}}(?!\d)"
_RESIDENT_ID: Final = (
    r"(?<![0-9A-Za-z])[1-9]\d{5}(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:[0-2]\d|3[01])\d{3}[0-9Xx](?![0-9A-Za-z])"
)
# Times in micro- and nanoseconds have as many digits and begin with 1; the check digit decides about the others.
_BANK_CARD: Final = rf"{_START}[3-6]\d{{3}}(?:[ -]?\d{{4}}){{3}}(?:[ -]?\d{{3}})?(?!\d)"
_NUMBERS: Final = re.compile(
    f"(?P<kept>{_KEPT})|(?P<resident>{_RESIDENT_ID})|(?P<phone>{_MOBILE}|{_GROUPED}|{_LANDLINE}|{_ABROAD})"
    f"|(?P<card>{_BANK_CARD})"
)

# What most values of our own lines are: words, routes, methods; ids and times, which every other pattern passes over.
_HARMLESS: Final = re.compile(rf"[a-z_./]{{0,64}}|[A-Z]{{1,7}}|{_KEPT}", re.ASCII)
_ESCAPED: Final = re.compile(r"\\{1,8}(?:u([0-9A-Fa-f]{4})|x([Aa][0Dd]))")
_URI_LOGIN: Final = re.compile(r"([A-Za-z][A-Za-z0-9+.-]{1,20}://)[^\s'\"<>]{0,1024}@")
_JWT: Final = re.compile(r"\beyJ[\w-]{8,}(?:\.[\w-]*){0,2}")
_SCHEME: Final = re.compile(r"\b((?i:bearer)\s+|(?i:basic|digest)\s+(?=\S*[0-9A-Z=]))[\w.~+/=-]{6,}")
_EMAIL: Final = re.compile(r"[\w.+-]{1,64}(?:@|\uff20|%40)[\w-]{1,63}(?:\.[\w-]{1,63}){1,6}")
_COOKIES: Final = re.compile(r"\b((?:set-)?cookie\s?[:=]\s?)[^\n\"']{1,4096}", re.IGNORECASE)
_PEM: Final = re.compile(r"-----BEGIN [A-Z0-9 ]{1,40}-----.*?(?:-----END [A-Z0-9 ]{1,40}-----|\Z)", re.DOTALL)
_ISSUED: Final = re.compile(
    r"(?<![0-9A-Za-z])(?:[sr]k_(?:live|test)_\w{4,}|gh[oprsu]_\w{8,}|github_pat_\w{8,}|A[KS]IA[0-9A-Z]{12,20}"
    r"|LTAI[0-9A-Za-z]{12,30}|xox[abprs]-[\w-]{8,})"
)
# As a whole name these are ordinary words; in a URL they carry secrets.
_PARAMETER: Final = re.compile(r"([?&](?:sig|sign|auth|code|key|bearer)=)[^\s&#\"'<>]{1,2000}", re.IGNORECASE)

_SECRECY: Final = (
    r"pass(?:word|wd|phrase)|pwd|secret|token|(?:api|access|private|identity)[_-]?key|authorization|cookie|credential"
    r"|signature|session[_-]?id|code[_-]?verifier|密码|口令"
)
_PERSON_WORDS: Final = (
    r"phone|mobile|msisdn|(?<![a-z])tel|open_?id|union_?id|ouid|omid|oaid|external_?(?:user_?)?id|jd_?pin"
    r"|card_?(?:no|number|id)|id_?card|nick|(?:real|full|buyer|customer|member|contact)_?name|receiver|consignee|address"
    r"|birthday|e-?mail|input_value|profile"
    r"|手机|电话|姓名|名字|地址|昵称|邮箱|身份证|卡号|收货人|收件人|买家|生日"
)
_EXACT_WORDS: Final = r"(?<![\w-])(?:name|raw|value)(?![\w-])"
_COUNTED: Final = r"(?![\w-]{0,20}(?:count|total|size|bytes|limit|_ms|_s)\b)"
_VALUE: Final = (
    r"(?:[\[({]\s*)?"
    r"""(?:(?:\\?"){3}.{0,2000}?(?:\\?"){3}|\\?"(?:[^"\\\n]|\\[^"]){0,2000}(?:\\?")?|'(?:[^'\\\n]|\\.){0,2000}'?|[^\s"',;&)}\]，。；、]{1,2000})"""
)
# As code, JSON, forms and GraphQL write it: openid='...', "name": "...", phone=..., value:"..."
_ASSIGNED: Final = re.compile(
    rf"""((?:(?:{_SECRECY}|{_PERSON_WORDS}){_COUNTED}[\w-]{{0,20}}|{_EXACT_WORDS})"""
    rf"""(?:\\?["']\s*[:=]\s*|\s?=\s?|\s?:\s?(?=\\?["']))){_VALUE}""",
    re.IGNORECASE,
)
# In prose a secret follows its colon; for other words only what looks like an id or a name in Chinese is hidden, so
# that "phone: what a phone looks like" stays readable.
_TOLD: Final = re.compile(
    rf"""((?:{_SECRECY})\s?[:：]\s?"""
    rf"""|(?:{_PERSON_WORDS}|(?<!\w)name)\s?[:：]\s?(?=\S{{0,40}}\d|[\u3400-\u9fff])"""
    r"""|(?:姓名|名字|昵称|收货人|收件人|买家|地址)(?:\s?[:：]\s?|是|为|\s))[^\s"',;)}\]，。；]{1,2000}""",
    re.IGNORECASE,
)
_QUOTED: Final = re.compile(r"""(['"`‘“「『])[^'"`’”」』\n]{1,500}['"`’”」』]""")
_CHINESE: Final = re.compile(r"[\u3400-\u9fff]")

_CONTROLS: Final = {code: "\ufffd" for code in (*range(0x20), *range(0x7F, 0xA0)) if code not in (9, 10)}
# Embeddings, overrides and isolates: what follows them is shown in another order than it is written.
_DIRECTIONS: Final = dict.fromkeys((*range(0x202A, 0x202F), *range(0x2066, 0x206A)), "\ufffd")
_ESCAPES: Final = {code: f"\\u{code:04x}" for code in (*range(0x7F, 0xA0), *_DIRECTIONS)}
_SHOWN: Final = {**_CONTROLS, **_DIRECTIONS}
# Invisible in every writing, and in the way of every pattern: soft hyphens, zero-width joiners, directions, variants.
_INVISIBLE: Final = (
    *(0xAD, 0x34F, 0x61C, 0xFEFF, *range(0x180B, 0x180F), *range(0x200B, 0x2010), *range(0x202A, 0x202F)),
    *(*range(0x2060, 0x2070), *range(0xFE00, 0xFE10), *range(0xE0000, 0xE0080)),
)
# Full-width and other scripts' digits read as digits do; lone surrogates could not be encoded.
_PLAIN: Final = {
    **_CONTROLS,
    **{
        code: str(int(chr(code))) for code in (*range(0x660, 0xFFFF), *range(0x1D7CE, 0x1D800)) if chr(code).isdecimal()
    },
    **dict.fromkeys(range(0xD800, 0xE000), "\ufffd"),
    **dict.fromkeys(_INVISIBLE, ""),
}


def replace_controls(text: str) -> str:
    """The text as a terminal may show it: no character in it moves the cursor, changes colours or turns the text round.

    They become U+FFFD.
    """
    return text.translate(_SHOWN)


def escape_controls(json_text: str) -> str:
    r"""JSON as a terminal may show it: such characters as `\u202e`, which reads back as the same."""
    return json_text.translate(_ESCAPES)


def hide_shapes(text: str) -> str:
    """The text with all replaced that looks like a phone, an id card, a bank card, an e-mail address or a secret.

    Digits of other scripts come back as ASCII, invisible characters not at all, control characters as U+FFFD: no line
    may move a terminal's cursor.
    """
    if _HARMLESS.fullmatch(text):
        return text
    if "\\" in text:
        text = _ESCAPED.sub(lambda found: chr(int(found[1] or found[2], 16)), text)
    text = text.translate(_PLAIN)
    text = _PEM.sub("[secret]", text)
    text = _URI_LOGIN.sub(r"\1[secret]@", text)
    text = _JWT.sub("[secret]", text)
    text = _SCHEME.sub(r"\1[secret]", text)
    text = _ISSUED.sub("[secret]", text)
    text = _COOKIES.sub(r"\1[hidden]", text)
    text = _PARAMETER.sub(r"\1[hidden]", text)
    text = _ASSIGNED.sub(r"\1[hidden]", text)
    text = _TOLD.sub(r"\1[hidden]", text)
    text = _EMAIL.sub("[e-mail]", text)
    return _NUMBERS.sub(_hide_number, text)


def hide_quoted_names(text: str) -> str:
    """The text with quoted Chinese hidden: an error about a value quotes it, and that value may be a name."""
    return _QUOTED.sub(
        lambda found: f"{found[1]}[hidden]{found[0][-1]}" if _CHINESE.search(found[0]) else found[0], text
    )


def _hide_number(found: re.Match[str]) -> str:
    if found["kept"] is not None:
        return found["kept"]
    if found["card"] is not None:
        return "[bank card]" if _has_check_digit(found["card"]) else found["card"]
    return "[id card]" if found["resident"] is not None else "[phone]"


def _has_check_digit(card: str) -> bool:
    """Luhn's sum, ISO/IEC 7812-1."""
    digits = [int(character) for character in card if character.isdigit()]
    doubled = (sum(divmod(2 * digit, 10)) for digit in digits[-2::-2])
    return (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0
