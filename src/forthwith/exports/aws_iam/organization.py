"""What the policies of an organization leave of the rights within one of its accounts.

Read are the outputs of `aws organizations describe-policy`, `list-policies`,
`list-policies-for-target`, `list-targets-for-policy`, `list-parents`, `list-roots`,
`list-accounts`, `describe-account` and `describe-organization`, and our own
    {"organization_policies": [{policy document}, …]}       all that bind the account; [] none does
Of the lists, three do not say what they are about. The policy (p-…) of which targets are listed,
and the child of which parents are, must stand in the file's name; so must the target (an account,
ou-… or r-…), with the word "target", where policies of one target are listed.

A policy binds for certain only when it is attached to the account, to the root, or to a unit
known to hold the account. A Deny of another makes a right doubtful and no more, and so does every
policy that no file gives. The management account is bound by none.
Source: AWS Organizations API Reference, 2016-11-28 (botocore 1.44.8, data/organizations);
Organizations User Guide, "SCP evaluation", "Resource control policies".
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from forthwith.exports.aws_iam.evaluation import (
    NO,
    YES,
    Decision,
    Level,
    Statement,
    Verdict,
    brief,
    decide,
    maybe,
    unseen,
)
from forthwith.exports.aws_iam.reading import Log

#: Without this a right within the account is never certain: a service control policy may deny it.
UNSEEN = "if no policy of the account's organization, unseen here, denies it"
_UNSEEN_RESOURCES = "if no resource control policy of the organization, unseen here, denies it"
_SERVICE, _RESOURCE = "SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY"
_FULL_ACCESS = frozenset(["p-FullAWSAccess", "p-RCPFullAWSAccess"])
_POLICY_ID = re.compile(r"(?<![A-Za-z0-9])p-(?:FullAWSAccess|RCPFullAWSAccess|[0-9a-z]{8,128})")
_TARGET_ID = re.compile(
    r"(?<![A-Za-z0-9])(?:ou-[0-9a-z]{4,32}-[0-9a-z]{8,32}|r-[0-9a-z]{4,32}|\d{12})(?![A-Za-z0-9])"
)
#: What a file is called that lists the policies of one target, or all there are. The two outputs
#: are alike, and a policy taken to bind that does not would close what is open.
_FOR_TARGET = re.compile("target|attached|policies[-_ ]?for", re.IGNORECASE)
_ALL = re.compile("list[-_ ]?policies", re.IGNORECASE)
_OWNER = re.compile(r"arn:[\w-]+:organizations::(\d{12}):")
_SUMMARY = frozenset(["Id", "Arn", "Name", "Description", "Type", "AwsManaged"])
_ACCOUNT = frozenset(
    ["Id", "Arn", "Email", "Name", "Status", "State", "Paths", "JoinedMethod", "JoinedTimestamp"]
)
_ORGANIZATION = frozenset(
    [
        *("Id", "Arn", "FeatureSet", "MasterAccountArn", "MasterAccountId", "MasterAccountEmail"),
        "AvailablePolicyTypes",
    ]
)
#: Services whose resources a resource control policy can shut.
_CONTROLLED = frozenset(["s3", "sts", "sqs", "kms", "secretsmanager", "ecr", "aoss"])


@dataclass(frozen=True, slots=True)
class OrganizationPolicy:
    """One policy, and how surely it binds the account."""

    name: str
    statements: tuple[Statement, ...]
    binds: Level = Level.YES
    #: Where in the organization, as far as the account's own line goes.
    levels: frozenset[str] = frozenset()
    #: A resource control policy: it binds outsiders as well, and takes away only.
    of_resources: bool = False


@dataclass(frozen=True, slots=True)
class Organization:
    """Every policy known, and whether there may be others."""

    policies: tuple[OrganizationPolicy, ...] = ()
    #: From the root down to the account; None: which policy is of which level is not known.
    levels: tuple[str, ...] | None = None
    #: Whether all that bind are among `policies`.
    all_service: bool = True
    all_resource: bool = True
    _known: dict[tuple[str, str, bool], Verdict] = field(
        default_factory=dict, compare=False, repr=False
    )

    def allows(self, action: str, target: str, *, outside: bool = False) -> Verdict:
        """Return what the policies leave of an action (lower case).

        `outside`: the principal is of no account of the organization, or of AWS itself; then only
        resource control policies bind.
        """
        key = (action, target, outside)
        if key not in self._known:
            self._known[key] = self._allows(action, target, outside=outside)
        return self._known[key]

    def _allows(self, action: str, target: str, *, outside: bool) -> Verdict:
        left, allowing = YES, []
        for policy in self.policies:
            if outside and not policy.of_resources:
                continue
            said = decide((s for s in policy.statements if s.speaks_of(action)), target)
            denied = _kept(policy, said)
            if denied.level is Level.NO:
                return NO
            left = left & denied
            if not policy.of_resources and any(s.allows for s in policy.statements):
                allowing.append((policy, said.allow))
        if not outside:
            left = left & self._allowed(allowing)
            if not self.all_service:
                left = left & maybe(UNSEEN)
        controlled = action.partition(":")[0] in _CONTROLLED
        if not self.all_resource and controlled and (outside or self.all_service):
            left = left & maybe(_UNSEEN_RESOURCES)
        return left

    def _allowed(self, allowing: list[tuple[OrganizationPolicy, Verdict]]) -> Verdict:
        """Every level must allow: an account gets what root, units and its own policies share."""
        if self.levels is not None:
            left = YES
            for level in self.levels:
                here = NO
                for policy, verdict in allowing:
                    if level in policy.levels:
                        here = here | verdict
                left = left & here
            return left
        if not self.all_service or not self.policies:
            return YES
        service = [policy for policy in self.policies if not policy.of_resources]
        if not allowing:
            words = "if the organization has a policy that allows it, which was not given"
            return maybe(words) if service else YES
        verdicts = [verdict for _, verdict in allowing]
        if max(verdict.level for verdict in verdicts) is Level.NO:
            return NO
        if min(verdict.level for verdict in verdicts) is Level.YES:
            return YES
        return maybe("if every level of the organization allows it")


def _kept(policy: OrganizationPolicy, said: Decision) -> Verdict:
    """Return what the denials of one policy leave."""
    deny = said.deny
    if deny.level is Level.NO or policy.binds is Level.NO:
        return YES
    if deny.level is Level.YES and policy.binds is Level.YES:
        return NO
    if policy.binds is Level.YES:
        return deny
    return maybe(f"unless organization policy {brief(policy.name)!r}, which may bind it, denies it")


def is_policies(value: Mapping[str, Any]) -> bool:
    """Tell whether {"Policies": […]} is a list of the organization's and not of IAM's."""
    given = value.get("Policies")
    entries = given if isinstance(given, list) else []
    return any(
        isinstance(entry, dict) and ":organizations::" in str(entry.get("Arn")) for entry in entries
    )


@dataclass(slots=True)
class OrganizationFiles:
    """What the files of one import say of the organization."""

    #: Our own list: all that bind the account. None: not given.
    stated: list[tuple[str, Any]] | None = None
    #: Id to name, type, and document (None: only listed).
    policies: dict[str, tuple[str, str, str]] = field(default_factory=dict)
    documents: dict[str, tuple[str, Any]] = field(default_factory=dict)
    #: Target to what is attached to it, for each type of policy: complete where it is there.
    at_target: dict[tuple[str, str], set[str]] = field(default_factory=dict)
    #: Policy to its targets: complete where it is there.
    targets: dict[str, set[str]] = field(default_factory=dict)
    #: Types of policy of which the organization's own list was given.
    whole: set[str] = field(default_factory=set)
    parents: dict[str, str] = field(default_factory=dict)
    #: Accounts to their whole line, root first.
    lines: dict[str, tuple[str, ...]] = field(default_factory=dict)
    #: Types that some root says are enabled; None: no root was given.
    enabled: set[str] | None = None
    owners: set[str] = field(default_factory=set)
    consolidated: bool = False
    seen: bool = False

    def state(self, log: Log, file: str, given: Any) -> None:
        """Take our own {"organization_policies": […]}."""
        if not isinstance(given, list):
            log.fault(file, "organization_policies is no list", "Write a list; [] says: none binds")
            return
        self.stated = [*(self.stated or ()), *((file, document) for document in given)]

    def describe_policy(self, log: Log, file: str, value: Mapping[str, Any]) -> None:
        """Take `describe-policy`."""
        log.strange("", value, ["Policy"])
        given = value["Policy"]
        log.strange("Policy.", given, ["PolicySummary", "Content"])
        summary = given.get("PolicySummary")
        if not isinstance(summary, dict):
            log.fault(file, "The policy has no PolicySummary")
            return
        policy = self._summary(log, file, summary)
        if self.documents.setdefault(policy, (file, given.get("Content")))[1] != given.get(
            "Content"
        ):
            log.fault(file, f"Organization policy {policy} is given twice, and not alike")

    def _summary(self, log: Log, file: str, entry: Mapping[str, Any]) -> str:
        self.seen = True
        log.strange("PolicySummary.", entry, _SUMMARY)
        policy = log.text(file, entry, "Id", "A policy of the organization")
        kind = log.text(file, entry, "Type", "A policy of the organization")
        self._owner(entry.get("Arn"))
        self.policies[policy] = (str(entry.get("Name") or policy), kind, str(entry.get("Arn")))
        return policy

    def _owner(self, arn: Any) -> None:
        if isinstance(arn, str) and (shape := _OWNER.match(arn)):
            self.owners.add(shape[1])

    def list_policies(self, log: Log, file: str, value: Mapping[str, Any]) -> None:
        """Take `list-policies` and `list-policies-for-target`, told apart by the file's name."""
        found = set(_TARGET_ID.findall(file))
        named = _FOR_TARGET.search(file) is not None
        if named and len(found) != 1:
            words = " and ".join(sorted(found)[:3]) or "no target"
            log.fault(file, f"The file's name must have one target, and has {words}", _ONE_TARGET)
            return
        target = min(found) if named else ""
        entries = log.objects(file, value, "Policies")
        kinds = {str(entry.get("Type")) for entry in entries}
        log.page(("Policies", target, *sorted(kinds)), file, value)
        ids = {(str(entry.get("Type")), self._summary(log, file, entry)) for entry in entries}
        for kind in kinds:
            if target:
                at = self.at_target.setdefault((target, kind), set())
                at |= {policy for of, policy in ids if of == kind}
            elif _ALL.search(file):
                self.whole.add(kind)
        if not target and not _ALL.search(file):
            log.notes.append(
                f"{file} may list all policies of the organization or those of one target: where "
                "they are attached is not taken from it. Name it list-policies.json, or "
                "list-policies-for-target-ID.json."
            )

    def list_targets(self, log: Log, file: str, value: Mapping[str, Any]) -> None:
        """Take `list-targets-for-policy`; the policy's id stands in the file's name."""
        self.seen = True
        found = set(_POLICY_ID.findall(file))
        if len(found) != 1:
            log.fault(
                file,
                "The list of targets does not say which policy they are targets of",
                "Put the policy's id (p-…) in the file's name",
            )
            return
        policy = min(found)
        log.page(("Targets", policy), file, value)
        at = self.targets.setdefault(policy, set())
        for entry in log.objects(file, value, "Targets"):
            log.strange("Targets.", entry, ["TargetId", "Arn", "Name", "Type"])
            at.add(log.text(file, entry, "TargetId", "An entry of Targets"))
            self._owner(entry.get("Arn"))

    def list_parents(self, log: Log, file: str, value: Mapping[str, Any]) -> None:
        """Take `list-parents`; the child stands in the file's name."""
        self.seen = True
        parents = set()
        for entry in log.objects(file, value, "Parents"):
            log.strange("Parents.", entry, ["Id", "Type"])
            parents.add(log.text(file, entry, "Id", "An entry of Parents"))
        found = set(_TARGET_ID.findall(file)) - parents
        if len(found) != 1 or len(parents) != 1:
            log.fault(
                file,
                "The list of parents does not say whose parents they are",
                "Put the child's id (the account, or ou-…) in the file's name",
            )
            return
        self.parents[min(found)] = min(parents)

    def list_roots(self, log: Log, file: str, value: Mapping[str, Any]) -> None:
        """Take `list-roots`: which types of policy are enabled."""
        self.seen = True
        log.page("Roots", file, value)
        for entry in log.objects(file, value, "Roots"):
            log.strange("Roots.", entry, ["Id", "Arn", "Name", "PolicyTypes"])
            self._owner(entry.get("Arn"))
            self.enabled = self.enabled or set()
            for kind in log.objects(file, entry, "PolicyTypes") if "PolicyTypes" in entry else ():
                log.strange("Roots.PolicyTypes.", kind, ["Type", "Status"])
                # Whatever its status: until it is wholly gone it may have bound.
                self.enabled.add(str(kind.get("Type")))

    def accounts(self, log: Log, file: str, value: Mapping[str, Any]) -> None:
        """Take `list-accounts` and `describe-account`."""
        self.seen = True
        many = "Accounts" in value
        if many:
            log.page("Accounts", file, value)
        given = value if many else {"Accounts": [value["Account"]]}
        entries = log.objects(file, given, "Accounts")
        for entry in entries:
            log.strange("Account.", entry, _ACCOUNT)
            self._owner(entry.get("Arn"))
            paths = entry.get("Paths")
            if isinstance(paths, list) and len(paths) == 1 and isinstance(paths[0], str):
                parts = [part for part in paths[0].split("/") if part]
                line = tuple(part for part in parts[1:] if _TARGET_ID.fullmatch(part))
                self.lines[str(entry.get("Id"))] = line

    def organization(self, log: Log, file: str, value: Mapping[str, Any]) -> None:
        """Take `describe-organization`."""
        self.seen = True
        log.strange("", value, ["Organization"])
        given = value["Organization"]
        if not isinstance(given, dict):
            log.fault(file, "Organization is no object")
            return
        log.strange("Organization.", given, _ORGANIZATION)
        if isinstance(owner := given.get("MasterAccountId"), str):
            self.owners.add(owner)
        self.consolidated = given.get("FeatureSet") == "CONSOLIDATED_BILLING"

    def settle(self, log: Log, number: str) -> Organization | None:
        """Return what binds account `number`; None when no file says anything of it."""
        stated = self._stated(log)
        if not self.seen:
            return stated
        if len(self.owners) > 1:
            words = " and ".join(sorted(self.owners)[:3])
            log.fault("the import", f"The files are of several organizations: {words}", _EACH)
        if number in self.owners or self.consolidated:
            log.notes.append(
                "The account is its organization's own: no policy of the organization binds it."
                if number in self.owners
                else "The organization only bills together: it has no policies that bind."
            )
            return Organization()
        line = self._line(number)
        policies = [
            self._policy(log, number, policy, line)
            for policy, (_, kind, _) in sorted(self.policies.items())
            if kind in (_SERVICE, _RESOURCE) and self._enabled(kind)
        ]
        told = sorted({kind for _, kind, _ in self.policies.values()} - {_SERVICE, _RESOURCE})
        if told:
            log.notes.append(f"Policies of the organization that bind no right: {', '.join(told)}.")
        binding = tuple(policy for policy in policies if policy.binds)
        # Were the account the organization's own, nothing would bind it, allowed or not.
        leveled = self._whole(_SERVICE, line) and self._enabled(_SERVICE) and self.owners
        made = Organization(
            binding,
            line if leveled else None,
            self._whole(_SERVICE, line),
            self._whole(_RESOURCE, line),
        )
        if stated is None:
            return made
        return replace(
            made,
            policies=(*made.policies, *stated.policies),
            levels=None,
            all_service=True,
            all_resource=True,
        )

    def _stated(self, log: Log) -> Organization | None:
        if self.stated is None:
            return None
        policies = []
        for place, (file, document) in enumerate(self.stated, 1):
            source = f"organization policy {place}"
            statements = _certain(log.statements(file, document, source, "organization"))
            # Only those of resources have principals.
            outward = any(statement.principals is not None for statement in statements)
            policies.append(OrganizationPolicy(source, statements, of_resources=outward))
        return Organization(tuple(policies))

    def _line(self, number: str) -> tuple[str, ...] | None:
        """Return root, units and account, in that order; None when it is not wholly known."""
        if number in self.lines:
            line = self.lines[number]
            return line if line[-1:] == (number,) else (*line, number)
        line, here = (number,), number
        while here in self.parents and len(line) < 20:
            here = self.parents[here]
            line = (here, *line)
        return line if here.startswith("r-") else None

    def _policy(
        self, log: Log, number: str, policy: str, line: tuple[str, ...] | None
    ) -> OrganizationPolicy:
        name, kind, _ = self.policies[policy]
        at = self.targets.get(policy, set()) | {
            target for (target, _), there in self.at_target.items() if policy in there
        }
        sure = {target for target in at if target == number or target.startswith("r-")}
        sure |= at & set(line or self._part_of_line(number))
        binds = Level.YES if sure else Level.MAYBE
        if not sure and line is not None:
            # Every place where it could bind was listed, and it is at none of them.
            listed = policy in self.targets or all(
                (place, kind) in self.at_target for place in line
            )
            binds = Level.NO if listed else Level.MAYBE
        if binds is Level.YES and not self.owners:
            # See `settle`: the account may be the organization's own.
            binds = Level.MAYBE
        statements = self._statements(log, policy)
        return OrganizationPolicy(name, statements, binds, frozenset(sure), kind == _RESOURCE)

    def _part_of_line(self, number: str) -> Iterable[str]:
        here, seen = number, {number}
        while (here := self.parents.get(here, "")) and here not in seen:
            seen.add(here)
        return seen

    def _statements(self, log: Log, policy: str) -> tuple[Statement, ...]:
        name, kind, _ = self.policies[policy]
        source = f"organization policy {brief(name)!r}"
        if policy in self.documents:
            file, document = self.documents[policy]
            return _certain(log.statements(file, document, source, "organization"))
        full = Statement(True, ("*",), ("*",), source)
        if policy in _FULL_ACCESS:
            return (full,) if kind == _SERVICE else ()
        log.notes.append(
            f"The text of {source} was not given (`aws organizations describe-policy`): whatever "
            "it may bind is doubtful."
        )
        return unseen(source)

    def _enabled(self, kind: str) -> bool:
        return self.enabled is None or kind in self.enabled

    def _whole(self, kind: str, line: tuple[str, ...] | None) -> bool:
        """Tell whether every policy of a type that binds the account is known."""
        if not self._enabled(kind):
            return True
        if line is not None and all((place, kind) in self.at_target for place in line):
            return True
        listed = [policy for policy, (_, of, _) in self.policies.items() if of == kind]
        return (
            line is not None
            and kind in self.whole
            and all(policy in self.targets for policy in listed)
        )


_ONE_TARGET = "Put the id of the one target (the account, ou-… or r-…) in the file's name"
_EACH = "Import each by itself"


def _certain(statements: Iterable[Statement]) -> tuple[Statement, ...]:
    """A policy that names principals binds this one only perhaps."""
    return tuple(
        statement
        if statement.principals is None or statement.principals.named == (("AWS", "*"),)
        else replace(
            statement, condition=statement.condition or "the principal is one that it names"
        )
        for statement in statements
    )
