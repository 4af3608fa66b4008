"""What roles of Google Cloud let somebody do with keys and service accounts.

Only permissions that lead to a key are kept. Predefined roles: "Cloud Key Management Service roles
and permissions", "IAM roles and permissions" and "Resource Manager roles" of Google Cloud's
reference (2025). A role that is neither here nor described in the export may hold any of them.
"""

from __future__ import annotations

from collections.abc import Mapping

#: How a permission is spelt → the doubt that stays when somebody has it on a key ("" for none).
KEY_PERMISSIONS: Mapping[str, str] = {
    "cloudkms.cryptoKeyVersions.useToSign": "",
    "cloudkms.cryptoKeyVersions.useToDecrypt": "",
    "cloudkms.cryptoKeyVersions.useToDecapsulate": "",
    "cloudkms.cryptoKeyVersions.useToDecryptViaDelegation": "if a service decrypts for it",
    "cloudkms.cryptoKeys.setIamPolicy": "",
    "cloudkms.keyRings.setIamPolicy": "",
    "resourcemanager.projects.setIamPolicy": "",
    "resourcemanager.folders.setIamPolicy": "",
    "resourcemanager.organizations.setIamPolicy": "",
    "iam.roles.update": "if it rewrites a custom role that somebody it acts as has",
}
#: The same on a service account.
ACCOUNT_PERMISSIONS: Mapping[str, str] = {
    "iam.serviceAccounts.getAccessToken": "",
    "iam.serviceAccounts.signBlob": "",
    "iam.serviceAccounts.signJwt": "",
    "iam.serviceAccountKeys.create": "",
    "iam.serviceAccounts.setIamPolicy": "",
    "iam.serviceAccounts.implicitDelegation": "if the next account in the chain lets it",
    "iam.serviceAccounts.getOpenIdToken": "if a service takes the account's identity token",
    "iam.serviceAccounts.actAs": "if it may start work that runs as the account",
    "resourcemanager.projects.setIamPolicy": "",
    "resourcemanager.folders.setIamPolicy": "",
    "resourcemanager.organizations.setIamPolicy": "",
    "iam.roles.update": "if it rewrites a custom role that somebody it acts as has",
}
#: On what kind of resource a right to set a policy must be held to reach what lies below.
HELD_ON: Mapping[str, frozenset[str]] = {
    "cloudkms.keyRings.setIamPolicy": frozenset(("ring", "project", "folder", "organization")),
    "resourcemanager.projects.setIamPolicy": frozenset(("project", "folder", "organization")),
    "resourcemanager.folders.setIamPolicy": frozenset(("folder", "organization")),
    "resourcemanager.organizations.setIamPolicy": frozenset(("organization",)),
    "iam.roles.update": frozenset(("project", "folder", "organization")),
}
#: For what a key is made → the permission that makes it work. None: not said, so any may.
USES: Mapping[str, str] = {
    "ASYMMETRIC_SIGN": "cloudkms.cryptoKeyVersions.useToSign",
    "MAC": "cloudkms.cryptoKeyVersions.useToSign",
    "ENCRYPT_DECRYPT": "cloudkms.cryptoKeyVersions.useToDecrypt",
    "RAW_ENCRYPT_DECRYPT": "cloudkms.cryptoKeyVersions.useToDecrypt",
    "ASYMMETRIC_DECRYPT": "cloudkms.cryptoKeyVersions.useToDecrypt",
    "KEY_ENCAPSULATION": "cloudkms.cryptoKeyVersions.useToDecapsulate",
}
_SIGN, _DECRYPT, _DECAPSULATE = dict.fromkeys(USES.values())
_DELEGATED = "cloudkms.cryptoKeyVersions.useToDecryptViaDelegation"
#: Doubt about a use where it is not known for what the key is made.
UNSURE_USES: Mapping[str, str] = {
    _DECRYPT: "if the key is one that decrypts",
    _DECAPSULATE: "if the key is one that decapsulates",
}
_POLICIES = tuple(name for name in KEY_PERMISSIONS if name.endswith(".setIamPolicy"))
_TOKENS = (
    "iam.serviceAccounts.getAccessToken",
    "iam.serviceAccounts.signBlob",
    "iam.serviceAccounts.signJwt",
    "iam.serviceAccounts.implicitDelegation",
    "iam.serviceAccounts.getOpenIdToken",
)
_EDITOR = "if the basic role editor lets do that"


def _sure(*names: str) -> Mapping[str, str]:
    return dict.fromkeys(names, "")


