"""Google Cloud's policies: who reaches a key, what is inherited, what stays open."""

from __future__ import annotations

import json
from typing import Any

import pytest

from forthwith.custody.facts.rows import facts
from forthwith.domain.fact_tables import Lifted, Stamp
from forthwith.exports.gcp_iam.lift import lift
from forthwith.exports.options import ImportOptions

PROJECT = "projects/bramble-vault"
RING = f"{PROJECT}/locations/europe-west1/keyRings/cold"
KEY = f"{RING}/cryptoKeys/signer"
ORGANIZATION = "organizations/77"
ANA, BEN = "user:ana@bramble.example", "user:ben@bramble.example"
SIGNER = "roles/cloudkms.signerVerifier"
ROBOT = "serviceAccount:signer@bramble-vault.iam.gserviceaccount.com"


class CloudBuilder:
    """A key, its ring, its project and its organization, all told, nobody on any."""

    def __init__(self) -> None:
        self.policies: dict[str, list[dict[str, Any]]] = {
            place: [] for place in (KEY, RING, PROJECT, ORGANIZATION)
        }
        self.more: list[tuple[str, Any]] = [
            ("ancestors.json", [{"id": "bramble-vault", "type": "project"},
                                {"id": "77", "type": "organization"}]),
            ("keys.json", [{"name": KEY, "purpose": "ASYMMETRIC_SIGN", "createTime": "x"}]),
        ]  # fmt: skip

    def bind(self, place: str, role: str, *members: str, **condition: str) -> CloudBuilder:
        """A role for members on a resource."""
        binding: dict[str, Any] = {"role": role, "members": list(members)}
        if condition:
            binding["condition"] = condition
        self.policies.setdefault(place, []).append(binding)
        return self

    def untold(self, place: str) -> CloudBuilder:
        del self.policies[place]
        return self

    def file(self, name: str, body: Any) -> CloudBuilder:
        self.more.append((name, body))
        return self

    def lifted(self, end: str = "") -> Lifted:
        policies = {
            place: {"bindings": bindings, "etag": "BwX", "version": 3}
            for place, bindings in self.policies.items()
        }
        files = [("policies.json", policies), *self.more]
        return lift(
            [(name, json.dumps(body).encode()) for name, body in files],
            ImportOptions(Stamp("2024-01-01", end)),
        )


def grants(found: Lifted, gives: str = f"gcp:{KEY}") -> dict[str, str]:
    """Who is given it and on which condition."""
    assert not found.faults, found.faults
    return {
        row["means"]: row["condition"]
        for row in found.rows
        if row.table == "grants" and row["gives"] == gives
    }


def ana_has(found: Lifted) -> str | None:
    return grants(found).get("login:gcp:ana@bramble.example")


@pytest.mark.parametrize("place", [KEY, RING, PROJECT, ORGANIZATION])
def test_a_role_counts_on_the_key_and_on_everything_above(place: str) -> None:
    """Allow policies are inherited; outright, for all of them were given."""
    assert grants(CloudBuilder().bind(place, SIGNER, ANA).lifted()) == {
        "login:gcp:ana@bramble.example": ""
    }


def test_a_role_on_another_key_or_project_does_not_count() -> None:
    """Its policy is of another resource."""
    cloud = CloudBuilder().bind(f"{RING}/cryptoKeys/other", SIGNER, ANA)
    cloud.bind("projects/else", "roles/owner", BEN)

    assert grants(cloud.lifted()) == {}


@pytest.mark.parametrize(
    ("place", "role", "reaches"),
    [
        (PROJECT, "roles/owner", True),
        (PROJECT, "roles/resourcemanager.projectIamAdmin", True),
        (ORGANIZATION, "roles/resourcemanager.organizationAdmin", True),
        (KEY, "roles/cloudkms.admin", True),
        (PROJECT, "roles/iam.securityAdmin", True),
        (PROJECT, "roles/viewer", False),
        (KEY, "roles/cloudkms.verifier", False),
        (KEY, "roles/cloudkms.cryptoKeyEncrypter", False),
        # A right to set a project's policy that is held on a key sets none.
        (KEY, "roles/resourcemanager.projectIamAdmin", False),
        # This key signs: who decrypts has no use of it.
        (KEY, "roles/cloudkms.cryptoKeyDecrypter", False),
    ],
)
def test_roles_lead_to_the_key_or_not(place: str, role: str, *, reaches: bool) -> None:
    """Whoever rewrites a policy above the key has the key."""
    assert (ana_has(CloudBuilder().bind(place, role, ANA).lifted()) == "") is reaches


