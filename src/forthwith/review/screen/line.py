"""Who of a document's people is counsel on its day, adverse counsel, or a stranger.

Addresses are compared as they are meant: without case, with international domains in one spelling,
rid of what old systems put around them. Where a source gives no address, an Exchange name
("/O=…/CN=RACHTERBERG"), a Notes name ("Rosalind Achterberg/NYC/Northgate") and a display name are
compared with the names and mailboxes of the attorney list.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache

from forthwith.domain.documents import Document
from forthwith.review.privilege.claims import Attorney
from forthwith.review.privilege.people import AUTHORS, RECIPIENTS, Mailbox, Roster, named
from forthwith.review.screen.proposals import Doubt, Reason, Signal, Warned
from forthwith.review.screen.tokens import fold, tokens

_AROUND = " \t\r\n'\"<>()[];,"
_SCHEME = re.compile(r"^(?:mailto|smtp|sip|x400|imceaex[^@]*?)\s*[:=]\s*", re.IGNORECASE)
_EXCHANGE = re.compile(r"/cn=([^/=]+)\s*$", re.IGNORECASE)
#: Recipients past which a mail is to everybody.
_MANY = 40


@lru_cache(maxsize=65_536)
def address(text: str) -> str:
    """Return an address as it is compared; "" for what is none."""
    bare = _SCHEME.sub("", text.strip(_AROUND)).strip(_AROUND).casefold()
    local, at, domain = bare.rpartition("@")
    if not at or not local or not domain:
        return ""
    return f"{local.strip(_AROUND)}@{host(domain)}"


@lru_cache(maxsize=65_536)
def host(text: str) -> str:
    """Return a domain in the one spelling that all spellings of it have."""
    bare = text.strip(_AROUND + ".").casefold().replace("\u3002", ".")
    if bare.isascii():
        return bare
    try:
        return bare.encode("idna").decode()
    except UnicodeError:
        return bare


def within(domain: str, of: str) -> bool:
    """Say whether a domain is another or lies under it, by whole labels."""
    return bool(domain) and bool(of) and (domain == of or domain.endswith(f".{of}"))


@dataclass(frozen=True, slots=True)
class Lines:
    """The attorney list laid out to be asked of many documents."""

    roster: Roster
    #: The same, addresses and domains in the spelling in which they are compared.
    attorneys: tuple[Attorney, ...]
    own: tuple[str, ...]
    allied: tuple[str, ...]
    #: What the attorneys go by where there is no address.
    names: tuple[frozenset[str], ...]

    @classmethod
    def of(cls, roster: Roster) -> Lines:
        """Lay a roster out."""
        attorneys = tuple(
            replace(
                attorney,
                addresses=tuple(filter(None, map(address, attorney.addresses))),
                domains=tuple(host(domain.lstrip("@")) for domain in attorney.domains),
            )
            for attorney in roster.attorneys
        )
        return cls(
            roster,
            attorneys,
            tuple(map(host, roster.sides.own_domains)),
            tuple(map(host, roster.sides.allied_domains)),
            tuple(frozenset(_aliases(attorney)) for attorney in attorneys),
        )

    def look(self, document: Document, day: date | None) -> tuple[list[Reason], list[Warned]]:
        """Return what the people of a document say for a claim, and what against it."""
        reasons: list[Reason] = []
        warnings: list[Warned] = []
        strangers: list[str] = []
        met: set[str] = set()
        recipients = 0
        for name in (*AUTHORS, *RECIPIENTS):
            author = name in AUTHORS
            for mailbox in _each(named(document, (name,))):
                recipients += not author
                found = self._known(mailbox, day)
                if found is None:
                    where = address(mailbox.address)
                    if where and not self._ours(where.rpartition("@")[2]):
                        strangers.append(where)
                    continue
                attorney, signal = found
                if self._adverse(attorney):
                    if attorney.name not in met:
                        said = f"{attorney.name} of {attorney.party} is on the line"
                        warnings.append(Warned(Doubt.ADVERSE, said, -1.5))
                elif attorney.name not in met:
                    reasons.append(_reason(attorney, signal, mailbox, name, author=author))
                met.add(attorney.name)
        # Where nobody has named the party's own domains, everybody would be a stranger.
        if strangers and reasons and self.own:
            more = f" and {len(strangers) - 1:,} more" if len(strangers) > 1 else ""
            said = f"{strangers[0]}{more} on the line is neither counsel nor of the party"
            warnings.append(Warned(Doubt.STRANGER, said, -0.5))
        if recipients > _MANY:
            warnings.append(Warned(Doubt.BULK, f"It went to {recipients:,} mailboxes", -0.7))
        return reasons, warnings

    def _known(self, who: Mailbox, day: date | None) -> tuple[Attorney, Signal] | None:
        """Return the attorney a mailbox is of, and how it is known; those of others as well."""
        where = address(who.address)
        domain = where.rpartition("@")[2]
        # A Notes name looks like an address at a domain of one label: "A. B/NYC/Firm@Firm".
        if where and "." in domain:
            for attorney in self.attorneys:
                if attorney.on(day) and where in attorney.addresses:
                    return attorney, Signal.COUNSEL
            for attorney in self.attorneys:
                if attorney.on(day) and any(within(domain, own) for own in attorney.domains):
                    return attorney, Signal.FIRM
            return None
        called = _called(who.shown if "=" in who.shown or "/" in who.shown else who.name)
        for attorney, names in zip(self.attorneys, self.names, strict=True):
            if attorney.on(day) and called & names:
                return attorney, Signal.ALIAS
        return None

    def _adverse(self, attorney: Attorney) -> bool:
        party, sides = attorney.party.casefold(), self.roster.sides
        return bool(party) and (party in sides.theirs)

    def _ours(self, domain: str) -> bool:
        return any(within(domain, own) for own in (*self.own, *self.allied))


def _each(mailboxes: Iterable[Mailbox]) -> Iterator[Mailbox]:
    """Yield mailboxes one by one where a source put several into one."""
    for mailbox in mailboxes:
        if mailbox.shown.count("@") > 1 and ";" in mailbox.shown:
            yield from (Mailbox.parse(part) for part in mailbox.shown.split(";") if part.strip())
        else:
            yield mailbox


def _reason(attorney: Attorney, signal: Signal, who: Mailbox, name: str, *, author: bool) -> Reason:
    did = "wrote it" if author else "received it"
    if signal is Signal.FIRM:
        words = f"{who.shown} of {attorney.firm or who.domain}, counsel on that day, {did}"
        weight = 1.6 if author else 1.3
    else:
        known = ", by name" if signal is Signal.ALIAS else ""
        words = f"{attorney.name}, counsel on that day{known}, {did}"
        weight = 1.8 if author else 1.4
    if name in {"cc", "bcc"}:
        weight -= 0.4
    return Reason(signal, weight, words, name, said=who.shown)


def _aliases(attorney: Attorney) -> Iterator[str]:
    """Yield what an attorney goes by: the name either way round, mailboxes' local parts."""
    words = [token.word for token in tokens(attorney.name)]
    if len(words) > 1:
        yield " ".join(words)
        yield " ".join((words[-1], *words[:-1]))
        # As Exchange made names: first letter and surname, surname and first letter.
        yield words[0][0] + words[-1]
        yield words[-1] + words[0][0]
    for mailbox in attorney.addresses:
        local = mailbox.partition("@")[0].partition("+")[0]
        yield fold(local)
        yield " ".join(token.word for token in tokens(local))


