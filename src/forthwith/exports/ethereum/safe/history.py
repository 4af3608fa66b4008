"""What the Safe Transaction Service tells of a Safe's past: its creation and its transactions.

Shapes are those of the service 4.x to 5.x (`history/serializers.py`) and of its swagger: the
answers to `/api/v1/safes/ADDRESS/creation/`, `all-transactions/`, `multisig-transactions/`,
`module-transactions/`, their /api/v2 forms, single transactions, and `/delegates/`. This module
reads; what the transactions did to the Safe is for `replay`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

from forthwith.exports.ethereum.address import address
from forthwith.exports.ethereum.safe.calls import (
    CREATE,
    Call,
    Change,
    NotACallError,
    changes,
    decoded,
    encoded,
    hexadecimal,
    read,
    whole,
)
from forthwith.exports.tables.rows import Rows
from forthwith.plain import json_values as js

_ADDRESS_IN_NAME = re.compile(r"0x[0-9a-fA-F]{40}(?![0-9a-fA-F])")
_AGAIN = "Compare with the chain and export it again"

#: Keys of the service's models that say nothing of who controls the Safe; taken as known.
_IDLE = frozenset(
    ("value", "gasToken", "safeTxGas", "baseGas", "dataGas", "gasPrice", "refundReceiver",
     "submissionDate", "modified", "created", "proposer", "proposedByDelegate", "executor",
     "ethGasPrice", "maxFeePerGas", "maxPriorityFeePerGas", "gasUsed", "fee", "origin",
     "confirmationsRequired", "confirmations", "trusted", "signatures", "transfers", "txType",
     "blockNumber", "transactionHash", "moduleTransactionId", "safeTxHash", "dataDecoded", "data",
     "safe", "to", "operation", "nonce", "executionDate", "isExecuted", "isSuccessful", "module",
     "txHash", "from", "contractTransactionHash", "payment", "info")
)  # fmt: skip
_CREATION_KEYS = frozenset(
    ("created", "creator", "transactionHash", "factoryAddress", "masterCopy", "singleton",
     "setupData", "dataDecoded", "userOperation", "saltNonce", "address", "safe")
)  # fmt: skip
_PAGE_KEYS = frozenset(("results", "next", "previous", "count", "countUniqueNonce"))


@dataclass(frozen=True, slots=True)
class Transaction:
    """One transaction that was executed, and what it changes when it succeeded."""

    when: datetime
    block: int
    #: None: sent by a module, which uses no nonce.
    nonce: int | None
    changes: tuple[Change, ...]
    #: None: the service does not say.
    succeeded: bool | None
    #: "nonce 7", "module transaction 0x12ab…": as a person would look for it.
    said: str
    file: str
    key: str
    #: The module that sent it; "" for owners.
    module: str = ""

    @property
    def order(self) -> tuple[datetime, int, int]:
        """Return its place in time; in one block, by nonce, modules' transactions last."""
        return self.when, self.block, self.nonce if self.nonce is not None else 1 << 62


@dataclass(frozen=True, slots=True)
class Waiting:
    """A transaction that was proposed and not executed, and the owners who signed it already."""

    nonce: int
    signers: frozenset[str]
    #: When it was proposed; None where that is not said.
    since: datetime | None
    #: It may change who controls the Safe.
    changes: bool
    said: str


@dataclass(frozen=True, slots=True)
class Creation:
    """The day a Safe was made, and the call that set it up where the service has it."""

    when: datetime
    singleton: str
    setup: Call | None


@dataclass(frozen=True, slots=True)
class Torn:
    """A run of entries that no page holds, between the dates of its neighbours where known."""

    #: "all", "multisig" or "module".
    endpoint: str
    early: datetime | None
    late: datetime | None
    why: str


@dataclass(slots=True)
class _Page:
    """One answer of several: where it stood among all, by offset."""

    file: str
    start: int
    size: int
    count: int
    whens: tuple[datetime, ...]
    #: It names no page after itself.
    last: bool


@dataclass(slots=True)
class History:
    """All that was given of one Safe's past."""

    transactions: dict[str, Transaction] = field(default_factory=dict)
    creation: Creation | None = None
    #: Proposals, by hash or what stands for it: they change nothing, and may be signed already.
    queued: dict[str, Waiting] = field(default_factory=dict)
    #: Entries of module transactions were given whole (all-transactions or module-transactions).
    modules_told: bool = False
    pages: dict[str, list[_Page]] = field(default_factory=dict)
    #: Runs of entries that no page holds.
    torn: list[Torn] = field(default_factory=list)

    @property
    def only_queued(self) -> bool:
        """Whether proposals are all that was given."""
        return bool(self.queued) and self.creation is None and not self.transactions

    def waiting(self, nonce: int | None) -> tuple[Waiting, ...]:
        """Return what may yet be sent, by nonce; `nonce` is the next by the Safe's state."""
        used = [made.nonce for made in self.transactions.values() if made.nonce is not None]
        first = max((nonce or 0, *(number + 1 for number in used)))
        left = (row for row in self.queued.values() if row.nonce >= first and row.signers)
        return tuple(sorted(left, key=lambda row: (row.nonce, row.said, sorted(row.signers))))

    @property
    def given(self) -> bool:
        """Whether anything of the past was given at all."""
        return self.creation is not None or bool(self.transactions or self.queued or self.pages)


