"""Keys of AWS KMS as the CLI lists them: policies, grants, aliases and what each key is.

Read are the outputs of `aws kms get-key-policy` ({"Policy": text}, or with --output text the
policy alone), `list-grants`, `describe-key`, `list-keys` and `list-aliases`, and our own
    {"kms_key_policies": {"arn:aws:kms:…:key/…": {policy document} or null}}
A key policy does not say which key it is of. It is the key that a Resource in it names, or that
the file's name does (by id, by ARN, by an alias that `list-aliases` gives, or by the same name as
the file that describes the key: hot-policy.json, hot-key.json), or the only key the other files
tell of; any other is refused.
Source: AWS KMS API Reference, 2014-11-01 (botocore 1.44.8, data/kms); KMS Developer Guide, "Grants
in AWS KMS", "Multi-Region keys", "Key stores".
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from forthwith.exports.aws_iam.documents import texts
from forthwith.exports.aws_iam.evaluation import Principals, Statement, brief
from forthwith.exports.aws_iam.reading import Log, day

ARN = re.compile(r"arn:([\w-]+):kms:([\w-]+|\*):(\d{12}):key/(\S+)")
_ID = re.compile(r"mrk-[0-9a-f]{32}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
#: As `kms_key_policies` and file names were taken before.
_LOOSE_ID = re.compile(r"(?:mrk-)?[0-9a-f]{8}-?[0-9a-f-]{20,40}", re.IGNORECASE)
_METADATA = frozenset(
    [
        *("AWSAccountId", "KeyId", "Arn", "CreationDate", "Enabled", "Description", "KeyUsage"),
        *("KeyState", "DeletionDate", "ValidTo", "Origin", "CustomKeyStoreId", "CloudHsmClusterId"),
        *("ExpirationModel", "KeyManager", "CustomerMasterKeySpec", "KeySpec"),
        *("EncryptionAlgorithms", "SigningAlgorithms", "KeyAgreementAlgorithms"),
        *("EncapsulationAlgorithms", "MultiRegion", "MultiRegionConfiguration"),
        *("PendingDeletionWindowInDays", "MacAlgorithms", "XksKeyConfiguration"),
        "CurrentKeyMaterialId",
    ]
)
_REGIONS = frozenset(["MultiRegionKeyType", "PrimaryKey", "ReplicaKeys"])
_GRANT = frozenset(
    [
        *("KeyId", "GrantId", "Name", "CreationDate", "GranteePrincipal", "RetiringPrincipal"),
        *("IssuingAccount", "Operations", "Constraints", "GranteeServicePrincipal"),
        "RetiringServicePrincipal",
    ]
)
#: Operations of a grant that make the key do nothing for its owner's assets. CreateGrant in a
#: grant hands on no more than the grant's other operations.
_HARMLESS = frozenset(
    [
        *("Encrypt", "GenerateDataKey", "GenerateDataKeyWithoutPlaintext", "GenerateDataKeyPair"),
        *("GenerateDataKeyPairWithoutPlaintext", "ReEncryptTo", "Verify", "VerifyMac"),
        *("GetPublicKey", "DescribeKey", "RetireGrant", "CreateGrant", "Encapsulate"),
    ]
)
_USING = frozenset(
    ["Sign", "Decrypt", "ReEncryptFrom", "DeriveSharedSecret", "GenerateMac", "Decapsulate"]
)
_ALIAS = "alias/"
_OUTPUTS = frozenset(
    [
        *("aws", "kms", "get", "describe", "list", "key", "keys", "policy", "grants", "grant"),
        *("metadata", "default", "json", "txt", "of", "for", "the", "output"),
    ]
)
_CURE = (
    "Put the key's id in the file's name (as 1234abcd-12ab-34cd-56ef-1234567890ab.json), or give "
    'it as {"kms_key_policies": {ARN: policy}}'
)


@dataclass(frozen=True, slots=True)
class KeyFacts:
    """What `describe-key` and `list-aliases` say of a key; "" where they do not."""

    #: SIGN_VERIFY, ENCRYPT_DECRYPT, …: it never changes.
    usage: str = ""
    #: AWS_KMS, EXTERNAL (imported material), AWS_CLOUDHSM, EXTERNAL_KEY_STORE.
    origin: str = ""
    #: The cluster or the external store its material lies in.
    store: str = ""
    state: str = ""
    #: None: not said.
    multi_region: bool | None = None
    aliases: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        """Return what helps the eye beside the ARN."""
        state = "" if self.state in ("", "Enabled") else self.state
        return ", ".join(filter(None, (*self.aliases, self.usage, state)))


@dataclass(frozen=True, slots=True)
class KeyGrant:
    """One grant on a key, as a statement that names the grantee."""

    key: str
    statement: Statement
    #: YYYY-MM-DD on which it was made; "" when the listing does not say.
    created: str = ""


@dataclass(frozen=True, slots=True)
class Keys:
    """Every key the files tell of, by ARN; where the Region is not known it is `*`."""

    #: None: the policy was not given.
    policies: Mapping[str, tuple[Statement, ...] | None]
    facts: Mapping[str, KeyFacts]
    grants: tuple[KeyGrant, ...]
    #: Keys whose grants some file lists, if only to say that there are none.
    granted: frozenset[str] = frozenset()
    #: Key to what a reader of any right to it must know.
    notes: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class KeyFiles:
    """What the files of one import say about keys, by the names they use."""

    #: Each with the file it stands in.
    policies: list[tuple[str, str, Any]] = field(default_factory=list)
    nameless: list[tuple[str, Mapping[str, Any]]] = field(default_factory=list)
    metadata: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    #: Key to the file that describes it.
    described_in: dict[str, str] = field(default_factory=dict)
    listed: set[str] = field(default_factory=set)
    #: Name without "alias/", to ids of keys: the same name may stand in several Regions.
    aliases: dict[str, set[str]] = field(default_factory=dict)
    grants: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    #: Key to why its policy may be another's.
    doubtful: dict[str, str] = field(default_factory=dict)
    #: Files that list no grant: of which key, only their names can say.
    ungranted: list[str] = field(default_factory=list)

    def take_named(self, log: Log, file: str, keys: Any) -> None:
        """Take our own {"kms_key_policies": …}."""
        if not isinstance(keys, dict):
            log.fault(file, "kms_key_policies is no object", 'Write {"kms_key_policies": {ARN: …}}')
            return
        self.policies += [(name, file, document) for name, document in keys.items()]

    def take_policy(self, file: str, document: Mapping[str, Any]) -> None:
        """Take a key policy that may not say whose it is."""
        self.nameless.append((file, document))

    def describe(self, log: Log, file: str, value: Mapping[str, Any]) -> None:
        """Take `describe-key`."""
        log.strange("", value, ["KeyMetadata"])
        given = value["KeyMetadata"]
        arn = given.get("Arn") if isinstance(given, dict) else None
        if not isinstance(arn, str) or not ARN.fullmatch(arn):
            log.fault(file, "KeyMetadata has no ARN of a key")
            return
        self.described_in[arn] = file
        if self.metadata.setdefault(arn, given) != given:
            log.fault(file, f"Key {brief(arn)} is described twice, and not alike")
        log.strange(f"{arn.rsplit('/', 1)[-1]}.", given, _METADATA)
        regions = given.get("MultiRegionConfiguration")
        if isinstance(regions, dict):
            log.strange("MultiRegionConfiguration.", regions, _REGIONS)
            others = regions.get("ReplicaKeys")
            for place in [regions.get("PrimaryKey"), *(others if isinstance(others, list) else ())]:
                if isinstance(place, dict):
                    log.strange("MultiRegionConfiguration.", place, ["Arn", "Region"])

    def list_keys(self, log: Log, file: str, value: Mapping[str, Any]) -> None:
        """Take `list-keys`."""
        log.page("Keys", file, value)
        for entry in log.objects(file, value, "Keys"):
            log.strange("Keys.", entry, ["KeyId", "KeyArn"])
            arn = entry.get("KeyArn")
            if isinstance(arn, str) and ARN.fullmatch(arn):
                self.listed.add(arn)
            else:
                log.fault(file, "An entry of Keys has no ARN of a key")

    def list_aliases(self, log: Log, file: str, value: Mapping[str, Any]) -> None:
        """Take `list-aliases`."""
        log.page("Aliases", file, value)
        known = ["AliasName", "AliasArn", "TargetKeyId", "CreationDate", "LastUpdatedDate"]
        for entry in log.objects(file, value, "Aliases"):
            log.strange("Aliases.", entry, known)
            name = log.text(file, entry, "AliasName", "An entry of Aliases")
            target = entry.get("TargetKeyId")
            if name.startswith(_ALIAS) and isinstance(target, str):
                self.aliases.setdefault(name.removeprefix(_ALIAS), set()).add(target)

    def list_grants(self, log: Log, file: str, value: Mapping[str, Any]) -> None:
        """Take `list-grants` (or `list-retirable-grants`: the same entries)."""
        entries = log.objects(file, value, "Grants")
        keys = {str(entry.get("KeyId")) for entry in entries}
        log.page(("Grants", *sorted(keys)[:1]), file, value)
        if value.get("Grants") == []:
            self.ungranted.append(file)
        for entry in entries:
            log.strange("Grants.", entry, _GRANT)
            if log.text(file, entry, "KeyId", "An entry of Grants"):
                self.grants.append((file, entry))

    def settle(self, log: Log, partition: str, number: str, named: Iterable[str]) -> Keys:
        """Join everything by the keys' ARNs; `named` are those that policies spell out.

        `number` is the account's, or "" where there are several: an id alone is then no key.
        """
        resolve = _Resolver(self, partition, number, named)
        policies = self._policies(log, resolve)
        grants = tuple(self._grants(log, resolve))
        granted = {str(resolve.arn(str(entry["KeyId"]))) for _, entry in self.grants}
        for file in self.ungranted:
            found = resolve.named_by(file, {}) or resolve.only([file])
            granted |= found if len(found) == 1 else set()
            if len(found) != 1:
                log.notes.append(f"{file} lists no grant, and its name does not say on which key.")
        facts = self._described(resolve)
        policed = dict(sorted(policies.items()))
        return Keys(policed, facts, grants, frozenset(granted), self.doubtful)

    def _policies(self, log: Log, resolve: _Resolver) -> dict[str, tuple[Statement, ...] | None]:
        """Return each policy by the ARN of its key; None where it is said not to be known."""
        policies: dict[str, tuple[Statement, ...] | None] = {}
        for name, file, document in self.policies:
            arn = resolve.arn(name)
            if arn is None:
                what = f"Nothing tells which key {brief(name)!r} is"
                log.fault(file, what, "Name it by its ARN, or give `aws kms describe-key` too")
                continue
            _policy(log, policies, arn, file, document)
        lonely = [file for file, document in self.nameless if not resolve.named_by(file, document)]
        for file, document in self.nameless:
            found = resolve.named_by(file, document) or resolve.only(lonely)
            if len(found) == 1:
                if file in lonely:
                    self.doubtful[min(found)] = (
                        f"{file} does not say whose policy it is; it was taken for that of "
                        f"{min(found)}, the only key the files tell of."
                    )
                    log.notes.append(self.doubtful[min(found)])
                _policy(log, policies, min(found), file, document)
            elif found and file not in lonely:
                several = " and ".join(sorted(found)[:3])
                log.fault(file, f"The key policy may be that of {several}", _CURE)
            else:
                log.fault(file, "The key policy does not say which key it is of", _CURE)
        return policies

    def _described(self, resolve: _Resolver) -> dict[str, KeyFacts]:
        """Return what is said of each key that is the customer's own."""
        facts = {arn: _facts(given) for arn, given in self.metadata.items()}
        for name, targets in sorted(self.aliases.items()):
            for arn in sorted(filter(None, map(resolve.arn, targets))):
                old = facts.get(arn, KeyFacts())
                facts[arn] = _with_alias(old, name)
        facts |= {arn: KeyFacts() for arn in self.listed - facts.keys()}
        of_aws = {
            arn
            for arn, known in facts.items()
            if any(name.startswith("alias/aws/") for name in known.aliases)
            or self.metadata.get(arn, {}).get("KeyManager") == "AWS"
        }
        return {arn: known for arn, known in facts.items() if arn not in of_aws}

    def _grants(self, log: Log, resolve: _Resolver) -> Iterable[KeyGrant]:
        seen: set[str] = set()
        for file, entry in self.grants:
            arn = resolve.arn(str(entry["KeyId"]))
            once = json.dumps(entry, sort_keys=True)
            if arn is None:
                what = f"A grant is on {brief(str(entry['KeyId']))!r}, which is the name of no key"
                log.fault(file, what)
            elif once not in seen:
                seen.add(once)
                made = _grant(log, file, arn, entry)
                if made is not None:
                    yield made