#: Predefined role → permission → doubt whether the role has it.
PREDEFINED: Mapping[str, Mapping[str, str]] = {
    "roles/owner": _sure(
        _SIGN, _DECRYPT, _DECAPSULATE, "iam.serviceAccounts.actAs", "iam.serviceAccountKeys.create",
        "iam.serviceAccounts.setIamPolicy", "cloudkms.cryptoKeys.setIamPolicy",
        "cloudkms.keyRings.setIamPolicy", "resourcemanager.projects.setIamPolicy",
    ),
    "roles/editor": {
        "iam.serviceAccounts.actAs": "",
        **dict.fromkeys((_SIGN, _DECRYPT, _DECAPSULATE, "iam.serviceAccountKeys.create"), _EDITOR),
    },
    "roles/viewer": {}, "roles/browser": {}, "roles/iam.securityReviewer": {},
    "roles/cloudkms.admin": _sure(
        "cloudkms.cryptoKeys.setIamPolicy", "cloudkms.keyRings.setIamPolicy", _DELEGATED
    ),
    "roles/cloudkms.cryptoKeyDecrypter": _sure(_DECRYPT),
    "roles/cloudkms.cryptoKeyEncrypterDecrypter": _sure(_DECRYPT),
    "roles/cloudkms.cryptoKeyEncrypter": {},
    "roles/cloudkms.cryptoKeyDecrypterViaDelegation": _sure(_DELEGATED),
    "roles/cloudkms.cryptoKeyEncrypterDecrypterViaDelegation": _sure(_DELEGATED),
    "roles/cloudkms.cryptoKeyEncrypterViaDelegation": {},
    "roles/cloudkms.cryptoOperator": _sure(_SIGN, _DECRYPT, _DECAPSULATE),
    "roles/cloudkms.decapsulator": _sure(_DECAPSULATE),
    "roles/cloudkms.signer": _sure(_SIGN),
    "roles/cloudkms.signerVerifier": _sure(_SIGN),
    "roles/cloudkms.verifier": {}, "roles/cloudkms.publicKeyViewer": {},
    "roles/cloudkms.viewer": {}, "roles/cloudkms.importer": {},
    "roles/cloudkms.protectedResourcesViewer": {}, "roles/cloudkms.expertPqcSigner": {},
    "roles/cloudkms.expertRawAesCbc": {}, "roles/cloudkms.expertRawAesCtr": {},
    "roles/cloudkms.expertRawPKCS1": {},
    "roles/iam.serviceAccountTokenCreator": _sure(*_TOKENS),
    "roles/iam.serviceAccountOpenIdTokenCreator": _sure("iam.serviceAccounts.getOpenIdToken"),
    "roles/iam.workloadIdentityUser": _sure(
        "iam.serviceAccounts.getAccessToken", "iam.serviceAccounts.getOpenIdToken"
    ),
    "roles/iam.serviceAccountUser": _sure("iam.serviceAccounts.actAs"),
    "roles/iam.serviceAccountKeyAdmin": _sure("iam.serviceAccountKeys.create"),
    "roles/iam.serviceAccountAdmin": _sure("iam.serviceAccounts.setIamPolicy"),
    "roles/iam.serviceAccountViewer": {}, "roles/iam.serviceAccountCreator": {},
    "roles/iam.securityAdmin": _sure(*_POLICIES, "iam.serviceAccounts.setIamPolicy"),
    "roles/iam.roleAdmin": _sure("iam.roles.update"), "roles/iam.roleViewer": {},
    "roles/iam.organizationRoleAdmin": _sure("iam.roles.update"),
    "roles/resourcemanager.projectIamAdmin": _sure("resourcemanager.projects.setIamPolicy"),
    "roles/resourcemanager.folderIamAdmin": _sure("resourcemanager.folders.setIamPolicy"),
    "roles/resourcemanager.folderAdmin": _sure("resourcemanager.folders.setIamPolicy"),
    "roles/resourcemanager.organizationAdmin": _sure(
        "resourcemanager.projects.setIamPolicy", "resourcemanager.folders.setIamPolicy",
        "resourcemanager.organizations.setIamPolicy",
    ),
    "roles/resourcemanager.organizationViewer": {}, "roles/resourcemanager.folderViewer": {},
    "roles/resourcemanager.projectCreator": {},
}  # fmt: skip
#: Services whose predefined roles hold none of the permissions above.
HARMLESS = (
    "roles/logging.", "roles/monitoring.", "roles/cloudtrace.", "roles/errorreporting.",
    "roles/pubsub.", "roles/storage.", "roles/billing.",
)  # fmt: skip


def predefined(role: str) -> Mapping[str, str] | None:
    """Return the permissions of a predefined role that lead to a key; None: not known here."""
    if role.startswith(HARMLESS) and not role.endswith("erviceAgent"):
        return {}
    return PREDEFINED.get(role)
