"""Rights to a key against an evaluation written apart, under every assignment of conditions.

That evaluation follows the order of the IAM User Guide: any Deny, then every level of the
organization, then the key's policy (by name, or by the account and a policy of one's own within the
boundary) or a grant.
"""

from __future__ import annotations

import random
import re
from dataclasses import dataclass
from typing import Any

import pytest

from tests.builders.aws_cli import (
    FULL,
    KEY_ID,
    describe_key,
    describe_policy,
    file,
    get_key_policy,
    key_grant,
    list_grants,
    organization,
    policies_for,
)
from tests.builders.iam import KEY, NUMBER, Iam, allow, arn, bounded, document, trusts
from tests.exports.aws_iam.cases import THE_KEY, grants, together

ACTIONS = ["kms:Sign", "kms:*", "*", "s3:*", "kms:CreateGrant", "kms:S*", "KMS:sign"]
KEYS = [
    KEY, "*", KEY.replace("1234abcd", "99998888"), f"arn:aws:kms:*:{NUMBER}:key/*",
    f"arn:aws:kms:eu-west-1:{NUMBER}:key/1234*",
]  # fmt: skip
ROOT = {arn("root"), NUMBER}
SCP = "p-random0000"
#: Conditions are asked in every combination: 2 to this power.
MOST = 8


@dataclass
class Drawn:
    """One account drawn at random, with a single principal of interest."""

    who: str
    own: list[Any]
    fence: list[Any] | None
    key: list[Any]
    levels: list[list[Any]]
    granted: bool

    def allows(self, action: str, met: set[str]) -> bool:
        """Tell whether the principal may do `action` on the key when just `met` hold."""

        def says(statements: list[Any], effect: str) -> bool:
            return any(s["Effect"] == effect and speaks(s, action, met) for s in statements)

        layers = [self.own, self.fence or [], *self.levels]
        if any(says(layer, "Deny") for layer in layers):
            return False
        mine = [s for s in self.key if {self.who, *ROOT} & set(s["Principal"]["AWS"])]
        if says(mine, "Deny") or not all(says(level, "Allow") for level in self.levels):
            return False
        within = self.fence is None or says(self.fence, "Allow")
        named = [s for s in self.key if self.who in s["Principal"]["AWS"]]
        by_name = says(named, "Allow") or (self.granted and action == "kms:Sign")
        if by_name and (within or ":user/" in self.who):
            return True
        left = [s for s in self.key if ROOT & set(s["Principal"]["AWS"])]
        return says(left, "Allow") and says(self.own, "Allow") and within


def matches(pattern: str, text: str) -> bool:
    return re.fullmatch(re.escape(pattern).replace(r"\*", ".*"), text) is not None


def speaks(statement: Any, action: str, met: set[str]) -> bool:
    for part, text, lower in (("Action", action, True), ("Resource", KEY, False)):
        patterns = statement.get(part, statement.get(f"Not{part}"))
        patterns = [patterns] if isinstance(patterns, str) else patterns
        hit = any(matches(p.lower(), text.lower()) if lower else matches(p, text) for p in patterns)
        if hit is (f"Not{part}" in statement):
            return False
    return all(name in met for name in statement.get("Condition", {}).get("Bool", ()))


def drawn(rng: random.Random) -> tuple[Drawn, list[str], list[tuple[str, bytes]], Iam]:
    conditions: list[str] = []

    def statement(deny: float, principals: list[str] | None = None) -> dict[str, Any]:
        said: dict[str, Any] = {"Effect": "Deny" if rng.random() < deny else "Allow"}
        action = "NotAction" if rng.random() < 0.15 else "Action"
        said[action] = rng.sample(ACTIONS, rng.choice([1, 1, 2]))
        if principals is not None:
            said["Principal"] = {"AWS": rng.sample(principals, rng.choice([1, 1, 2]))}
            said["Resource"] = "*"
        else:
            resource = "NotResource" if rng.random() < 0.15 else "Resource"
            said[resource] = rng.sample(KEYS, rng.choice([1, 1, 2]))
        if rng.random() < 0.3 and len(conditions) < MOST:
            conditions.append(f"x:{len(conditions)}")
            said["Condition"] = {"Bool": {conditions[-1]: "true"}}
        return said

    who = arn(rng.choice(["role/R", "user/alice"]))
    own = [statement(0.3) for _ in range(rng.choice([1, 2, 3]))]
    fence = [statement(0.15) for _ in range(2)] if rng.random() < 0.3 else None
    reading = allow("kms:DescribeKey", "*", Principal={"AWS": [arn("user/bob")]})
    principals = [who, arn("root"), arn("user/bob"), NUMBER]
    key = [reading, *(statement(0.2, principals) for _ in range(rng.choice([1, 2, 3])))]
    scp = [statement(0.5) for _ in range(rng.choice([1, 2]))]
    kept = rng.choice([(FULL,), (FULL, SCP), (SCP,)])
    last = [s for policy in kept for s in (scp if policy == SCP else [allow("*")])]
    granted = rng.random() < 0.2
    given = list_grants(*([key_grant(who, "Sign")] if granted else []))
    files = dict(organization()) | dict(
        [
            file(f"scp-of-target-{NUMBER}.json", policies_for(*kept)),
            file("scp.json", describe_policy(SCP, document(*scp))),
            file(f"{KEY_ID}.json", get_key_policy(document(*key))),
            file(f"grants-{KEY_ID}.json", given),
            file("key.json", describe_key()),
        ]
    )
    iam, more = Iam().user("bob"), bounded("fence") if fence is not None else {}
    if fence is not None:
        iam.policy("fence", *fence)
    if who.endswith("alice"):
        iam.user("alice", *own, **more)
    else:
        iam.role("R", trusts({"Service": "x.amazonaws.com"}), *own, **more)
    iam.organization = None
    levels = [[allow("*")], [allow("*")], last]
    return Drawn(who, own, fence, key, levels, granted), conditions, list(files.items()), iam


@pytest.mark.parametrize("seed", range(8))
def test_what_is_certain_holds_under_every_condition_and_what_is_left_out_under_none(
    seed: int,
) -> None:
    rng = random.Random(seed)
    decided = 0
    for _ in range(40):
        account, conditions, files, iam = drawn(rng)
        made = together(iam, *files)
        means = "iam:role/R" if ":role/" in account.who else "iam:user/alice"
        rows = [r for r in grants(made) if (r["means"], r["gives"]) == (means, THE_KEY)]
        certain, possible = any(not row["condition"] for row in rows), bool(rows)
        truths = {
            any(account.allows(act, met) for act in ("kms:Sign", "kms:CreateGrant",
                                                     "kms:PutKeyPolicy"))
            for number in range(2 ** len(conditions))
            for met in [{name for at, name in enumerate(conditions) if number >> at & 1}]
        }  # fmt: skip
        assert not (certain and False in truths), account
        assert possible or True not in truths, account
        decided += certain or not possible
    # A lift that called everything doubtful would pass the rest.
    assert decided > 20