class _Resolver:
    """Finds the ARN of a key by any of its names."""

    def __init__(self, files: KeyFiles, partition: str, number: str, named: Iterable[str]) -> None:
        self._files, self._partition, self._number = files, partition, number
        told = {arn for name, _, _ in files.policies for arn in [name] if ARN.fullmatch(name)}
        told |= {str(entry["KeyId"]) for _, entry in files.grants}
        told |= files.metadata.keys() | files.listed
        self._told = {arn for arn in told if ARN.fullmatch(arn)}
        self._by_id: dict[str, set[str]] = {}
        for arn in {*self._told, *named}:
            if (shape := ARN.fullmatch(arn)) is not None:
                self._by_id.setdefault(shape[4].lower(), set()).add(arn)

    def arn(self, name: str) -> str | None:
        """Return the ARN of the key that `name` (ARN, id or alias) is; None when nothing tells."""
        if ARN.fullmatch(name):
            return name
        alias = name.rsplit(":", 1)[-1]
        if alias.startswith(_ALIAS):
            targets = self._files.aliases.get(alias.removeprefix(_ALIAS), set())
            name = min(targets) if len(targets) == 1 else ""
        if not _LOOSE_ID.fullmatch(name):
            return None
        known = self._by_id.get(name.lower(), set())
        if len(known) == 1:
            return min(known)
        if not self._number:
            return None
        return f"arn:{self._partition}:kms:*:{self._number}:key/{name}"

    def named_by(self, file: str, document: Mapping[str, Any]) -> set[str]:
        """Return the keys that the policy's own Resources, and the file's name, may mean."""
        inside = {
            arn
            for entry in _statements(document)
            for arn in texts(entry.get("Resource")) or ()
            if ARN.fullmatch(arn) and "*" not in arn and "?" not in arn
        }
        stem = file.replace("\\", "/").rsplit("/", 1)[-1]
        stem = stem.rsplit(".", 1)[0] if stem.endswith((".json", ".txt")) else stem
        if ARN.fullmatch(stem):
            outside = {stem}
        elif ids := set(_ID.findall(stem)) or set(filter(_LOOSE_ID.fullmatch, [stem])):
            outside = set(filter(None, map(self.arn, ids)))
        else:
            outside = self._by_alias(stem) or self._beside(file)
        if not inside or not outside:
            return inside or outside
        # The two must agree; where they do not, both are named in the refusal.
        both = {arn for arn in inside if any(_same(arn, other) for other in outside)}
        return both if both and len(both) == len(inside) else inside | outside

    def _by_alias(self, stem: str) -> set[str]:
        """Return the keys whose alias stands in a file's name as a word, the longest alias."""
        found = [
            name
            for name in self._files.aliases
            if re.search(rf"(?<![A-Za-z0-9]){re.escape(_plain(name))}(?![A-Za-z0-9])", _plain(stem))
        ]
        longest = [n for n in found if not any(n != o and _plain(n) in _plain(o) for o in found)]
        targets = {target for name in longest for target in self._files.aliases[name]}
        return set(filter(None, map(self.arn, targets)))

    def _beside(self, file: str) -> set[str]:
        """Return the keys described in a file of the same name: hot-policy and hot-key are hot."""
        name = _bare(file)
        return {
            arn for arn, other in self._files.described_in.items() if name and _bare(other) == name
        }

    def only(self, lonely: list[str]) -> set[str]:
        """Return the one key the files tell of, when one policy alone is without a name."""
        ours = {
            arn
            for arn in self._told
            if self._files.metadata.get(arn, {}).get("KeyManager") != "AWS"
        }
        ids = {
            target
            for name, targets in self._files.aliases.items()
            if not name.startswith("aws/")
            for target in targets
        }
        ours |= set(filter(None, map(self.arn, ids)))
        taken = {self.arn(name) for name, _, _ in self._files.policies}
        return ours - taken if len(lonely) == 1 and len(ours) == 1 else set()


