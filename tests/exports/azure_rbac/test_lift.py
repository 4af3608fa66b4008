"""Azure's roles and vault policies: who reaches a key, under which model, what stays open."""

from __future__ import annotations

import json
from typing import Any

import pytest

from forthwith.custody.facts.rows import facts
from forthwith.domain.fact_tables import Lifted, Stamp
from forthwith.exports.azure_rbac.lift import lift
from forthwith.exports.options import ImportOptions

SUBSCRIPTION = "/subscriptions/11111111-1111-1111-1111-111111111111"
GROUP_OF = f"{SUBSCRIPTION}/resourceGroups/Cold"
VAULT = f"{GROUP_OF}/providers/Microsoft.KeyVault/vaults/bramble"
KEY = f"{VAULT}/keys/signer"
HSM = f"{GROUP_OF}/providers/Microsoft.KeyVault/managedHSMs/brambleHsm"
ROOT_GROUP = "/providers/Microsoft.Management/managementGroups/root"
ANA, BEN, CY, NIGHT = (f"aaaaaaaa-0000-0000-0000-00000000000{n}" for n in range(1, 5))
ROLES = {
    "Owner": "8e3af657-a8ff-443c-a75c-2fe8c4bcb635",
    "Contributor": "b24988ac-6180-42a0-ab88-20f7382dd24c",
    "Reader": "acdd72a7-3385-48ef-bd42-f606fba81ae7",
    "User Access Administrator": "18d7d88d-d35e-4fb5-a5c3-7773c20a72d9",
    "Key Vault Contributor": "f25e0fa2-a7c8-4377-a976-54943a77a395",
    "Key Vault Administrator": "00482a5a-887f-4fb3-b363-3b7fe8e74483",
    "Key Vault Crypto User": "12338af0-0e69-4776-bea7-57ae8d297424",
    "Key Vault Crypto Service Encryption User": "e147488a-f6f5-4113-8e2d-b22465e65bf6",
    "Key Vault Secrets User": "4633458b-17de-408a-b874-0445c86b69e6",
    "Managed HSM Crypto User": "21dbd100-6940-42c2-9190-5d6cb909625b",
    "Managed HSM Policy Administrator": "4bd23610-cdcf-4971-bdee-bdc562cc28e4",
    "Managed HSM Crypto Auditor": "2c18b078-7c48-4d3a-af88-5a3a1b3f82b3",
}
SIGNER = "azure:vaults/bramble/keys/signer"


class AzureBuilder:
    """A vault of the role model with one key, nobody on it, everything above listed."""

    def __init__(self, *, by_roles: bool | None = True) -> None:
        self.assignments: list[dict[str, Any]] = []
        self.assign("Reader", CY, ROOT_GROUP).assign("Reader", CY, SUBSCRIPTION)
        properties = {"enableRbacAuthorization": by_roles, "accessPolicies": [],
                      "vaultUri": "https://bramble.vault.azure.net/"}  # fmt: skip
        self.vault: dict[str, Any] = {
            "id": VAULT,
            "name": "bramble",
            "type": "Microsoft.KeyVault/vaults",
            "properties": properties if by_roles is not None else None,
        }
        self.more: list[tuple[str, Any]] = [
            ("keys.json", [{"kid": "https://bramble.vault.azure.net/keys/signer", "managed": None}])
        ]

    def assign(self, role: str, principal: str, scope: str = VAULT, **more: Any) -> AzureBuilder:
        """One line of `az role assignment list`."""
        key = ROLES.get(role, role)
        self.assignments.append(
            {
                "principalId": principal,
                "principalName": f"{principal[-1]}@bramble.example",
                "principalType": "User",
                "roleDefinitionId": f"{SUBSCRIPTION}/providers/Microsoft.Authorization/"
                f"roleDefinitions/{key}",
                "roleDefinitionName": role,
                "scope": scope,
                "condition": None,
                "type": "Microsoft.Authorization/roleAssignments",
                **more,
            }
        )
        return self

    def policy(self, principal: str, *keys: str, **more: Any) -> AzureBuilder:
        self.vault["properties"]["accessPolicies"].append(
            {"objectId": principal, "tenantId": "t", "permissions": {"keys": list(keys)}, **more}
        )
        return self

    def file(self, name: str, body: Any) -> AzureBuilder:
        self.more.append((name, body))
        return self

    def lifted(self, start: str = "2024-01-01", end: str = "") -> Lifted:
        files = [("assignments.json", self.assignments), ("vault.json", self.vault), *self.more]
        return lift(
            [(name, json.dumps(body).encode()) for name, body in files],
            ImportOptions(Stamp(start, end)),
        )