@pytest.mark.parametrize("role", ["roles/editor", "roles/run.admin", "roles/compute.admin"])
def test_a_role_that_is_not_known_is_a_condition(role: str) -> None:
    """It may hold the right: the way stays open and nothing is shown by it."""
    assert ana_has(CloudBuilder().bind(PROJECT, role, ANA).lifted())


def test_a_described_role_is_what_it_says() -> None:
    """Custom roles by `gcloud iam roles describe`; a disabled one gives nothing."""
    role = f"{PROJECT}/roles/signing"

    def described(**body: Any) -> str | None:
        cloud = CloudBuilder().bind(KEY, role, ANA)
        return ana_has(cloud.file("role.json", {"name": role, "title": "s", **body}).lifted())

    right = ["cloudkms.cryptoKeyVersions.useToSign"]
    assert described(includedPermissions=right, stage="GA") == ""
    assert described(includedPermissions=["cloudkms.cryptoKeys.get"]) is None
    assert described(includedPermissions=right, stage="DISABLED") is None
    assert described(includedPermissions=right, deleted=True) is None


def test_a_key_of_unknown_purpose_leaves_decryption_a_condition() -> None:
    """Without `gcloud kms keys list` it may be one that decrypts."""
    cloud = CloudBuilder().bind(KEY, "roles/cloudkms.cryptoKeyDecrypter", ANA)
    cloud.more.pop()

    assert ana_has(cloud.lifted()) == "if the key is one that decrypts"


@pytest.mark.parametrize(
    ("role", "condition"),
    [
        ("roles/iam.serviceAccountTokenCreator", ""),
        ("roles/iam.serviceAccountKeyAdmin", ""),
        ("roles/iam.serviceAccountAdmin", ""),
        ("roles/iam.workloadIdentityUser", ""),
        ("roles/iam.serviceAccountUser", "if it may start work that runs as the account"),
    ],
)
def test_who_acts_as_a_service_account_has_what_it_has(role: str, condition: str) -> None:
    """On the account itself or on its project; the account has the key."""
    account = f"{PROJECT}/serviceAccounts/signer@bramble-vault.iam.gserviceaccount.com"
    for place in (account, PROJECT):
        found = CloudBuilder().bind(KEY, SIGNER, ROBOT).bind(place, role, ANA).lifted()
        robot = "serviceAccount:gcp:signer@bramble-vault.iam.gserviceaccount.com"

        assert grants(found)[robot] == ""
        assert grants(found, robot)["login:gcp:ana@bramble.example"] == condition


def test_a_disabled_account_counts_once_it_is_enabled() -> None:
    """A condition, for whoever may enable it."""
    cloud = CloudBuilder().bind(KEY, SIGNER, ROBOT)
    cloud.file("accounts.json", [{"email": ROBOT.partition(":")[2], "projectId": "bramble-vault",
                                  "disabled": True}])  # fmt: skip

    assert all("enabled again" in condition for condition in grants(cloud.lifted()).values())


def test_a_condition_is_a_condition_and_an_end_in_time_an_end() -> None:
    """`request.time < timestamp(…)` alone is a day; anything else is words."""
    words = CloudBuilder().bind(
        KEY, SIGNER, ANA, title="hours", expression="request.time.getHours() < 9"
    )
    ends = CloudBuilder().bind(
        KEY, SIGNER, ANA, title="t", expression='request.time < timestamp("2024-03-01T00:00:00Z")'
    )
    gone = CloudBuilder().bind(
        KEY, SIGNER, ANA, title="t", expression='request.time < timestamp("2023-03-01T00:00:00Z")'
    )

    assert "getHours" in (ana_has(words.lifted()) or "")
    (row,) = [r for r in ends.lifted("2025-01-01").rows if r["gives"] == f"gcp:{KEY}"]
    assert (row["to"], row["condition"]) == ("2024-03-01T00:00:00Z", "")
    assert ana_has(gone.lifted()) is None


@pytest.mark.parametrize("condition", ["x", {}, 5])
def test_a_condition_of_another_shape_is_one(condition: Any) -> None:
    """It limits the binding, however it is written."""
    cloud = CloudBuilder().bind(KEY, SIGNER, ANA)
    cloud.policies[KEY][0]["condition"] = condition

    assert ana_has(cloud.lifted())


