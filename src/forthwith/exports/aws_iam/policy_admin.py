"""The right to rewrite IAM policy, and what it gives: all that the account's policies give.

`iam:policy-admin` stands for that right over everything. Rewriting the policy of one principal
helps only who can act as that principal: such a grant has both for its means.
Source: IAM User Guide, "Actions defined by AWS Identity and Access Management".
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from forthwith.exports.aws_iam.account import Account, Managed, Subject
from forthwith.exports.aws_iam.allowed import Rights, Targets
from forthwith.exports.aws_iam.evaluation import NO, YES, Level, Verdict, maybe
from forthwith.exports.aws_iam.reach import Grant
from forthwith.exports.aws_iam.trust import ASSUME

ADMIN = "iam:policy-admin"
_WIDEN: Mapping[str, tuple[str, ...]] = {
    "user": ("iam:PutUserPolicy", "iam:AttachUserPolicy"),
    "group": ("iam:PutGroupPolicy", "iam:AttachGroupPolicy"),
    "role": ("iam:PutRolePolicy", "iam:AttachRolePolicy"),
}
#: Take away what holds a principal back.
_LIFT: Mapping[str, tuple[str, ...]] = {
    "user": (
        "iam:DeleteUserPolicy", "iam:DetachUserPolicy", "iam:RemoveUserFromGroup",
        "iam:DeleteUserPermissionsBoundary", "iam:PutUserPermissionsBoundary",
    ),
    "group": ("iam:DeleteGroupPolicy", "iam:DetachGroupPolicy"),
    "role": (
        "iam:DeleteRolePolicy", "iam:DetachRolePolicy",
        "iam:DeleteRolePermissionsBoundary", "iam:PutRolePermissionsBoundary",
    ),
}  # fmt: skip
_NEW_VERSION, _OLD_VERSION = "iam:CreatePolicyVersion", "iam:SetDefaultPolicyVersion"
#: AWS keeps five versions of a policy; a sixth needs one deleted.
_VERSIONS = 5
_REWRITE = {kind: (*_WIDEN[kind], *_LIFT[kind]) for kind in _WIDEN}
_TAKE_OVER: Mapping[str, tuple[str, ...]] = {
    "user": (
        "iam:CreateAccessKey", "iam:CreateLoginProfile", "iam:UpdateLoginProfile",
        "iam:UploadSigningCertificate",
    ),
    "group": ("iam:AddUserToGroup",),
    "role": ("iam:UpdateAssumeRolePolicy", "iam:PassRole"),
}  # fmt: skip
#: Actions that start something with a role passed to a service.
_STARTED_WITH: Mapping[str, tuple[str, ...]] = {
    "ec2": (
        "ec2:RunInstances", "ec2:AssociateIamInstanceProfile",
        "ec2:ReplaceIamInstanceProfileAssociation", "ec2:RequestSpotInstances",
    ),
    "lambda": ("lambda:CreateFunction", "lambda:UpdateFunctionConfiguration"),
    "ecs-tasks": ("ecs:RunTask", "ecs:RegisterTaskDefinition"),
    "cloudformation": ("cloudformation:CreateStack", "cloudformation:UpdateStack"),
    "codebuild": ("codebuild:CreateProject", "codebuild:UpdateProject"),
    "glue": ("glue:CreateJob", "glue:CreateDevEndpoint"),
    "sagemaker": ("sagemaker:CreateNotebookInstance", "sagemaker:CreateTrainingJob"),
    "states": ("states:CreateStateMachine",),
    "ssm": ("ssm:StartAutomationExecution", "ssm:CreateActivation"),
}  # fmt: skip
_PROVIDERS = ("iam:UpdateSAMLProvider", "iam:UpdateOpenIDConnectProviderThumbprint")


class Admin:
    """Who can rewrite policy, and whose."""

    def __init__(self, account: Account, rights: Rights) -> None:
        self._account = account
        self._rights = rights
        self._by_name = {group.name: group for group in account.groups}
        kinds = {"user": account.users, "group": account.groups, "role": account.roles}
        self._targets = {kind: Targets(subjects) for kind, subjects in kinds.items()}
        self._members: dict[str, list[Subject]] = defaultdict(list)
        for user in account.users:
            for name in user.groups:
                self._members[name].append(user)
        #: Whom each managed policy binds.
        self._bound: dict[str, list[Subject]] = defaultdict(list)
        for subject in account.subjects:
            for arn in subject.attached:
                self._bound[arn].append(subject)

    def over_all(self, subject: Subject) -> Verdict:
        """Tell whether `subject` can give itself, or a principal it makes, every right."""
        widened = self._widen_itself(subject)
        return widened | self._new_user(subject) | self._new_role(subject)

    def _widen_itself(self, subject: Subject) -> Verdict:
        best = NO
        groups = (self._by_name[name] for name in subject.groups if name in self._by_name)
        for target in (subject, *groups):
            best = best | self._widen(subject, target)
        for policy in self._account.policies:
            if policy.arn in subject.attached:
                best = best | self._new_version(subject, policy)
        if self._lifts(subject, subject):
            best = best | maybe("if it takes away what holds it back, as it may")
        return best & _room(subject) if best.level else best

    def _widen(self, subject: Subject, target: Subject) -> Verdict:
        if target.kept_by_aws:
            return NO
        return _best(self._rights.may(subject, a, target.arn) for a in _WIDEN[target.kind])

    def _new_version(self, subject: Subject, policy: Managed) -> Verdict:
        right = self._rights.may(subject, _NEW_VERSION, policy.arn)
        if right.level and policy.versions >= _VERSIONS:
            room = self._rights.may(subject, "iam:DeletePolicyVersion", policy.arn)
            right &= room | maybe("if one of the policy's five versions is deleted first")
        if policy.versions > 1:
            old = self._rights.may(subject, _OLD_VERSION, policy.arn)
            if old.level:
                right = right | (old & maybe(f"if an older version of {policy.name!r} allows more"))
        return right

    def _new_user(self, subject: Subject) -> Verdict:
        users = self._account.arn("user/*")
        right = self._rights.may(subject, "iam:CreateUser", users)
        if not right.level:
            return NO
        key = _best(
            self._rights.may(subject, action, users)
            for action in ("iam:CreateAccessKey", "iam:CreateLoginProfile")
        )
        return right & key & _best(self._rights.may(subject, a, users) for a in _WIDEN["user"])

    def _new_role(self, subject: Subject) -> Verdict:
        roles = self._account.arn("role/*")
        right = self._rights.may(subject, "iam:CreateRole", roles)
        if not right.level:
            return NO
        right &= _best(self._rights.may(subject, a, roles) for a in _WIDEN["role"])
        return right & self._may_step(subject, roles)

    def _may_step(self, subject: Subject, target: str) -> Verdict:
        """A role that names you is yours to assume, unless your own policies deny it."""
        if self._rights.denied(subject, ASSUME, target).level or subject.boundary is not None:
            return maybe("if it lets in a principal that nothing keeps from sts:AssumeRole")
        return YES

    def _lifts(self, subject: Subject, target: Subject) -> bool:
        return target.held_back and any(
            self._rights.may(subject, action, target.arn).level for action in _LIFT[target.kind]
        )

    def grants(self, subject: Subject, over_all: Verdict) -> Iterator[Grant]:
        """Yield what `subject` reaches by rewriting less than everything."""
        # Whoever perhaps rewrites everything needs a row only for what is certain.
        certain = over_all.level is Level.MAYBE
        if certain and self._rights.never_certain(subject):
            return
        for target in self._near(subject, _TAKE_OVER, certain=certain):
            verdict = self.takes_over(subject, target)
            if target is not subject and verdict.level > over_all.level:
                yield Grant(subject.id, target.id, verdict, (subject,), (target,))
        yield from self._together(subject, over_all)

    def _near(
        self, subject: Subject, actions: Mapping[str, tuple[str, ...]], *, certain: bool
    ) -> Iterator[Subject]:
        """Yield the principals on which some statement speaks of `actions`, by their kind."""
        for kind, targets in self._targets.items():
            if self._rights.any(subject, *actions[kind]):
                yield from self._rights.within(subject, actions[kind], targets, certain=certain)

    def takes_over(self, subject: Subject, target: Subject) -> Verdict:
        """Tell whether `subject` can come to act as `target` (or join it, if it is a group)."""
        if target.kind == "user":
            return self._as_user(subject, target)
        if target.kind == "group":
            return self._as_member(subject, target)
        return self._as_role(subject, target)

    def _as_user(self, subject: Subject, target: Subject) -> Verdict:
        may = self._rights.may
        best = NO
        if (key := may(subject, "iam:CreateAccessKey", target.arn)).level:
            room = may(subject, "iam:DeleteAccessKey", target.arn)
            room &= may(subject, "iam:ListAccessKeys", target.arn)
            best = key & (room | maybe("if the user has fewer than two access keys"))
        for action, doubt in (
            ("iam:CreateLoginProfile", "if the user has no password yet"),
            ("iam:UpdateLoginProfile", "if the user has a password and no second factor"),
            ("iam:UploadSigningCertificate", "if a service takes the user's certificate"),
        ):
            if (right := may(subject, action, target.arn)).level:
                best = best | (right & maybe(doubt))
        return best

    def _as_member(self, subject: Subject, target: Subject) -> Verdict:
        added = self._rights.may(subject, "iam:AddUserToGroup", target.arn)
        if not added.level:
            return NO
        if subject.kind == "role":
            return added & maybe("if it can act as a user it may add")
        return added & _room(subject)

    def _as_role(self, subject: Subject, target: Subject) -> Verdict:
        best = NO
        if not target.kept_by_aws:
            trust = self._rights.may(subject, "iam:UpdateAssumeRolePolicy", target.arn)
            if trust.level:
                best = trust & self._may_step(subject, target.arn)
        services = [
            value
            for s in target.trust
            if s.principals
            for kind, value in s.principals.named
            if kind == "Service"
        ]
        passed = self._rights.may(subject, "iam:PassRole", target.arn) if services else NO
        if passed.level:
            best = best | (passed & maybe(self._bidding(subject, services)))
        return best

    def _bidding(self, subject: Subject, services: Iterable[str]) -> str:
        """Say what a service that takes a role would have to do, as far as that is known."""
        for service in services:
            for action in _STARTED_WITH.get(service.split(".", 1)[0], ()):
                if self._rights.may(subject, action, "*").level:
                    return f"if what it may start by {action} with the role does its bidding"
        return "if a service that takes the role does its bidding"

    def _together(self, subject: Subject, over_all: Verdict) -> Iterator[Grant]:
        """Yield grants to whoever acts both as `subject` and as one whose policy it rewrites."""
        targets: dict[Level, list[tuple[Subject, Verdict]]] = {Level.MAYBE: [], Level.YES: []}
        policies = [
            (policy, right)
            for policy in self._account.policies
            if (right := self._new_version(subject, policy)).level
        ]
        for target in self._rewritable(subject, policies, over_all):
            verdict = self._rewrites(subject, target)
            for policy, right in policies:
                if policy.arn in target.attached:
                    verdict = verdict | (right & _room(target))
            if target is not subject and verdict.level > over_all.level:
                targets[verdict.level].append((target, verdict))
        for rewritten in targets.values():
            if rewritten:
                ids = ", ".join(target.id for target, _ in rewritten)
                other = f"any of ({ids})" if len(rewritten) > 1 else ids
                yield Grant(f"{subject.id} and {other}", ADMIN, rewritten[0][1], (subject,))

    def _rewritable(
        self, subject: Subject, policies: list[tuple[Managed, Verdict]], over_all: Verdict
    ) -> Iterable[Subject]:
        """Return whose policies `subject` may come to change, each once."""
        certain = over_all.level is Level.MAYBE
        near = dict.fromkeys(self._near(subject, _REWRITE, certain=certain))
        for group in [target for target in near if target.kind == "group"]:
            near |= dict.fromkeys(self._members.get(group.name, ()))
        for policy, _ in policies:
            near |= dict.fromkeys(self._bound.get(policy.arn, ()))
        return near

    def _rewrites(self, subject: Subject, target: Subject) -> Verdict:
        verdict = self._widen(subject, target)
        verdict = verdict & _room(target) if verdict.level else verdict
        if not verdict.level and target.kind == "user":
            # A user something holds back is not given its group as a means: see `lift.Grants`.
            groups = (self._by_name[name] for name in target.groups if name in self._by_name)
            widened = _best(self._widen(subject, group) for group in groups)
            verdict = widened & _room(target) if target.held_back else NO
        if not verdict.level and self._lifts(subject, target):
            return maybe(f"if {target.name!r} has rights that a Deny or a boundary holds back")
        return verdict


def provider_rights(
    account: Account, rights: Rights, arn: str
) -> Iterator[tuple[Subject, Verdict]]:
    """Yield who can change the identity provider `arn`, and so whom it vouches for."""
    for subject in account.subjects:
        verdict = _best(rights.may(subject, action, arn) for action in _PROVIDERS)
        if verdict.level:
            yield subject, verdict


def _room(subject: Subject) -> Verdict:
    if not subject.held_back:
        return YES
    return maybe(f"if what {subject.name!r} is denied, or its boundary, leaves room")


def _best(verdicts: Iterator[Verdict]) -> Verdict:
    best = NO
    for verdict in verdicts:
        best = best | verdict
    return best