def grants(found: Lifted, gives: str = SIGNER) -> dict[str, str]:
    """Who is given it and on which condition."""
    assert not found.faults, found.faults
    return {
        row["means"]: row["condition"]
        for row in found.rows
        if row.table == "grants" and row["gives"] == gives
    }


def ana_has(found: Lifted) -> str | None:
    return grants(found).get(f"login:entra:{ANA}")


@pytest.mark.parametrize("scope", [KEY, VAULT, GROUP_OF.upper(), SUBSCRIPTION, "/"])
def test_a_role_counts_on_the_key_and_on_everything_above(scope: str) -> None:
    """Scopes are inherited by prefix, whatever their capitals."""
    azure = AzureBuilder().assign("Key Vault Crypto User", ANA, scope)

    assert ana_has(azure.lifted()) == ""


@pytest.mark.parametrize(
    "scope",
    [f"{VAULT}2", f"{VAULT}/keys/other", f"{SUBSCRIPTION[:-1]}2", f"{VAULT}/secrets/signer"],
)
def test_a_role_beside_the_key_does_not_count(scope: str) -> None:
    """A name that begins alike is another thing."""
    assert ana_has(AzureBuilder().assign("Key Vault Crypto User", ANA, scope).lifted()) is None


def test_a_management_group_is_a_condition() -> None:
    """Which subscriptions lie under it no assignment says."""
    azure = AzureBuilder().assign("Key Vault Crypto User", ANA, ROOT_GROUP)

    assert "management group root" in (ana_has(azure.lifted()) or "")


@pytest.mark.parametrize(
    ("role", "by_roles", "by_policies"),
    [
        ("Owner", True, True),
        ("User Access Administrator", True, True),
        # Whoever writes a vault of access policies writes the policies.
        ("Contributor", False, True),
        ("Key Vault Contributor", False, True),
        ("Key Vault Administrator", True, False),
        ("Key Vault Crypto User", True, False),
        ("Key Vault Secrets User", False, False),
        ("Reader", False, False),
    ],
)
def test_roles_lead_to_the_key_by_the_vaults_model(
    role: str, *, by_roles: bool, by_policies: bool
) -> None:
    """A vault asks either Azure's roles or its own policies."""
    for model, expected in ((True, by_roles), (False, by_policies)):
        found = AzureBuilder(by_roles=model).assign(role, ANA).lifted()
        assert (ana_has(found) == "") is expected
        assert (ana_has(found) is None) is not expected


def test_an_undescribed_vault_leaves_its_model_a_condition() -> None:
    """`az keyvault list` does not say it; who assigns roles has it either way."""
    azure = AzureBuilder(by_roles=None).assign("Key Vault Crypto User", ANA).assign("Owner", BEN)

    assert ana_has(azure.lifted()) == "if the vault takes Azure roles"
    assert grants(azure.lifted())[f"login:entra:{BEN}"] == ""


def test_unwrapping_is_use_of_a_key_that_decrypts() -> None:
    """Which one it is the list of keys does not say."""
    role = "Key Vault Crypto Service Encryption User"

    assert ana_has(AzureBuilder().assign(role, ANA).lifted()) == "if the key is one that decrypts"


@pytest.mark.parametrize(
    ("keys", "condition"),
    [(["Sign"], ""), (["all"], ""), (["get", "list"], None),
     (["unwrapKey"], "if the key is one that decrypts")],
)  # fmt: skip
def test_access_policies_are_read(keys: list[str], condition: str | None) -> None:
    """Of a vault that asks them, and of no other."""
    asked = AzureBuilder(by_roles=False).assign("Reader", ANA).policy(ANA, *keys).lifted()
    not_asked = AzureBuilder().assign("Reader", ANA).policy(ANA, *keys).lifted()

    assert ana_has(asked) == condition
    assert ana_has(not_asked) is None


def test_an_access_policy_through_an_application_is_a_condition() -> None:
    """Both must be there: the person and the application."""
    azure = AzureBuilder(by_roles=False).assign("Reader", ANA)
    azure.policy(ANA, "sign", applicationId="app-7")

    assert "application app-7" in (ana_has(azure.lifted()) or "")


def test_a_defined_role_is_what_it_says() -> None:
    """Actions less what is taken back, data apart from the rest."""
    key = "bbbbbbbb-0000-0000-0000-000000000001"

    def defined(**permissions: list[str]) -> str | None:
        role = {
            "id": f"{SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions/{key}",
            "roleName": "Signing",
            "permissions": [permissions],
            "type": "Microsoft.Authorization/roleDefinitions",
        }
        return ana_has(AzureBuilder().assign(key, ANA).file("role.json", [role]).lifted())

    sign = ["Microsoft.KeyVault/vaults/keys/sign/action"]
    assert defined(dataActions=sign) == ""
    assert defined(dataActions=["microsoft.keyvault/VAULTS/*"]) == ""
    assert defined(dataActions=["Microsoft.KeyVault/vaults/keys/*"], notDataActions=sign)
    assert defined(actions=["*/read"]) is None
    assert defined(actions=["*"], notActions=["Microsoft.Authorization/*"]) is None
    assert "not defined here" in (ana_has(AzureBuilder().assign(key, ANA).lifted()) or "")


