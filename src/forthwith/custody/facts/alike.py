"""Alike: which rows of people may be one person, because what they are called says so.

Two rows of people are two people unless a row of `same_as` joins them; rows that are alike and that
no row joins or parts may be one. It is a matter of equal texts, never of a likeness in per cent:

- **mail**: the same address, whatever the case and the "+tag" of it;
- **number**: the same employee number, also where one of the two is the id of the row;
- **login**: the same login, or one that is built from the other's name: `mortega`, `marisolo`,
  `ortegam`, `marisol.ortega`, `m.ortega`, what stands before the @ of a mail address likewise. A
  digit or two at its end and a word for what the account is for (`mortega2`, `adm-mortega`) are no
  part of the name. Words for an office (`admin`, `support`) name nobody;
- **name**: the same words in any order, without accents, or the one is the other shortened: words
  left out (two stay), given names or a family name as an initial (one word stays whole).

Numbers in names are neither left out nor shortened: "Person 0001" is not "Person 0002". A name of a
single word is alike only to the same word: "Ann" is not "Ann Lee". Alike is not transitive
("M. Ortega" is alike Marisol Ortega and Marco Ortega, who are not alike), so a join is a row.

What it does not know: other names for a person ("Bob" for Robert), slips of the pen, another
script's spelling of a name ("Иван" and "Ivan"). Write those as rows of `same_as`.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import chain, permutations, product

from forthwith.custody.facts.facts import Person
from forthwith.plain.person_names import plain, spoken

#: Words of a name beyond which those in the middle are left alone.
_WORDS = 6
#: Letters of a login without which it says nothing, where they are Latin.
_LOGIN = 3

_MAIL = re.compile(r"[^\s@<>(),;:\"]+@[^\s@<>(),;:\"]+")
#: The account of a guest in another directory: "m.ortega_veld.example#EXT#@orrin.example".
_GUEST = re.compile(r"(.+)_([^_]+)#ext#@.+")
_SIGNS = re.compile(r"[^\W\d_]+|\d+")
_OF_SYSTEM = re.compile(r"[:/\\]")
_ACCOUNT_NUMBER = re.compile(r"(?<=[^\W\d_])\d{1,2}$")
#: Letters that carry no mark to take off, and how two letters are written for a marked one.
_LETTERS = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ð": "d", "ı": "i", "æ": "ae", "œ": "oe"})
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "å": "aa", "ø": "oe"})
_TITLES = frozenset((
    "dr", "prof", "mr", "mrs", "ms", "mx", "miss", "sir", "phd", "md", "esq", "cpa", "mba",
))  # fmt: skip
#: What a login says of the account and not of its person.
_PURPOSES = frozenset((
    "adm", "admin", "priv", "ext", "sa", "su", "da", "prod", "dev", "test", "api",
))  # fmt: skip
#: Logins and mailboxes of an office, which whoever is there uses.
_OFFICES = frozenset((
    "admin", "administrator", "api", "audit", "backup", "billing", "bot", "compliance", "contact",
    "custody", "deploy", "dev", "finance", "hello", "help", "hr", "info", "it", "legal", "mail",
    "noreply", "office", "operations", "ops", "owner", "payments", "postmaster", "readonly", "root",
    "sales", "security", "service", "settlement", "support", "sysadmin", "system", "team", "test",
    "tester", "treasury", "user", "users",
))  # fmt: skip


class Reason(StrEnum):
    """Why two rows are alike, the strongest reason first: the first word of what is said of it."""

    MAIL = "mail"
    NUMBER = "number"
    LOGIN = "login"
    NAME = "name"


def alike(person: Person, other: Person, aliases: Mapping[str, Sequence[str]] | None = None) -> str:
    """Return why two rows of people may be one person, or "" where nothing says so.

    The text begins with a `Reason`: "login mortega: Marisol Ortega".
    """
    return next((why for _, _, why in alike_pairs((person, other), aliases or {})), "")


def alike_pairs(
    people: Sequence[Person], aliases: Mapping[str, Sequence[str]]
) -> Iterator[tuple[str, str, str]]:
    """Yield (id, id, why) for each two rows that may be one person, each two once.

    The ids stand in the order of their rows, `why` is the strongest reason in words and begins with
    a `Reason`. `aliases` has what each person (by id) is called elsewhere, as rows of `same_as` of
    kind alias write it: "mail:ann@x.example", "login:aveld", "number:1001", "name:Ann B. Veld".
    The time taken grows with the rows and with the pairs that come out.
    """
    called = [_called(person, aliases.get(person.id, ())) for person in people]
    done: set[tuple[int, int]] = set()
    for reason in Reason:
        for first, second, why in _matches(called, reason):
            pair = (first, second) if first < second else (second, first)
            if first != second and pair not in done:
                done.add(pair)
                yield people[pair[0]].id, people[pair[1]].id, f"{reason} {why}"


@dataclass(slots=True)
class _Called:
    """What one person is called: texts to be compared, with the texts as written."""

    mails: dict[str, str] = field(default_factory=dict)
    numbers: dict[str, str] = field(default_factory=dict)
    #: The id of the row, where it may be somebody's number or login: two of them are never equal.
    own: str = ""
    #: Letters and digits of a login, without what separates them.
    logins: dict[str, str] = field(default_factory=dict)
    #: Words of a name in the order spoken, several times where one may be spelt in several ways.
    names: dict[tuple[str, ...], str] = field(default_factory=dict)
    #: Words of a login that is a name: "marisol.ortega".
    spelt: dict[tuple[str, ...], str] = field(default_factory=dict)


def _called(person: Person, aliases: Sequence[str]) -> _Called:
    called = _Called()
    _, sign, _ = person.id.partition(":")
    if not sign:
        called.own = _number(person.id)
    elif not (login := _OF_SYSTEM.split(person.id)[-1]).isdigit():
        _add_login(called, login)
    if person.name:
        _add_name(called, person.name)
    for alias in aliases:
        kind, _, text = (part.strip() for part in alias.partition(":"))
        if kind == "mail":
            _add_mail(called, text)
        elif kind == "number" and text:
            called.numbers[_number(text)] = text
        elif kind == "login":
            _add_login(called, text)
        elif kind == "name":
            _add_name(called, text)
    return called


def _number(text: str) -> str:
    """Return an employee number without what a spreadsheet changes of it."""
    return text.casefold().lstrip("0") or text


def _add_name(called: _Called, name: str) -> None:
    if "@" in name:
        for address in _MAIL.findall(name):
            _add_mail(called, address)
        name = _MAIL.sub(" ", name)
    for words in _spellings(name):
        called.names[words] = name
    # A system that has no name shows the login.
    if not any(sign.isspace() for sign in name.strip()):
        _add_login(called, name)


def _add_mail(called: _Called, address: str) -> None:
    address = address.casefold().strip("<> ")
    if guest := _GUEST.fullmatch(address):
        address = f"{guest[1]}@{guest[2]}"
    mailbox, sign, domain = address.rpartition("@")
    mailbox = mailbox.partition("+")[0]
    if sign and mailbox and domain:
        called.mails[f"{mailbox}@{domain}"] = address
        _add_login(called, mailbox)


def _add_login(called: _Called, login: str) -> None:
    if "@" in login:
        _add_mail(called, login)
        return
    text = _OF_SYSTEM.split(login.casefold())[-1]
    words = _SIGNS.findall(text)
    if words and "".join(words) not in _OFFICES:
        called.logins.setdefault("".join(words), login)
    words = _SIGNS.findall(_ACCOUNT_NUMBER.sub("", text))
    name = tuple(word for word in words if word not in _PURPOSES)
    if not text.isascii():
        name = tuple(plain(name))
    if len("".join(name)) < _LOGIN or "".join(name) in _OFFICES:
        return
    called.logins.setdefault("".join(name), login)
    if len(name) > 1:
        called.spelt[name] = login


def _spellings(name: str) -> set[tuple[str, ...]]:
    """Return the words of a name, folded, in each way its accents and hyphens may be written."""
    words = spoken(name)
    found = {_folded(words)}
    if not "".join(words).isascii() or "-" in name:
        found.add(_folded(word.translate(_UMLAUTS) for word in words))
        found.add(_folded(word.replace("-", "") for word in words))
    return found - {()}


def _folded(words: Iterable[str]) -> tuple[str, ...]:
    text = " ".join(words)
    if not text.isascii():
        text = " ".join(plain(text.translate(_LETTERS).split(" ")))
        text = text.replace("’", "")
    parts = _SIGNS.findall(text.replace("'", "")) if not text.isalpha() else [text]
    return tuple(
        part.lstrip("0") or "0" if part.isdigit() else part for part in parts if part not in _TITLES
    )


def _matches(called: Sequence[_Called], reason: Reason) -> Iterator[tuple[int, int, str]]:
    """Yield two rows, by their places, of which one is called what the other may be called."""
    having: dict[str, list[int]] = defaultdict(list)
    texts = [dict(_texts(row, reason)) for row in called]
    for place, written_there in enumerate(texts):
        for text in written_there:
            having[text].append(place)
    if not having:
        return
    # A name is shortened only to what some other row may be called: the rest is a waste of time.
    least = 2 if reason is Reason.NAME else 1
    times = Counter(word for text in having for word in set(text.split()))
    known = {word for word, many in times.items() if many >= least or len(word) == 1}
    for place, row in enumerate(called):
        for text, name in _may_be_called(row, reason, known):
            for other in having.get(text, ()):
                if other != place:
                    written = texts[other][text]
                    yield other, place, written if written == name else f"{written}: {name}"


def _texts(row: _Called, reason: Reason) -> Iterable[tuple[str, str]]:
    """Return what a row is called in one respect, with how it is written there."""
    if reason is Reason.MAIL:
        return row.mails.items()
    if reason is Reason.NUMBER:
        return row.numbers.items()
    names = row.spelt if reason is Reason.LOGIN else row.names
    whole = ((_signature(words), name) for words, name in names.items())
    short = ((text, name) for words, name in names.items() for text in _initialled(words))
    return chain(row.logins.items() if reason is Reason.LOGIN else (), whole, short)


def _may_be_called(row: _Called, reason: Reason, known: Set[str]) -> Iterable[tuple[str, str]]:
    """Return what others may call a row in that respect, with what it is written as here."""
    if reason is Reason.MAIL:
        return row.mails.items()
    own = ((row.own, row.own),) if row.own else ()
    if reason is Reason.NUMBER:
        return chain(row.numbers.items(), own)
    if reason is Reason.NAME:
        return ((text, name) for words, name in row.names.items() for text in _forms(words, known))
    names = {**row.names, **row.spelt}
    built = (
        (text, name)
        for words, name in names.items()
        for text in chain(_built(words), _forms(words, known))
    )
    return chain(row.logins.items(), own, built)


def _signature(words: Sequence[str]) -> str:
    """Return words in one order, as a text that no login is equal to."""
    return " ".join((*sorted(words), ""))


def _initialled(words: Sequence[str]) -> Iterator[str]:
    """Yield one initial and the family name, of a name that has several initials: M. J. Ortega.

    They are compared with names of two words only: of more, M. J. is not Marisol K.
    """
    whole = [word for word in words if len(word) > 1]
    if len(whole) == 1 and len(words) > 2 and not whole[0].isdigit():
        for word in words:
            if len(word) == 1:
                yield f"initials {_signature((word, whole[0]))}"


def _forms(words: tuple[str, ...], known: Set[str]) -> Collection[str]:
    """Return the signatures of a name and of what it may be shortened to, in words `known`."""
    whole = _signature(words)
    if len(words) < 2:
        return (whole,)
    if len(words) > _WORDS:
        words = (*words[: _WORDS // 2], *words[-_WORDS // 2 :])
    numbers = [word for word in words if word.isdigit()]
    rest = [word for word in words if not word.isdigit()]
    # Each word whole, as its initial, or left out.
    ways = [{word, word[0]} & known | {""} for word in rest]
    forms = {whole}
    for form in product(*ways):
        kept = [word for word in form if word]
        if len(kept) > 1 and any(len(word) > 1 for word in kept):
            forms.add(_signature((*kept, *numbers)))
    if len(words) == 2 == len(rest) and len(rest[0]) > 1 < len(rest[1]):
        forms |= {f"initials {text}" for text in forms - {whole}}
    return forms


def _built(words: tuple[str, ...]) -> set[str]:
    """Return the logins that are built from a name without separators."""
    if len(words) < 2 or any(word.isdigit() for word in words):
        return set()
    if len(words) > _WORDS:
        words = (*words[: _WORDS // 2], *words[-_WORDS // 2 :])
    logins = {"".join(words)}
    for first, second in permutations(words, 2):
        logins |= {first[0] + second, first + second[0], first + second}
    for start in range(1, len(words)):
        # "jvanderberg", and the initials before it: "mjortega".
        family = "".join(words[start:])
        logins |= {words[0][0] + family, "".join(word[0] for word in words[:start]) + family}
    return {login for login in logins if len(login) >= _LOGIN or not login.isascii()}
