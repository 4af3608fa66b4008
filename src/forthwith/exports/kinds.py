"""The lifts behind `custody import`: which exports there are, and what is asked of each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from forthwith.domain.fact_tables import Lifted, Stamp


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """What was asked of a lift besides its files."""

    stamp: Stamp
    wallet: str
    complete: bool
    order: str
    domains: Mapping[str, str]


Files = Sequence[tuple[str, bytes]]


def _descriptor(files: Files, asked: ImportOptions) -> Lifted:
    from forthwith.exports.bitcoin import lift as descriptor

    return _joined(descriptor.lift(data, name, asked.stamp, asked.wallet) for name, data in files)


def _safe(files: Files, asked: ImportOptions) -> Lifted:
    from forthwith.exports.ethereum import safe

    return safe.lift_all(files, asked.stamp, asked.wallet)


def _aws_iam(files: Files, asked: ImportOptions) -> Lifted:
    from forthwith.exports.aws_iam import lift as aws_iam

    return aws_iam.lift(files, asked.stamp)


def _policy_export(files: Files, asked: ImportOptions) -> Lifted:
    from forthwith.exports.platform_policy import lift as policy_export

    return _joined(
        policy_export.lift(data, name, asked.stamp, asked.wallet) for name, data in files
    )


def _hr(files: Files, asked: ImportOptions) -> Lifted:
    from forthwith.exports.hr import lift as hr

    return _joined(
        hr.lift(
            data,
            name,
            asked.stamp,
            complete=asked.complete,
            order=asked.order,
            domains=asked.domains,
        )
        for name, data in files
    )


def _shamir(files: Files, asked: ImportOptions) -> Lifted:
    from forthwith.exports.shamir import lift as shamir

    return _joined(shamir.lift(data, name, asked.stamp, asked.wallet) for name, data in files)


def _permissions(files: Files, asked: ImportOptions) -> Lifted:
    from forthwith.exports.ethereum import roles as permissions

    return permissions.lift_dated(files, asked.stamp)


LIFTS: Mapping[str, Callable[[Files, ImportOptions], Lifted]] = {
    "descriptor": _descriptor,
    "safe": _safe,
    "aws-iam": _aws_iam,
    "policy-export": _policy_export,
    "hr": _hr,
    "shamir": _shamir,
    "permissions": _permissions,
}
#: These hold days of their own, or say themselves when they need --from.
DATED = frozenset(("hr", "permissions"))
#: Kinds for which an option means something; elsewhere it would be believed and do nothing.
TAKEN_BY = {
    "--wallet": frozenset(("descriptor", "safe", "policy-export", "shamir")),
    "--complete": frozenset(("hr",)),
    "--days": frozenset(("hr",)),
    "--domain": frozenset(("hr",)),
}


def _joined(lifted: Iterable[Lifted]) -> Lifted:
    """Return what several files became together."""
    every = tuple(lifted)
    return Lifted(
        tuple(row for each in every for row in each.rows),
        tuple(text for each in every for text in each.unread),
        tuple(dict.fromkeys(text for each in every for text in each.notes)),
        tuple(fault for each in every for fault in each.faults),
    )
