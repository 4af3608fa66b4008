"""What roles of Azure let somebody do with the keys of a vault or of a managed HSM.

Built-in roles: "Azure built-in roles" (general, privileged, security) and "Local RBAC built-in
roles for Managed HSM" of Microsoft's reference (2025), by the id of their definition; only what may
lead to a key is kept. A role that is neither here nor defined in the export may let it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache


@dataclass(frozen=True, slots=True)
class Permission:
    """One set of permissions of a role; each with wildcards, capitals without meaning."""

    actions: tuple[str, ...] = ()
    not_actions: tuple[str, ...] = ()
    data_actions: tuple[str, ...] = ()
    not_data_actions: tuple[str, ...] = ()
    #: On which the whole set holds, in words; "" for none.
    condition: str = ""


@dataclass(frozen=True, slots=True)
class Way:
    """One right that leads to a key."""

    action: str
    #: Whether it acts on data rather than on the vault as a resource.
    data: bool
    #: What else it takes; "" for nothing.
    doubt: str = ""


_DECRYPTS = "if the key is one that decrypts"
_LEAVES = "if the key may leave the vault by release"
_RESTORED = "if the backup is restored where it may use it"
_REWRITES = "if it rewrites a custom role that somebody it acts as has"

#: A vault that asks Azure roles. A change of its model takes the right to assign roles too.
BY_ROLES = (
    Way("Microsoft.KeyVault/vaults/keys/sign/action", data=True),
    Way("Microsoft.KeyVault/vaults/keys/decrypt/action", True, _DECRYPTS),
    Way("Microsoft.KeyVault/vaults/keys/unwrap/action", True, _DECRYPTS),
    Way("Microsoft.KeyVault/vaults/keys/release/action", True, _LEAVES),
    Way("Microsoft.KeyVault/vaults/keys/backup/action", True, _RESTORED),
    Way("Microsoft.Authorization/roleAssignments/write", data=False),
    Way("Microsoft.Authorization/roleDefinitions/write", False, _REWRITES),
)
#: A vault that asks its own access policies: whoever writes the vault writes those.
BY_POLICIES = (
    Way("Microsoft.KeyVault/vaults/write", data=False),
    Way("Microsoft.KeyVault/vaults/accessPolicies/write", data=False),
    Way("Microsoft.Authorization/roleAssignments/write", data=False),
    Way("Microsoft.Authorization/roleDefinitions/write", False, _REWRITES),
)
#: A managed HSM asks its own local roles and nothing of Azure's.
OF_HSM = (
    Way("Microsoft.KeyVault/managedHsm/keys/sign/action", data=True),
    Way("Microsoft.KeyVault/managedHsm/keys/decrypt/action", True, _DECRYPTS),
    Way("Microsoft.KeyVault/managedHsm/keys/unwrap/action", True, _DECRYPTS),
    Way("Microsoft.KeyVault/managedHsm/keys/release/action", True, _LEAVES),
    Way("Microsoft.KeyVault/managedHsm/keys/export/action", True, _LEAVES),
    Way("Microsoft.KeyVault/managedHsm/keys/backup/action", True, _RESTORED),
    Way("Microsoft.KeyVault/managedHsm/roleAssignments/write/action", data=True),
    Way("Microsoft.KeyVault/managedHsm/roleDefinitions/write/action", True, _REWRITES),
    Way("Microsoft.KeyVault/managedHsm/securitydomain/download/action", True,
        "if a quorum of the security domain's certificates is there"),
)  # fmt: skip
#: Permissions on keys in an access policy → doubt.
POLICY_KEYS: Mapping[str, str] = {
    "all": "",
    "sign": "",
    "decrypt": _DECRYPTS,
    "unwrapkey": _DECRYPTS,
    "release": _LEAVES,
    "backup": _RESTORED,
}

_VAULT = "Microsoft.KeyVault/vaults/"
_HSM = "Microsoft.KeyVault/managedHsm/"


def _data(prefix: str, *names: str) -> Permission:
    return Permission(data_actions=tuple(prefix + name for name in names))


_USING = ("keys/sign/action", "keys/decrypt/action", "keys/unwrap/action", "keys/backup/action")
_NOTHING = Permission()
#: Id of a built-in role's definition → name, permissions.
BUILT_IN: Mapping[str, tuple[str, Permission]] = {
    "8e3af657-a8ff-443c-a75c-2fe8c4bcb635": ("Owner", Permission(("*",))),
    "b24988ac-6180-42a0-ab88-20f7382dd24c": ("Contributor", Permission(
        ("*",), ("Microsoft.Authorization/*/Delete", "Microsoft.Authorization/*/Write",
                 "Microsoft.Authorization/elevateAccess/Action"))),
    "acdd72a7-3385-48ef-bd42-f606fba81ae7": ("Reader", Permission(("*/read",))),
    "18d7d88d-d35e-4fb5-a5c3-7773c20a72d9": (
        "User Access Administrator", Permission(("*/read", "Microsoft.Authorization/*"))),
    "f58310d9-a9f6-439a-9e8d-f62e7b41a168": (
        "Role Based Access Control Administrator",
        Permission(("Microsoft.Authorization/roleAssignments/write",))),
    "8b54135c-b56d-4d72-a534-26097cfdc8d8": (
        "Key Vault Data Access Administrator",
        Permission(("Microsoft.Authorization/roleAssignments/write",))),
    "00482a5a-887f-4fb3-b363-3b7fe8e74483": ("Key Vault Administrator", _data(_VAULT, "*")),
    "f25e0fa2-a7c8-4377-a976-54943a77a395": ("Key Vault Contributor", Permission(
        ("Microsoft.KeyVault/*",), ("Microsoft.KeyVault/hsmPools/*",
                                    "Microsoft.KeyVault/managedHsms/*"))),
    "14b46e9e-c2b7-41b4-b07b-48a6ebf60603": (
        "Key Vault Crypto Officer", _data(_VAULT, "keys/*", "keyrotationpolicies/*")),
    "12338af0-0e69-4776-bea7-57ae8d297424": ("Key Vault Crypto User", _data(_VAULT, *_USING)),
    "e147488a-f6f5-4113-8e2d-b22465e65bf6": (
        "Key Vault Crypto Service Encryption User", _data(_VAULT, "keys/unwrap/action")),
    "08bbd89e-9f13-488c-ac41-acfcb10c90ab": (
        "Key Vault Crypto Service Release User", _data(_VAULT, "keys/release/action")),
    "21090545-7ca7-4776-b22c-e363652d74d2": ("Key Vault Reader", _NOTHING),
    "b86a8fe4-44ce-4948-aee5-eccb2c155cd7": ("Key Vault Secrets Officer", _NOTHING),
    "4633458b-17de-408a-b874-0445c86b69e6": ("Key Vault Secrets User", _NOTHING),
    "a4417e6f-fecd-4de8-b567-7b0420556985": ("Key Vault Certificates Officer", _NOTHING),
    "db79e9a7-68ee-4b58-9aeb-b90e7c24fcba": ("Key Vault Certificate User", _NOTHING),
    "18500a29-7fe2-46b2-a342-b16a415e101d": ("Managed HSM contributor", _NOTHING),
    # Local roles of a managed HSM.
    "a290e904-7015-4bba-90c8-60543313cdb4": ("Managed HSM Administrator", _data(
        _HSM, "roleAssignments/write/action", "roleDefinitions/write/action",
        "securitydomain/download/action")),
    "515eb02d-2335-4d2d-92f2-b1cbdf9c3778": ("Managed HSM Crypto Officer", _data(
        _HSM, "roleAssignments/write/action", "roleDefinitions/write/action",
        "keys/export/action")),
    "21dbd100-6940-42c2-9190-5d6cb909625b": ("Managed HSM Crypto User", _data(_HSM, *_USING)),
    "4bd23610-cdcf-4971-bdee-bdc562cc28e4": (
        "Managed HSM Policy Administrator", _data(_HSM, "roleAssignments/write/action")),
    "2c18b078-7c48-4d3a-af88-5a3a1b3f82b3": ("Managed HSM Crypto Auditor", _NOTHING),
    "33413926-3206-4cdd-b39a-83574fe37a17": (
        "Managed HSM Crypto Service Encryption User", _data(_HSM, "keys/unwrap/action")),
    "21dbd100-6940-42c2-9190-5d6cb909625c": (
        "Managed HSM Crypto Service Release User", _data(_HSM, "keys/release/action")),
    "7b127d3c-77bd-4e3e-bbe0-dbb8971fa7f8": (
        "Managed HSM Backup User", _data(_HSM, "keys/backup/action")),
    "6efe6056-5259-49d2-8b3d-d3d73544b20b": ("Managed HSM Restore", _NOTHING),
}  # fmt: skip


def gives(permissions: Iterable[Permission], way: Way) -> str | None:
    """Return on which condition permissions let somebody do this: "" outright, None not at all."""
    found = None
    for permission in permissions:
        given = permission.data_actions if way.data else permission.actions
        taken = permission.not_data_actions if way.data else permission.not_actions
        if any(_matches(text, way.action) for text in given) and not any(
            _matches(text, way.action) for text in taken
        ):
            if not permission.condition:
                return ""
            found = found or permission.condition
    return found


def _matches(pattern: str, action: str) -> bool:
    return _compiled(pattern.lower()).fullmatch(action.lower()) is not None


@lru_cache(maxsize=4096)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(".*".join(map(re.escape, pattern.split("*"))), re.DOTALL)