@pytest.mark.parametrize("members", ["user:ana@bramble.example", [None], [{"x": 1}]])
def test_members_that_do_not_read_are_a_fault(members: Any) -> None:
    """Nobody is left out in silence."""
    cloud = CloudBuilder().bind(KEY, SIGNER, ANA)
    cloud.policies[KEY][0]["members"] = members

    assert cloud.lifted().faults


def test_a_condition_that_the_version_hides_is_a_condition() -> None:
    """Asked for version 1, the service writes a mark behind the role and no condition."""
    found = CloudBuilder().bind(KEY, f"{SIGNER}_withcond_2b17cc25d2cd9e2c54d8", ANA).lifted()

    assert "leaves out" in (ana_has(found) or "")


def test_an_untold_policy_above_the_key_leaves_a_way_open() -> None:
    """Its project's owners have the key, and nobody knows who they are."""
    found = CloudBuilder().untold(PROJECT).lifted()

    assert list(grants(found)) == [f"unread:gcp:{PROJECT}"]
    assert any(PROJECT in note for note in found.notes)


def test_unknown_folders_and_organization_leave_a_way_open() -> None:
    """Without its ancestors nobody knows what the project inherits."""
    cloud = CloudBuilder().untold(ORGANIZATION)
    cloud.more.pop(0)

    assert any(means.startswith("unread:gcp:the%20folders") for means in grants(cloud.lifted()))


def test_a_search_of_the_organization_says_what_has_no_policy() -> None:
    """What it does not list below what it lists has none of its own."""
    result = {
        "resource": f"//cloudresourcemanager.googleapis.com/{PROJECT}",
        "assetType": "cloudresourcemanager.googleapis.com/Project",
        "project": "projects/123",
        "organization": ORGANIZATION,
        "policy": {"bindings": [{"role": "roles/owner", "members": [ANA]}]},
    }
    top = {
        "resource": f"//cloudresourcemanager.googleapis.com/{ORGANIZATION}",
        "organization": ORGANIZATION,
        "policy": {"bindings": []},
    }
    key = [{"name": KEY, "purpose": "ASYMMETRIC_SIGN"}]
    files = [("search.json", [result, top]), ("keys.json", key)]
    found = lift([(n, json.dumps(b).encode()) for n, b in files],
                 ImportOptions(Stamp("2024-01-01")))  # fmt: skip

    assert grants(found) == {"login:gcp:ana@bramble.example": ""}


def test_a_group_is_open_until_its_members_are_given() -> None:
    """Then each member has the group, groups in groups too."""
    cloud = CloudBuilder().bind(KEY, SIGNER, "group:signers@bramble.example")
    alone = cloud.lifted()
    cloud.file("signers@bramble.example.json", {"kind": "admin#directory#members", "members": [
        {"email": "ana@bramble.example", "role": "OWNER", "type": "USER", "status": "ACTIVE"},
        {"email": "night@bramble.example", "role": "MEMBER", "type": "GROUP"},
        {"email": "cy@bramble.example", "role": "MEMBER", "type": "USER", "status": "SUSPENDED"},
    ]})  # fmt: skip
    cloud.file("memberships-night@bramble.example.json", [
        {"name": "groups/1/memberships/2", "preferredMemberKey": {"id": "ben@bramble.example"},
         "roles": [{"name": "MEMBER"}], "type": "USER"},
    ])  # fmt: skip
    whole = cloud.lifted()

    assert list(grants(alone)) == ["group:gcp:signers@bramble.example"]
    assert any("anybody may be one" in note for note in alone.notes)
    inside = grants(whole, "group:gcp:signers@bramble.example")
    assert inside["login:gcp:ana@bramble.example"] == ""
    assert "suspended" in inside["login:gcp:cy@bramble.example"]
    assert "group:gcp:night@bramble.example" in inside
    assert "login:gcp:ben@bramble.example" in grants(whole, "group:gcp:night@bramble.example")


@pytest.mark.parametrize("member", ["allUsers", "allAuthenticatedUsers"])
def test_anybody_is_everybody(member: str) -> None:
    """Open to all, and each person who is known has it."""
    found = (
        CloudBuilder()
        .bind(
            KEY,
            SIGNER,
            member,
        )
        .bind(PROJECT, "roles/viewer", ANA)
    )
    found.bind(PROJECT, "roles/owner", BEN)
    rows = found.lifted().rows

    assert grants(found.lifted())["gcp:anyone"] == ""
    held = {r["person"] for r in rows if r.table == "possessions" and r["means"] == "gcp:anyone"}
    assert "gcp:ben@bramble.example" in held


