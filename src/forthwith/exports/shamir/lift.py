"""Lift Shamir groups into facts: shares as means of control, and the grant they make together.

Read is a description in JSON, or SLIP-39 shares, one a line, of which only the headers are used. A
share does not say how many there are; shares that were not seen are listed all the same, since
whoever holds enough of them has the key.

    {"key": "key:treasury", "group_threshold": 2, "passphrase": false,
     "groups": [{"threshold": 2, "shares": 3}, {"threshold": 1, "shares": ["share:notary"]}],
     "mnemonics": []}

One group alone may be written {"key": …, "threshold": 3, "shares": 5}.
"""

from __future__ import annotations

import codecs
import re
from collections import Counter
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from forthwith.domain.fact_tables import FactRow, Lifted, RowFault, Stamp
from forthwith.exports.bitcoin.conditions import (
    AtLeast,
    Condition,
    Part,
    all_of,
    formula,
    simplified,
)
from forthwith.exports.options import Files, ImportOptions, joined
from forthwith.exports.shamir import slip39
from forthwith.exports.shamir.slip39 import MOST, BadShareError, Share
from forthwith.plain import json_document
from forthwith.plain.counting import count


@dataclass(slots=True)
class Group:
    """Shares of which `threshold` make the group's part."""

    #: 0: no share of the group was seen, so not even this is known.
    threshold: int
    #: Ids by index, counted from 0.
    members: dict[int, str] = field(default_factory=dict)
    #: Those seen, by index: the digest that tells which share it is.
    seen: dict[int, str] = field(default_factory=dict)
    #: Only shares were read: what is not among them is said to be unseen.
    by_shares: bool = False
    #: One id for all members that may exist besides; "" when all are listed.
    rest: str = ""
    rest_label: str = ""

    def label(self, member: int) -> str:
        """Return what to call a member."""
        words = f"share {member + 1}, {self.threshold} of the group needed"
        return words if member in self.seen or not self.by_shares else f"{words}; share not seen"

    def condition(self) -> Condition:
        """Return what the group asks for.

        The rest may be as many as are needed, so it counts as often: leaving it out would make
        a set look closed that is not.
        """
        if not self.threshold:
            return Part(self.rest)
        parts = [Part(name) for name in self.members.values()]
        more = min(self.threshold, MOST - len(parts)) if self.rest else 0
        return AtLeast(self.threshold, (*parts, *[Part(self.rest)] * more))


@dataclass(slots=True)
class ShareSet:
    """All groups of one secret."""

    key: str
    #: What the ids of its shares begin with.
    prefix: str
    threshold: int = 1
    groups: list[Group] = field(default_factory=list)
    label: str = ""
    notes: list[str] = field(default_factory=list)
    contradictions: list[str] = field(default_factory=list)

    def against(self, share: Share) -> str:
        """Mark a share as seen, or return in what it differs from the description."""
        if (share.group_threshold, share.group_count) != (self.threshold, len(self.groups)):
            return "A share speaks of other groups than the description"
        group = self.groups[share.group]
        if share.threshold != group.threshold or share.member not in group.members:
            return f"A share of group {share.group + 1} does not fit its description"
        if share.member in group.seen:
            return f"Two different shares claim place {share.member + 1} of group {share.group + 1}"
        group.seen[share.member] = share.digest
        return ""


def from_shares(shares: list[Share], key: str) -> ShareSet:
    """Return what shares of one secret say together, their contradictions among it."""
    first = shares[0]
    mark = f"{first.identifier:04x}"
    label = f"the secret that the SLIP-39 shares {mark} restore"
    share_set = ShareSet(
        key or f"key:slip39-{mark}", f"share:{mark}", first.group_threshold, label=label
    )
    if any(
        (share.group_threshold, share.group_count) != (first.group_threshold, first.group_count)
        for share in shares
    ):
        share_set.contradictions.append("The shares do not agree on the number of groups")
        return share_set
    for place in range(first.group_count):
        members = [share for share in shares if share.group == place]
        share_set.groups.append(_group(share_set, place, members))
    share_set.notes.append(
        f"Shares {mark}: a share does not say how many there are in its group; those not seen are "
        "listed as one means of each group. A description with the numbers closes that."
    )
    share_set.notes.append(
        f"Shares {mark}: that they restore one secret was not tried, since it would lay it open."
    )
    return share_set