def test_an_hsm_asks_its_local_roles_alone() -> None:
    """An owner of the subscription has no key of it; its policy administrator has."""
    azure = AzureBuilder().assign("Owner", ANA, SUBSCRIPTION)
    azure.file("hsm.json", {"id": HSM, "name": "brambleHsm", "properties": {"hsmUri": "x"},
                            "type": "Microsoft.KeyVault/managedHSMs"})  # fmt: skip
    local = [
        {
            "id": "/providers/Microsoft.Authorization/roleAssignments/x",
            "principalId": principal,
            "principalName": "x@bramble.example",
            "principalType": "User",
            "roleDefinitionId": "Microsoft.KeyVault/providers/Microsoft.Authorization/"
            f"roleDefinitions/{ROLES[role]}",
            "roleName": role,
            "scope": scope,
            "type": "Microsoft.Authorization/roleAssignments",
        }
        for principal, role, scope in (
            (BEN, "Managed HSM Crypto User", "/keys"),
            (CY, "Managed HSM Crypto User", "/keys/other"),
            (NIGHT, "Managed HSM Policy Administrator", "/"),
            (ANA, "Managed HSM Crypto Auditor", "/"),
        )
    ]
    found = azure.file("local-brambleHsm.json", local).lifted()

    assert grants(found, "azure:managedhsms/bramblehsm/keys/-") == {
        f"login:entra:{BEN}": "",
        f"login:entra:{NIGHT}": "",
    }
    assert f"login:entra:{CY}" in grants(found, "azure:managedhsms/bramblehsm/keys/other")


def test_an_hsm_without_its_local_roles_is_open() -> None:
    """Nobody knows who uses its keys."""
    azure = AzureBuilder().file("hsm.json", {
        "id": HSM, "type": "Microsoft.KeyVault/managedHSMs", "properties": {"hsmUri": "x"}
    })  # fmt: skip

    (means,) = grants(azure.lifted(), "azure:managedhsms/bramblehsm/keys/-")
    assert means.startswith("unread:azure:")


def test_without_inherited_assignments_a_way_from_above_is_open() -> None:
    """`az role assignment list` leaves them out unless it is asked."""
    azure = AzureBuilder()
    azure.assignments = azure.assignments[1:]

    assert list(grants(azure.lifted())) == [f"unread:azure:above{SUBSCRIPTION}"]


def test_conditions_eligibility_and_denials_are_conditions() -> None:
    """None of them makes anything sure."""
    words = AzureBuilder().assign("Owner", ANA, condition="@Request[x] StringEquals 'y'")
    azure = AzureBuilder()
    eligible = {
        "type": "Microsoft.Authorization/roleEligibilityScheduleInstances",
        "name": "x",
        "properties": {
            "principalId": ANA,
            "principalType": "User",
            "roleDefinitionId": f"/x/roleDefinitions/{ROLES['Owner']}",
            "scope": SUBSCRIPTION,
            "startDateTime": "2024-03-01T00:00:00Z",
            "endDateTime": "2024-04-01T00:00:00Z",
            "expandedProperties": {"principal": {"displayName": "Ana", "type": "User"}},
        },
    }
    deny = {
        "properties": {
            "denyAssignmentName": "locked",
            "scope": GROUP_OF,
            "permissions": [{"actions": ["*"], "notActions": ["*/read"]}],
            "principals": [{"id": "0", "type": "SystemDefined"}],
            "excludePrincipals": [{"id": BEN, "type": "User"}],
        }
    }
    denied = AzureBuilder().assign("Owner", ANA).assign("Owner", BEN).file("deny.json", [deny])
    rows = azure.file("pim.json", {"value": [eligible]}).lifted().rows
    (row,) = (r for r in rows if r.table == "grants" and r["gives"] == SIGNER)

    assert "StringEquals" in (ana_has(words.lifted()) or "")
    assert (row["from"], row["to"]) == ("2024-03-01T00:00:00Z", "2024-04-01T00:00:00Z")
    assert "activated" in row["condition"]
    assert "locked" in (ana_has(denied.lifted()) or "")
    assert grants(denied.lifted())[f"login:entra:{BEN}"] == ""