def test_who_is_deleted_is_told_and_has_nothing() -> None:
    """Google keeps the name in the policy."""
    found = CloudBuilder().bind(KEY, SIGNER, "deleted:user:ana@bramble.example?uid=12").lifted()

    assert grants(found) == {}
    assert any("deleted:user:ana" in note for note in found.notes)


def test_federated_identities_are_a_means_of_their_own() -> None:
    """Nobody here lists them, so anybody may be one."""
    pool = "principalSet://iam.googleapis.com/locations/global/workforcePools/p/*"

    assert len(grants(CloudBuilder().bind(KEY, SIGNER, pool).lifted())) == 1


def test_a_deny_policy_is_a_condition_of_what_it_forbids() -> None:
    """It never makes anything sure: only what it does not speak of stays outright."""
    deny = {
        "name": "policies/cloudresourcemanager.googleapis.com%2Fprojects%2Fbramble-vault/"
        "denypolicies/no-signing",
        "rules": [{"denyRule": {
            "deniedPrincipals": ["principalSet://goog/public:all"],
            "exceptionPrincipals": ["principal://goog/subject/ben@bramble.example"],
            "deniedPermissions": ["cloudkms.googleapis.com/cryptoKeyVersions.useToSign"],
        }}],
    }  # fmt: skip
    cloud = CloudBuilder().bind(KEY, SIGNER, ANA, BEN).file("deny.json", deny)
    owner = CloudBuilder().bind(PROJECT, "roles/owner", ANA).file("deny.json", deny)

    assert "no-signing" in grants(cloud.lifted())["login:gcp:ana@bramble.example"]
    assert grants(cloud.lifted())["login:gcp:ben@bramble.example"] == ""
    assert ana_has(owner.lifted()) == ""


def test_a_policy_is_named_by_its_file() -> None:
    """get-iam-policy prints no resource; __ stands for the slashes."""
    policy = json.dumps({"bindings": [{"role": SIGNER, "members": [ANA]}], "etag": "x"}).encode()
    options = ImportOptions(Stamp("2024-01-01"))
    name = KEY.replace("/", "__")

    assert (
        grants(lift([(f"policy.{name}.json", policy)], options))["login:gcp:ana@bramble.example"]
        == ""
    )
    assert "of which resource" in lift([("policy.json", policy)], options).faults[0].what


@pytest.mark.parametrize(
    "body",
    [[], {}, [5], {"kind": "compute#instance"}, {"members": [{"role": "x", "type": "USER"}]},
     {"results": [], "nextPageToken": "x"}, {PROJECT: {"bindings": 5}},
     {PROJECT: {"bindings": [{"members": [ANA]}]}}, {PROJECT: None}],
)  # fmt: skip
def test_other_shapes_are_faults(body: Any) -> None:
    """No rows from what is not understood."""
    found = lift([("x.json", json.dumps(body).encode())], ImportOptions(Stamp("2024-01-01")))

    assert found.faults
    assert not found.rows


def test_the_rows_are_facts() -> None:
    """They load without a fault."""
    cloud = CloudBuilder().bind(KEY, SIGNER, ANA, ROBOT, "allUsers").untold(RING)
    cloud.bind(PROJECT, "roles/editor", "group:all@bramble.example", "domain:bramble.example")
    rows = cloud.lifted().rows
    _, faults = facts(rows)

    assert rows
    assert not faults


def test_keys_nobody_names_are_reached_through_their_project() -> None:
    """A wallet's key that no file lists is one of them."""
    found = CloudBuilder().bind(PROJECT, "roles/owner", ANA).lifted()

    assert "login:gcp:ana@bramble.example" in grants(
        found, f"gcp:{PROJECT}/locations/-/keyRings/-/cryptoKeys/-"
    )


def test_only_a_right_that_is_taken_is_noted() -> None:
    """Whoever may set a policy has not the key yet; whoever signs with it needs no remark."""
    found = CloudBuilder().bind(KEY, SIGNER, BEN).bind(PROJECT, "roles/iam.securityAdmin", ANA)
    notes = {r["means"]: r["note"] for r in found.lifted().rows if r["gives"] == f"gcp:{KEY}"}

    assert notes["login:gcp:ben@bramble.example"] == ""
    assert "a right it takes itself" in notes["login:gcp:ana@bramble.example"]