def _bare(file: str) -> tuple[str, ...]:
    """Return the words of a file's name without those that only say what is in it."""
    stem = file.replace("\\", "/").rsplit("/", 1)[-1]
    return tuple(word for word in _plain(stem).split("-") if word and word not in _OUTPUTS)


def _plain(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9]+", "-", name).lower()


def _same(arn: str, other: str) -> bool:
    """Tell whether two ARNs, of which one may have no Region, are of one key."""
    one, two = ARN.fullmatch(arn), ARN.fullmatch(other)
    if one is None or two is None or one[4].lower() != two[4].lower():
        return False
    return one[2] == two[2] or "*" in (one[2], two[2])


def _statements(document: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    given = document.get("Statement")
    given = [given] if isinstance(given, dict) else given
    return [e for e in given if isinstance(e, dict)] if isinstance(given, list) else []


def _policy(
    log: Log,
    policies: dict[str, tuple[Statement, ...] | None],
    arn: str,
    file: str,
    document: Any,
) -> None:
    if document is None:
        policies.setdefault(arn, None)
        return
    source = f"the policy of key {brief(arn.rsplit('/', 1)[-1])}"
    statements = tuple(log.statements(file, document, source, "key"))
    if policies.get(arn) not in (None, statements):
        log.fault(file, f"The policy of key {brief(arn)} is given twice", "Give it once")
    policies[arn] = statements


def _facts(given: Mapping[str, Any]) -> KeyFacts:
    told = {
        key: value if isinstance(value := given.get(key), str) else ""
        for key in ("KeyUsage", "Origin", "CloudHsmClusterId", "CustomKeyStoreId", "KeyState")
    }
    many = given.get("MultiRegion")
    return KeyFacts(
        told["KeyUsage"],
        told["Origin"],
        told["CloudHsmClusterId"] or told["CustomKeyStoreId"],
        told["KeyState"],
        many if isinstance(many, bool) else None,
    )


def _with_alias(known: KeyFacts, name: str) -> KeyFacts:
    names = tuple(dict.fromkeys((*known.aliases, f"{_ALIAS}{name}")))
    return KeyFacts(known.usage, known.origin, known.store, known.state, known.multi_region, names)


def _grant(log: Log, file: str, arn: str, entry: Mapping[str, Any]) -> KeyGrant | None:
    """Return a grant as a statement; None when none of its operations uses the key."""
    operations = texts(entry.get("Operations"))
    name = brief(str(entry.get("Name") or entry.get("GrantId") or "without a name"))
    if operations is None:
        log.fault(file, f"Operations of grant {name!r} are no list of names")
        return None
    source = f"grant {name!r} on key {brief(arn.rsplit('/', 1)[-1])}"
    unknown = [op for op in operations if op not in _USING | _HARMLESS]
    using = [op for op in operations if op in _USING] or (["Sign"] if unknown else [])
    if not using:
        return None
    doubts = [] if set(operations) & _USING else [f"operation {brief(unknown[0])!r} uses the key"]
    log.unread += [f"{source}: operation {brief(op)}" for op in unknown]
    principals = _grantee(entry)
    if principals is None:
        principals = Principals((("AWS", "*"),))
        doubts.append("the grantee, whom the listing does not name, is one of those")
    statement = Statement(
        True,
        tuple(f"kms:{op.lower()}" for op in using),
        ("*",),
        source,
        condition="; ".join([*doubts, *_constraints(log, source, entry.get("Constraints"))]),
        principals=principals,
    )
    return KeyGrant(arn, statement, day(entry.get("CreationDate")))


def _grantee(entry: Mapping[str, Any]) -> Principals | None:
    named = []
    for key in ("GranteePrincipal", "GranteeServicePrincipal"):
        value = entry.get(key)
        if isinstance(value, str) and value:
            service = key.startswith("GranteeService") or value.endswith(
                (".amazonaws.com", ".amazonaws.com.cn", ".amazon.com")
            )
            named.append(("Service" if service else "AWS", value))
    return Principals(tuple(named)) if named else None


def _constraints(log: Log, source: str, given: Any) -> list[str]:
    if given in (None, {}):
        return []
    if not isinstance(given, dict):
        return [f"constraint {brief(json.dumps(given))} is met"]
    log.strange(
        f"{source}: Constraints.",
        given,
        ["EncryptionContextSubset", "EncryptionContextEquals", "SourceArn"],
    )
    return [f"{brief(key)} = {brief(json.dumps(value))}" for key, value in given.items() if value]