def _group(share_set: ShareSet, place: int, shares: list[Share]) -> Group:
    name = f"{share_set.prefix}/{place + 1}"
    if not shares:
        label = f"enough shares of group {place + 1}, of which none was seen"
        return Group(0, by_shares=True, rest=f"{name}/group", rest_label=label)
    if len({share.threshold for share in shares}) > 1:
        share_set.contradictions.append(
            f"The shares of group {place + 1} do not agree on how many are needed"
        )
    if len({share.member for share in shares}) < len(shares):
        share_set.contradictions.append(
            f"Two different shares claim one place of group {place + 1}"
        )
    threshold = max(share.threshold for share in shares)
    # Members are counted from 0 without a gap, and there are at least as many as are needed.
    known = max(threshold, *(share.member + 1 for share in shares))
    members = {member: f"{name}/{member + 1}" for member in range(known)}
    seen = {share.member: share.digest for share in shares}
    group = Group(threshold, members, seen, by_shares=True)
    if known < MOST:
        group.rest = f"{name}/rest"
        group.rest_label = f"any further shares of group {place + 1}; not seen, may exist"
    return group


_KNOWN = frozenset(
    {"key", "group_threshold", "groups", "threshold", "shares", "passphrase", "mnemonics"}
)
_KNOWN_GROUP = frozenset({"threshold", "shares"})
_MOST_SHARES = 255
_MOST_GROUPS = 64
_ID = re.compile(r"[^\s,()\"]{1,200}")
_LARGEST = 1 << 20
_DO = "Write the groups as docs/commands.md shows, or one share a line"
_WITHOUT_WORD = "no passphrase was set over the shares, or it is known"


def lift(files: Files, options: ImportOptions) -> Lifted:
    """Turn descriptions of Shamir groups, and SLIP-39 shares, into rows.

    Files of shares are read together, so a set may lie in as many files as it has shares; beside
    one description they are the shares it describes. The wallet of the options is the id of the key
    that the shares restore. No word of a share is repeated anywhere.
    """
    key, texts, faults = options.wallet, [], []
    for name, data in files:
        text, what = "", ""
        try:
            # Windows PowerShell and Notepad write UTF-16, and say so in the first two bytes.
            wide = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
            text = data[: _LARGEST + 1].decode("utf-16" if wide else "utf-8-sig")
        except UnicodeDecodeError:
            what = "The file is not text in UTF-8 or UTF-16"
        if len(data) > _LARGEST:
            what = f"The file is larger than {_LARGEST} bytes"
        if what:
            faults.append(RowFault(name, 0, what, _DO))
        texts.append(_Text(name, text, sha256(data).hexdigest()[:16]))
    if key and not _ID.fullmatch(key):
        what = "The id of the key holds a space, comma, bracket or quotation mark"
        faults.append(RowFault(files[0][0], 0, what, _DO))
    if faults:
        return Lifted((), faults=tuple(faults))
    described = [text for text in texts if text.text.lstrip()[:1] == "{"]
    shares = [text for text in texts if text not in described]
    if len(described) == 1:
        return _Lifting(described[0].name, options.stamp).from_description(
            described[0], shares, key
        )
    parts = [
        _Lifting(text.name, options.stamp).from_description(text, [], key) for text in described
    ]
    if shares:
        parts.append(_Lifting(shares[0].name, options.stamp).from_shares_in(shares, key))
    return joined(parts)


@dataclass(frozen=True, slots=True)
class _Text:
    """One file as text."""

    name: str
    text: str
    digest: str


class _BadDescriptionError(ValueError):
    pass