def _called(shown: str) -> set[str]:
    """Return what a name without an address may stand for."""
    exchange = _EXCHANGE.search(shown)
    if exchange:
        last = exchange[1].strip()
        # Exchange Online puts a digest before the alias: "a1b2c3…-rachterberg".
        return {fold(last), fold(last.rpartition("-")[2]), " ".join(t.word for t in tokens(last))}
    bare = shown.partition("/")[0].partition("@")[0].partition("(")[0]
    words = [token.word for token in tokens(bare)]
    # A middle initial is left out.
    short = [word for word in words if len(word) > 1] if len(words) > 2 else words
    return {" ".join(words), " ".join(short), " ".join((*short[1:], *short[:1]))} - {""}


def mentions(
    text: str, spans: Sequence[tuple[int, int]], lines: Lines, day: date | None
) -> Iterator[Reason]:
    """Yield counsel named by address in what a text quotes: advice passed on."""
    met: set[str] = set()
    for first, last in spans:
        for found in _ADDRESS.finditer(text, first, last):
            where = address(found[0])
            domain = where.rpartition("@")[2]
            for attorney in lines.attorneys:
                if attorney.name in met or not attorney.on(day) or lines._adverse(attorney):  # noqa: SLF001
                    continue
                if where in attorney.addresses or any(within(domain, d) for d in attorney.domains):
                    met.add(attorney.name)
                    words = f"It quotes mail with {attorney.name}, counsel on that day"
                    yield Reason(
                        Signal.QUOTED_COUNSEL, 0.9, words, "text", found.start(), found.end(),
                        found[0],
                    )  # fmt: skip


_ADDRESS = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}")
