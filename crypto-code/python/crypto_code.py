"""How does a union make and read the 16-character code? A second implementation.

Written from this crate's README alone, for those who want to check our codes with a program that is not ours.
The standard library is enough. It compares nothing in constant time and wipes no key: it proves, it does not serve.
"""

import hmac
import re
import unicodedata
from typing import NamedTuple, Optional

LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
DOMAIN_TAG = b"e-birlik crypto-code\0"
VERSION = b"\x01"


class Item(NamedTuple):
    number: int
    gtip: str
    net_weight: str
    amount: str
    currency: str


class Statement(NamedTuple):
    declarant: str
    reference: str
    exporter: str
    secretariat: str
    office: str
    regime: str
    destination: str
    invoice_total: str
    invoice_currency: str
    items: list


class NotDecimal(ValueError):
    """A number that is not written [0-9]+(\\.[0-9]+)?"""


class Mistyped(ValueError):
    """`kind` is length, letter or checks; `typo_at` the one position, from 1, that explains the error."""

    def __init__(self, kind: str, typo_at: Optional[int]):
        super().__init__(kind, typo_at)
        self.kind = kind
        self.typo_at = typo_at


# --- the statement


def canonical(given: str) -> str:
    """The one spelling of a decimal."""
    if not DECIMAL.fullmatch(given):
        raise NotDecimal(given)
    whole, _, fraction = given.partition(".")
    whole, fraction = whole.lstrip("0") or "0", fraction.rstrip("0")
    return whole + "." + fraction if fraction else whole


def statement_bytes(statement: Statement) -> bytes:
    """The statement as the README writes it."""
    parts = [VERSION]
    parts.extend(_text(text) for text in statement[:7])
    parts.append(_text(canonical(statement.invoice_total)))
    parts.append(_text(statement.invoice_currency))
    parts.append(len(statement.items).to_bytes(8, "big"))
    parts.extend(sorted(_item(item) for item in statement.items))
    return b"".join(parts)


def _item(item: Item) -> bytes:
    return b"".join((
        item.number.to_bytes(4, "big"),
        _text(item.gtip),
        _text(canonical(item.net_weight)),
        _text(canonical(item.amount)),
        _text(item.currency),
    ))


def _text(text: str) -> bytes:
    encoded = text.encode("utf-8")
    return len(encoded).to_bytes(8, "big") + encoded


DECIMAL = re.compile(r"[0-9]+(\.[0-9]+)?")


# --- the code


def mac(key: bytes, statement: bytes, counter: int) -> bytes:
    """All 32 bytes."""
    return hmac.digest(key, DOMAIN_TAG + statement + counter.to_bytes(4, "big"), "sha256")


def issue(generation: str, key: bytes, statement: bytes, counter: int) -> str:
    """The code that a generation's key gives to a statement."""
    bits = int.from_bytes(mac(key, statement, counter)[:9], "big") >> 7
    symbols = [LETTERS.index(generation)]
    symbols.extend(bits >> shift & 31 for shift in range(60, -1, -5))
    symbols.extend(CHECKS[_syndromes(symbols)])
    return "".join([LETTERS[symbol] for symbol in symbols])


def parse(typed: str) -> str:
    """The code that was typed, bare; raises Mistyped."""
    letters = [letter for letter in typed if letter not in SEPARATORS]
    if len(letters) != 16:
        raise Mistyped("length", None)
    symbols = [VALUES.get(letter) for letter in letters]
    foreign = [place for place, symbol in enumerate(symbols, 1) if symbol is None]
    place = READING[_syndromes([symbol or 0 for symbol in symbols])]
    if not foreign:
        if place == SOUND:
            return "".join([LETTERS[symbol] for symbol in symbols])
        raise Mistyped("checks", place)
    # Some letter in the foreign one's place must make the code well formed; read as zero, it is right or alone wrong.
    if len(foreign) == 1 and place in (SOUND, foreign[0]):
        raise Mistyped("letter", foreign[0])
    raise Mistyped("letter", None)


def printed(code: str) -> str:
    return "-".join(code[start:start + 4] for start in range(0, 16, 4))


# --- the field of 32 elements, by tables of the powers of 2


def _powers() -> list:
    powers, value = [], 1
    for _ in range(31):
        powers.append(value)
        value <<= 1
        if value & 32:
            value ^= 0b100101
    return powers


POWERS = _powers()
LOGARITHMS = {power: exponent for exponent, power in enumerate(POWERS)}


def _times(left: int, right: int) -> int:
    return POWERS[(LOGARITHMS[left] + LOGARITHMS[right]) % 31] if left and right else 0


def _syndromes(symbols: list) -> int:
    """C(2) in the upper five bits, C(4) in the lower ones; what is missing at the end counts as zero."""
    both = 0
    for shares, symbol in zip(SHARES, symbols):
        both ^= shares[symbol]
    return both


SOUND = 0


def _reading() -> list:
    """By syndromes: SOUND, the one wrong position, or None."""
    table = [None] * 1024
    table[0] = SOUND
    for shares, place in zip(SHARES, range(1, 17)):
        for error in range(1, 32):
            table[shares[error]] = place
    return table


def _checks() -> list:
    """By syndromes of the first fourteen symbols: the two that make both zero."""
    table = [None] * 1024
    for one in range(32):
        for other in range(32):
            table[SHARES[14][one] ^ SHARES[15][other]] = (one, other)
    return table


# What a symbol of a place adds to both syndromes: place 1 is the coefficient of the fifteenth power.
SHARES = [
    [_times(symbol, POWERS[power % 31]) << 5 | _times(symbol, POWERS[2 * power % 31]) for symbol in range(32)]
    for power in range(15, -1, -1)
]
READING = _reading()
CHECKS = _checks()


# --- what is typed


def _values() -> dict:
    values = {}
    for value, letter in enumerate(LETTERS):
        values[letter] = values[letter.lower()] = value
    values.update({letter: 0 for letter in "Oo"})
    values.update({letter: 1 for letter in "IiLl\u0131\u0130"})
    return values


def _separators() -> frozenset:
    found = set()
    for entry in (WHITE_SPACE + HYPHENS + DOTS + INVISIBLE).split():
        first, _, last = entry.partition("-")
        found.update(map(chr, range(int(first, 16), int(last or first, 16) + 1)))
    return frozenset(found)


WHITE_SPACE = "9-D 20 85 A0 1680 2000-200A 2028 2029 202F 205F 3000 "
HYPHENS = (
    "2D 58A 5BE 1400 1806 2010-2015 2043 2053 207B 208B 2212 2E17 2E1A 2E3A-2E3B 2E40 2E5D 301C 3030 30A0 "
    "FE31-FE32 FE58 FE63 FF0D 10EAD "
)
DOTS = "2E B7 2022 2024 2027 2219 22C5 3002 30FB FE52 FF0E FF61 "
INVISIBLE = (
    "AD 34F 61C 115F-1160 17B4-17B5 180B-180F 200B-200F 202A-202E 2060-206F 2800 3164 FE00-FE0F FEFF FFA0 "
    "FFF9-FFFB E0000-E007F E0100-E01EF"
)
VALUES = _values()
SEPARATORS = _separators()

# The README names the property; this is its list, and every character of category Zs stands in it.
assert all(unicodedata.category(chr(point)) != "Zs" or chr(point) in SEPARATORS for point in range(0x10000))