@dataclass(slots=True)
class _Lifting:
    name: str
    stamp: Stamp
    #: Files in which a share stands, by its digest.
    where: dict[str, list[_Text]] = field(default_factory=dict)
    rows: list[FactRow] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    faults: list[RowFault] = field(default_factory=list)

    def failed(self, what: str) -> Lifted:
        self.faults.append(RowFault(self.name, 0, what, _DO))
        return self.lifted()

    def lifted(self) -> Lifted:
        rows = () if self.faults else tuple(self.rows)
        return Lifted(rows, tuple(self.unread), tuple(self.notes), tuple(self.faults))

    def from_shares_in(self, files: list[_Text], key: str) -> Lifted:
        """Lift shares, one a line, of one file or of several."""
        shares = self._shares(
            [(file, place) for file in files for place in enumerate(file.text.splitlines(), 1)]
        )
        secrets = sorted({share.secret for share in shares})
        if not secrets and not self.faults:
            return self.failed("The file holds no share")
        if len(secrets) > 1 and key:
            return self.failed("The shares are of several secrets, so one key cannot be all")
        for secret in secrets:
            share_set = from_shares([share for share in shares if share.secret == secret], key)
            self.faults += [RowFault(self.name, 0, what, _DO) for what in share_set.contradictions]
            self._rows_of(share_set, condition=_WITHOUT_WORD)
            self.notes += share_set.notes
        return self.lifted()

    def _shares(self, lines: list[tuple[_Text, tuple[int, str]]]) -> list[Share]:
        shares: dict[str, Share] = {}
        for file, (line, text) in lines:
            if not text.strip() or text.lstrip().startswith("#"):
                continue
            try:
                share = slip39.parse(text)
            except BadShareError as wrong:
                what = f"The share cannot be read: {wrong.what}"
                self.faults.append(RowFault(file.name, line, what, "Compare it with its original"))
                continue
            shares[share.digest] = share
            if file not in self.where.setdefault(share.digest, []):
                self.where[share.digest].append(file)
        held = Counter(file.name for files in self.where.values() for file in files)
        for name, number in held.items():
            self.notes.append(
                f"{name} holds {count(number, 'share')} in clear: whoever has the file has "
                f"{'it' if number == 1 else 'them'}. The words were not kept; each is listed as a "
                "copy."
            )
        return list(shares.values())

    def from_description(self, text: _Text, files: list[_Text], key: str) -> Lifted:
        """Lift a description, and compare it with the shares in it and in files beside it."""
        try:
            data = json_document.load(text.text)
        except json_document.NotJsonError:
            # Without its words: they may quote a share.
            return self.failed("The description is not sound JSON")
        try:
            share_set = self._set(data, key)
        except _BadDescriptionError as wrong:
            return self.failed(str(wrong))
        self._compare(share_set, text, data.get("mnemonics", []), files)
        self._rows_of(share_set, passphrase=data.get("passphrase") is True)
        return self.lifted()

    def _set(self, data: dict[str, Any], key: str) -> ShareSet:
        self._unread(data, _KNOWN, "")
        key = key or data.get("key", "")
        if not isinstance(key, str) or not _ID.fullmatch(key):
            raise _BadDescriptionError('"key" is not the id of a means')
        if data.get("passphrase", False) not in (True, False):
            raise _BadDescriptionError('"passphrase" is neither true nor false')
        if "groups" in data and ("threshold" in data or "shares" in data):
            raise _BadDescriptionError("there are both groups and shares outside any group")
        groups = data.get("groups", [data])
        if not isinstance(groups, list) or not 1 <= len(groups) <= _MOST_GROUPS:
            raise _BadDescriptionError(f'"groups" is not a list of 1 to {_MOST_GROUPS} groups')
        alone = "groups" not in data
        share_set = ShareSet(key, f"share:{key.removeprefix('key:')}")
        for place, group in enumerate(groups):
            share_set.groups.append(self._group(group, share_set.prefix, place, alone=alone))
        share_set.threshold = _count(data.get("group_threshold", 1 if alone else None), len(groups))
        named = [name for group in share_set.groups for name in group.members.values()]
        if len(set(named)) < len(named):
            raise _BadDescriptionError("one share is named twice")
        return share_set

    def _group(self, data: Any, prefix: str, place: int, *, alone: bool) -> Group:
        if not isinstance(data, dict):
            raise _BadDescriptionError(f"groups[{place}] is not an object")
        if not alone:
            self._unread(data, _KNOWN_GROUP, f"groups[{place}].")
        shares = data.get("shares")
        if isinstance(shares, int) and not isinstance(shares, bool):
            count = _count(shares, _MOST_SHARES)
            names = [f"{prefix}/{place + 1}/{member + 1}" for member in range(count)]
        elif isinstance(shares, list) and 1 <= len(shares) <= _MOST_SHARES:
            if not all(isinstance(share, str) and _ID.fullmatch(share) for share in shares):
                raise _BadDescriptionError(f"a share of groups[{place}] is not the id of a means")
            names = shares
        else:
            raise _BadDescriptionError(
                f'"shares" of groups[{place}] is neither a number nor a list'
            )
        return Group(_count(data.get("threshold"), len(names)), dict(enumerate(names)))

    def _unread(self, data: dict[str, Any], known: frozenset[str], place: str) -> None:
        for name in sorted(data.keys() - known):
            # A share may stand where a name should; its words are not repeated.
            plain = len(name) <= 40 and " " not in name
            self.unread.append(f"{place}{name}" if plain else f"{place}[a name of many words]")

    def _compare(
        self, share_set: ShareSet, text: _Text, mnemonics: Any, files: list[_Text]
    ) -> None:
        """Hold the description against its shares."""
        if not isinstance(mnemonics, list) or not all(
            isinstance(mnemonic, str) for mnemonic in mnemonics
        ):
            self.failed('"mnemonics" is not a list of texts')
            return
        lines = [(text, (0, mnemonic)) for mnemonic in mnemonics]
        lines += [(file, place) for file in files for place in enumerate(file.text.splitlines(), 1)]
        shares = self._shares(lines)
        if len({share.secret for share in shares}) > 1:
            self.failed("The shares are of several secrets")
        for share in shares:
            if what := share_set.against(share):
                self.failed(what)

    def _rows_of(
        self, share_set: ShareSet, *, condition: str = "", passphrase: bool = False
    ) -> None:
        self._add("means", id=share_set.key, kind="key", label=share_set.label, of="")
        for group in share_set.groups:
            for member, name in group.members.items():
                label = group.label(member)
                self._add("means", id=name, kind="share", label=label, of=share_set.key)
                for file in self.where.get(group.seen.get(member, ""), ()):
                    copy = f"copy:{file.digest}/{name.removeprefix('share:')}"
                    label = f"the share as it stands in {file.name}"
                    note = "whoever has the file has it"
                    self._add("means", id=copy, kind="copy", label=label, of=name, note=note)
            if group.rest:
                self._add(
                    "means", id=group.rest, kind="share", label=group.rest_label, of=share_set.key
                )
        what = AtLeast(share_set.threshold, tuple(group.condition() for group in share_set.groups))
        whole = simplified(what)
        if passphrase:
            word = f"passphrase:{share_set.key.removeprefix('key:')}"
            label = f"the passphrase over the shares of {share_set.key}"
            self._add("means", id=word, kind="passphrase", label=label, of="")
            whole = simplified(all_of(whole, Part(word)))
        cells = {**self.stamp.cells(), "means": formula(whole, {}), "gives": share_set.key}
        # Fewer shares of this set give nothing, by its making. But no share can say that the secret
        # was not split a second time or written down elsewhere: so no row claims all the ways.
        note = (
            "it says what the shares of this set give together, not that no other set or copy of "
            f"the secret exists; where a record shows that, completeness of ways:{share_set.key} "
            "says so"
        )
        cells |= {"condition": condition, "note": note}
        self.rows.append(FactRow("grants", cells, self.name, 1))

    def _add(self, table: str, **cells: str) -> None:
        self.rows.append(FactRow(table, {**self.stamp.undated(), **cells}, self.name, 1))


def _count(value: Any, most: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= most:
        raise _BadDescriptionError(f"a number of shares or groups is not one from 1 to {most}")
    return value