class Histories:
    """Gathers the pasts of several Safes, file by file."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows
        self.by_safe: dict[str, History] = {}
        #: Creations, and pages without a transaction of a Safe's own, that name none.
        self._nameless: list[tuple[str, dict[str, Any]]] = []
        self._unowned: list[tuple[str, str, dict[str, Any], list[Any], list[datetime]]] = []

    def _of(self, safe: str) -> History:
        return self.by_safe.setdefault(safe, History())

    def page(self, file: str, page: dict[str, Any], entries: list[Any]) -> None:
        """Take the answer to a list of transactions, entries already told to be transactions."""
        self._rows.unread += [f"page: {key}" for key in sorted(page.keys() - _PAGE_KEYS)]
        endpoint = _endpoint(file, page, entries)
        safes, whens = set(), []
        for number, entry in enumerate(entries, 1):
            record = js.record(entry)
            if safe := self.entry(file, number, record):
                safes.add(safe)
            if when := _instant(record.get("executionDate")):
                whens.append(when)
        named = address(_named(page, file)) if not safes else ""
        if named:
            safes.add(named)
        if not safes:
            self._unowned.append((file, endpoint, page, entries, whens))
            return
        for safe in safes:
            self._paged(safe, endpoint, file, page, entries, whens)

    def _paged(
        self,
        safe: str,
        endpoint: str,
        file: str,
        page: dict[str, Any],
        entries: list[Any],
        whens: list[datetime],
    ) -> None:
        history = self._of(safe)
        if endpoint in ("all", "module"):
            history.modules_told = True
        count = whole(page.get("count"))
        start = _offset(page, len(entries))
        size = len(entries)
        total = max(count or 0, start + size + (1 if page.get("next") else 0))
        history.pages.setdefault(endpoint, []).append(
            _Page(file, start, size, total, tuple(whens), not page.get("next"))
        )

    def entry(self, file: str, number: int, record: dict[str, Any]) -> str:
        """Take one transaction; return the Safe it is of, "" for one that names none."""
        self._rows.unread += [f"transaction: {key}" for key in sorted(record.keys() - _IDLE)]
        if "txHash" in record and "safe" not in record:
            # Somebody sent assets to the Safe: it calls no function that only the Safe may call.
            return ""
        safe = address(record.get("safe"))
        if not safe:
            self._fault(file, f"transaction {number} names no Safe")
            return ""
        history = self._of(safe)
        said = _said(record)
        nonce = None if "module" in record else whole(record.get("nonce"))
        if "module" not in record and nonce is None:
            self._fault(file, f"{said} of Safe {safe} has no nonce")
            return safe
        when = _instant(record.get("executionDate"))
        executed = record.get("isExecuted")
        if executed is None:
            # A module has no queue: what it sent was executed.
            executed = "module" in record or record.get("executionDate") is not None
        if executed is False:
            if nonce is not None:
                history.queued[_key(record)] = _waiting(record, safe, nonce, said)
            return safe
        if when is None:
            self._fault(
                file,
                f"{said} of Safe {safe} has no date that reads: "
                f"{str(record.get('executionDate'))[:40]!r}",
            )
            return safe
        made = Transaction(
            when,
            whole(record.get("blockNumber")) or 0,
            nonce,
            self._changes(file, safe, said, record),
            _truth(record.get("isSuccessful")),
            said,
            file,
            _key(record),
            address(record.get("module")),
        )
        self._keep(history, safe, made)
        return safe

    def _keep(self, history: History, safe: str, made: Transaction) -> None:
        same = history.transactions.get(made.key)
        if same is None:
            history.transactions[made.key] = made
        elif (same.when, same.changes, same.succeeded) != (
            made.when,
            made.changes,
            made.succeeded,
        ):
            self._fault(
                made.file,
                f"{made.said} of Safe {safe} is told in two ways (the other in {same.file})",
            )

    def _changes(
        self, file: str, safe: str, said: str, record: dict[str, Any]
    ) -> tuple[Change, ...]:
        to = address(record.get("to"))
        operation = whole(record.get("operation") or 0)
        if not to and (record.get("to") is not None or operation != CREATE):
            self._fault(
                file,
                f"{said} of Safe {safe} is to {str(record.get('to'))[:40]!r}, which is no address",
            )
            return ()
        data = self._data(file, f"{said} of Safe {safe}", record)
        if operation is None:
            return (Change("anything", why="its operation is no number"),)
        if data is None:
            why = "its data is not in the export"
            return (Change("anything", why=why),) if to == safe or operation else ()
        return changes(safe, to, operation, data)

    def _data(
        self, file: str, said: str, record: dict[str, Any], key: str = "data"
    ) -> bytes | None:
        """Return the call data, which outranks what the service made of it; None: not there."""
        try:
            told = decoded(record.get("dataDecoded"))
        except NotACallError as wrong:
            self._fault(file, f"{said}: its dataDecoded does not read ({wrong})")
            return None
        given = record.get(key)
        if given is None or given == "":
            if told is not None:
                return encoded(told)
            # The service writes null for a call without data.
            return b"" if key in record and not record.get("dataDecoded") else None
        data = hexadecimal(given)
        if data is None:
            self._fault(file, f"{said}: its {key} is not hexadecimal")
            return None
        if told is not None:
            try:
                plain = read(data)
            except NotACallError:
                plain = None
            if plain != told:
                self._fault(file, f"{said}: its {key} and its dataDecoded are two different calls")
        return data

    def create(self, file: str, record: dict[str, Any]) -> None:
        """Take the answer to /creation/, which names no Safe unless a user operation made it."""
        self._rows.unread += [f"creation: {key}" for key in sorted(record.keys() - _CREATION_KEYS)]
        sender = js.record(record.get("userOperation")).get("sender")
        safe = next(
            filter(None, (address(record.get("address")), address(record.get("safe")),
                          address(sender), address(_in_name(file)))),
            "",
        )  # fmt: skip
        if safe:
            self._created(file, safe, record)
        else:
            self._nameless.append((file, record))

    def _created(self, file: str, safe: str, record: dict[str, Any]) -> None:
        when = _instant(record.get("created"))
        if when is None:
            self._fault(file, f"the creation of Safe {safe} has no date that reads")
            return
        data = self._data(file, f"the creation of Safe {safe}", record, "setupData")
        setup = None
        if data:
            try:
                setup = read(data)
            except NotACallError as wrong:
                self._fault(file, f"the setup of Safe {safe} does not read ({wrong})")
                return
        if setup is not None and setup.name != "setup":
            setup = None
        singleton = address(record.get("masterCopy", record.get("singleton")))
        history = self._of(safe)
        made = Creation(when, singleton, setup)
        if history.creation not in (None, made):
            self._fault(file, f"the creation of Safe {safe} is told in two ways")
        history.creation = made

    def finish(self, known: Iterable[str]) -> None:
        """Give what names no Safe to the only one there is, and find the pages that are missing."""
        alone = sorted({*known, *self.by_safe})
        for file, record in self._nameless:
            if len(alone) == 1:
                self._created(file, alone[0], record)
            else:
                self._rows.file = file
                self._rows.fault(
                    "It is a creation that does not say of which Safe",
                    "Put the Safe's address in the file's name, as creation-0x….json",
                )
        for file, endpoint, page, entries, whens in self._unowned:
            if len(alone) == 1:
                self._paged(alone[0], endpoint, file, page, entries, whens)
            else:
                self._rows.notes.append(
                    f"{file}: a list that does not say of which Safe; put its address in the name."
                )
        for history in self.by_safe.values():
            for endpoint, pages in history.pages.items():
                history.torn += _torn(endpoint, pages)

    def _fault(self, file: str, what: str) -> None:
        self._rows.file = file
        self._rows.fault(what[:1].upper() + what[1:], _AGAIN)


def _endpoint(file: str, page: dict[str, Any], entries: list[Any]) -> str:
    """Return "all", "multisig" or "module": by the address of the next page, then by entries."""
    links = " ".join((js.text(page.get("next")), js.text(page.get("previous")), file))
    for word, endpoint in (
        ("all-transactions", "all"),
        ("all_transactions", "all"),
        ("module-transactions", "module"),
        ("module_transactions", "module"),
        ("multisig-transactions", "multisig"),
        ("multisig_transactions", "multisig"),
    ):
        if word in links:
            return endpoint
    records = js.records(entries)
    if any("txType" in record for record in records):
        return "all"
    return "module" if records and all("module" in record for record in records) else "multisig"


def _offset(page: dict[str, Any], size: int) -> int:
    """Return how many entries stand before this page: from the links to its neighbours."""
    following, before = _query(page.get("next")), _query(page.get("previous"))
    if following is not None:
        return max(following[0] - (following[1] or size), 0)
    if before is not None:
        return before[0] + (before[1] or 0) if before[1] else max(_count(page) - size, 0)
    return 0


def _count(page: dict[str, Any]) -> int:
    return whole(page.get("count")) or 0


def _query(link: object) -> tuple[int, int] | None:
    """Return offset and limit of a link; None where there is no link."""
    if not isinstance(link, str) or not link:
        return None
    try:
        asked = parse_qs(urlsplit(link).query)
    except ValueError:
        return 0, 0
    offset, limit = (whole(asked.get(key, ["0"])[0]) or 0 for key in ("offset", "limit"))
    return offset, limit


def _torn(endpoint: str, pages: list[_Page]) -> list[Torn]:
    """Return the runs of entries no page holds; lists come newest first as a rule."""
    spans = sorted(pages, key=lambda page: page.start)
    total = max((page.count for page in pages), default=0)
    whens = [when for page in spans for when in page.whens]
    newest_first = not whens or whens[0] >= whens[-1]
    if short := next(
        (page for page in spans if page.last and page.start + page.size < total), None
    ):
        # Nothing comes after it and yet not all came: what is missing may be anywhere.
        why = f"{total - short.start - short.size} of {total} entries of {endpoint}-transactions"
        return [Torn(endpoint, None, None, f"{why} are missing")]
    torn, reached, before = [], 0, None
    for page in [*spans, None]:
        start = page.start if page else total
        if start > reached:
            older, newer = (page, before) if newest_first else (before, page)
            early = max(older.whens) if older and older.whens else None
            late = min(newer.whens) if newer and newer.whens else None
            why = f"{start - reached} of {total} entries of {endpoint}-transactions are missing"
            torn.append(Torn(endpoint, early, late, why))
        if page:
            reached, before = max(reached, page.start + page.size), page
    return torn


def _named(page: dict[str, Any], file: str) -> str:
    for text in (js.text(page.get("next")), js.text(page.get("previous")), file):
        if name := _in_name(text):
            return name
    return ""


def _in_name(text: str) -> str:
    found = _ADDRESS_IN_NAME.search(text)
    return found[0] if found else ""


def _waiting(record: dict[str, Any], safe: str, nonce: int, said: str) -> Waiting:
    owners = (address(entry.get("owner")) for entry in js.records(record.get("confirmations")))
    # A call of the Safe itself without data is how owners take a proposal back: it does nothing.
    own = address(record.get("to")) == safe
    idle = own and not record.get("data") and not record.get("dataDecoded")
    signers = frozenset(() if idle else filter(None, owners))
    since = _instant(record.get("submissionDate"))
    return Waiting(nonce, signers, since, own or bool(whole(record.get("operation") or 0)), said)


def _instant(value: object) -> datetime | None:
    """Return an instant of the service, in UTC; None for none, or for one without its zone."""
    if not isinstance(value, str):
        return None
    try:
        when = datetime.fromisoformat(value)
    except ValueError:
        return None
    if when.tzinfo is None:
        return None
    try:
        return when.astimezone(UTC)
    except OverflowError:
        return None


def _truth(value: object) -> bool | None:
    return value if isinstance(value, bool) else None


def _said(record: dict[str, Any]) -> str:
    if "module" in record:
        return f"module transaction {js.text(record.get('transactionHash'))[:12] or '(no hash)'}"
    return f"the transaction of nonce {js.text(record.get('nonce')) or '(none)'}"


def _key(record: dict[str, Any]) -> str:
    """Return what makes a transaction the same on two pages."""
    for key in ("moduleTransactionId", "safeTxHash", "contractTransactionHash"):
        if text := js.text(record.get(key)):
            return text.lower()
    parts = ("transactionHash", "nonce", "module", "to", "data", "executionDate")
    return " ".join(js.text(record.get(part)) for part in parts)


def is_transaction(record: dict[str, Any]) -> bool:
    """Tell whether this is a transaction in one of the service's shapes."""
    return (
        "txType" in record
        or "safeTxHash" in record
        or ("module" in record and "operation" in record)
        or ("txHash" in record and "from" in record)
        or ("safe" in record and "nonce" in record and "to" in record)
    )


def is_creation(record: dict[str, Any]) -> bool:
    """Tell whether this is the answer to /creation/."""
    return "creator" in record and ("setupData" in record or "factoryAddress" in record)


def is_delegate(record: dict[str, Any]) -> bool:
    """Tell whether this is one delegate: who may propose transactions, and no more."""
    return "delegate" in record and "delegator" in record
