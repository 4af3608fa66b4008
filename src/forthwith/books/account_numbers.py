"""Account numbers: when two ways of writing one are certainly the same account.

An IBAN is its country's own number (BBAN) behind four characters, two of them check digits (ISO
13616). Anything less than the whole number may be another bank's account, and is only a doubt.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

_SPACES = re.compile(r"[\s.\-]")
_IBAN = re.compile(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}", re.ASCII)
_BIC = re.compile(r"[A-Z]{6}[A-Z0-9]{2}(?:[A-Z0-9]{3})?", re.ASCII)
_CURRENCY = re.compile(r"(.+?)/?([A-Z]{3})", re.ASCII)
#: Shorter ends than this of two numbers say nothing.
_LEAST = 6


def plain_number(text: str) -> str:
    """Return an account number in capitals, without spaces, points and hyphens.

    A currency behind an IBAN, and a BIC before a number ("ABNANL2A/NL91…"), are left out.
    """
    number = _SPACES.sub("", text).upper()
    if (match := _CURRENCY.fullmatch(number)) and is_iban(match[1]):
        return match[1]
    bank, slash, rest = number.partition("/")
    if slash and rest and (_BIC.fullmatch(bank) or is_iban(rest)):
        return plain_number(rest)
    return number


def is_iban(number: str) -> bool:
    """Return whether a number has the form and the check digits of an IBAN."""
    if not _IBAN.fullmatch(number):
        return False
    turned = number[4:] + number[:4]
    return int("".join(str(int(character, 36)) for character in turned)) % 97 == 1


def same_account(first: str, second: str) -> bool:
    """Return whether two numbers certainly are one account's: alike, or an IBAN and its BBAN."""
    one, two = plain_number(first), plain_number(second)
    return one == two or _is_bban(one, two) or _is_bban(two, one)


def fullest(written: Iterable[str]) -> Mapping[str, str]:
    """Return for each way of writing an account the fullest certain one: an IBAN if there is."""
    ways = sorted(set(written))
    plain = {way: plain_number(way) for way in ways}
    ibans = sorted({number for number in plain.values() if is_iban(number)})
    full = {}
    for way, number in plain.items():
        whole = [iban for iban in ibans if number != iban and _is_bban(iban, number)]
        full[way] = whole[0] if len(whole) == 1 else number
    return full


def doubtful_pairs(numbers: Iterable[str]) -> tuple[tuple[str, str], ...]:
    """Return pairs of numbers of which the shorter is the end of the longer: perhaps one account.

    Zeros that only fill up are left out of the comparison.
    """
    turned = sorted((number.replace("/", "")[::-1].rstrip("0"), number) for number in set(numbers))
    pairs = []
    for place, (end, short) in enumerate(turned):
        if len(end) < _LEAST:
            continue
        for longer, long in turned[place + 1 :]:
            if not longer.startswith(end):
                break
            pairs.append((short, long))
    return tuple(pairs)


def _is_bban(iban: str, number: str) -> bool:
    if not is_iban(iban):
        return False
    bank, slash, account = number.partition("/")
    bban = iban[4:]
    if slash:
        return bool(bank and account) and bank + account.zfill(len(bban) - len(bank)) == bban
    return number == bban