def test_an_assignment_made_within_the_days_is_sure_from_then_on() -> None:
    """Before, it may have been assigned and taken away."""
    azure = AzureBuilder().assign("Owner", ANA, createdOn="2024-02-05T10:00:00+00:00")
    rows = [r for r in azure.lifted().rows if r.table == "grants" and r["gives"] == SIGNER]

    assert {(r["from"], r["to"], bool(r["condition"])) for r in rows} == {
        ("2024-01-01", "2024-02-05T10:00:00+00:00", True),
        ("2024-02-05T10:00:00+00:00", "", False),
    }


def test_what_does_not_read_is_never_more_than_it_says() -> None:
    """No scope is not everything, a condition of another kind is one, a model a doubt."""
    assert AzureBuilder().assign("Owner", ANA, "").lifted().faults
    assert AzureBuilder().assign("Owner", ANA, condition={"x": 1}).lifted().faults == ()
    assert ana_has(AzureBuilder().assign("Owner", ANA, condition={"x": 1}).lifted())
    assert ana_has(AzureBuilder().assign("Owner", ANA, createdOn="soon").lifted())
    assert AzureBuilder(by_roles=False).policy(ANA, 5).lifted().faults == ()  # type: ignore[arg-type]
    azure = AzureBuilder().assign("Key Vault Crypto User", ANA)
    azure.vault["properties"]["enableRbacAuthorization"] = "yes"
    assert ana_has(azure.lifted()) == "if the vault takes Azure roles"


def test_a_classic_administrator_is_an_owner() -> None:
    """`--include-classic-administrators`: no object of the directory, and yet everything."""
    azure = AzureBuilder().assign(
        "CoAdministrator", "x", SUBSCRIPTION, roleDefinitionId="NA(classic admin role)",
        principalName="Old@bramble.example",
    )  # fmt: skip

    assert grants(azure.lifted())["azure:object/classic/old@bramble.example"] == ""


def test_a_group_is_open_until_its_members_are_given() -> None:
    """By a file named by its object id, groups in groups too."""
    azure = AzureBuilder().assign("Owner", NIGHT, principalType="Group")
    alone = azure.lifted()
    azure.file(f"members-{NIGHT}.json", [
        {"@odata.type": "#microsoft.graph.user", "id": ANA, "displayName": "Ana Ortega",
         "userPrincipalName": "ana@bramble.example"},
    ])  # fmt: skip
    whole = azure.lifted()
    people = {r["id"]: r["name"] for r in whole.rows if r.table == "people"}

    assert any("anybody may be one" in note for note in alone.notes)
    assert grants(whole, f"group:entra:{NIGHT}") == {f"login:entra:{ANA}": ""}
    assert people[f"entra:{ANA}"] == "Ana Ortega"


def test_people_have_the_directorys_id_only_by_the_directorys_name() -> None:
    """Two rows of one id and two names would be refused when the directory is imported."""
    rows = AzureBuilder().assign("Owner", ANA).lifted().rows
    people = {r["id"] for r in rows if r.table == "people"}
    aliases = {r["b"] for r in rows if r.table == "same_as" and r["a"] == "azure:1@bramble.example"}

    assert "azure:1@bramble.example" in people
    assert f"entra:{ANA}" not in people
    assert aliases == {"login:1@bramble.example", "mail:1@bramble.example"}


def test_an_object_of_unknown_kind_is_nobodys() -> None:
    """An access policy does not say whether it is a user or a group."""
    found = AzureBuilder(by_roles=False).policy(ANA, "sign").lifted()

    assert grants(found)[f"azure:object/{ANA}"] == ""


@pytest.mark.parametrize(
    "body",
    [[], {}, [5], {"kind": "x"}, [{"principalId": "no", "roleDefinitionId": "x", "scope": "/"}],
     {"value": [], "nextLink": "https://x"}, [{"id": "x", "type": "Microsoft.KeyVault/vaults"}]],
)  # fmt: skip
def test_other_shapes_are_faults(body: Any) -> None:
    """No rows from what is not understood."""
    found = lift([("x.json", json.dumps(body).encode())], ImportOptions(Stamp("2024-01-01")))

    assert found.faults
    assert not found.rows


def test_the_rows_are_facts() -> None:
    """They load without a fault, each leaf a means."""
    azure = AzureBuilder(by_roles=None).assign("Owner", ANA, createdOn="2024-02-05T10:00:00Z")
    azure.assign("xyz-unknown", NIGHT, principalType="Group").assign("Owner", BEN, "/")
    rows = azure.assign("Owner", CY, principalType="ForeignGroup").lifted().rows
    _, faults = facts(rows)

    assert rows
    assert not faults
