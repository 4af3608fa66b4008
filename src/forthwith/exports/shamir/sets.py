"""Shares of one secret in groups: members that were seen, and what must exist besides."""

from __future__ import annotations

from dataclasses import dataclass, field

from forthwith.exports.bitcoin.conditions import AtLeast, Condition, Part
from forthwith.exports.shamir.slip39 import MOST, Share


@dataclass(slots=True)
class Group:
    """Shares of which `threshold` make the group's part."""

    #: 0: no share of the group was seen, so not even this is known.
    threshold: int
    #: Ids by index, counted from 0.
    members: dict[int, str] = field(default_factory=dict)
    seen: set[int] = field(default_factory=set)
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
        group.seen.add(share.member)
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
    group = Group(threshold, members, {share.member for share in shares}, by_shares=True)
    if known < MOST:
        group.rest = f"{name}/rest"
        group.rest_label = f"any further shares of group {place + 1}; not seen, may exist"
    return group
