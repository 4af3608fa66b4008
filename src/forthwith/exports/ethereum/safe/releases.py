"""Contracts of the Safe releases by address: what a Safe runs, and what it may safely delegate to.

From safe-global/safe-deployments 1.37 (releases 1.0.0 to 1.5.0: canonical, EIP-155 and zkSync
deployments) and safe-global/safe-modules-deployments (libraries that enable modules at setup). An
address that is not here is somebody's own contract.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Contract:
    """One deployed contract of a release."""

    name: str
    #: (1, 3, 0)
    release: tuple[int, int, int]


_DEPLOYED = (
    ("GnosisSafe", "1.0.0", "0xb6029EA3B2c51D09a50B53CA8012FeEB05bDa35A"),
    ("CreateCall", "1.1.1", "0x8538FcBccba7f5303d2C679Fa5d7A629A8c9bf4A"),
    ("DefaultCallbackHandler", "1.1.1", "0xd5D82B6aDDc9027B22dCA772Aa68D5d74cdBdF44"),
    ("GnosisSafe", "1.1.1", "0x34CfAC646f301356fAa8B21e94227e3583Fe3F5F"),
    ("MultiSend", "1.1.1", "0x8D29bE29923b68abfDD21e541b9374737B49cdAD"),
    ("GnosisSafe", "1.2.0", "0x6851D6fDFAfD08c0295C392436245E5bc78B0185"),
    ("CompatibilityFallbackHandler", "1.3.0",
     ("0xf48f2B2d2a534e402487b3ee7C18c33Aec0Fe5e4 0x017062a1dE2FE6b99BE3d9d37841FeD19F573804 "
      "0x2f870a80647BbC554F3a0EBD093f11B4d2a7492A")),
    ("CreateCall", "1.3.0",
     ("0x7cbB62EaA69F79e6873cD1ecB2392971036cFAa4 0xB19D6FFc2182150F8Eb585b79D4ABcd7C5640A9d "
      "0xcB8e5E438c5c2b45FbE17B02Ca9aF91509a8ad56")),
    ("GnosisSafe", "1.3.0",
     ("0xd9Db270c1B5E3Bd161E8c8503c55cEABeE709552 0x69f4D1788e39c87893C980c06EdF4b7f686e2938 "
      "0xB00ce5CCcdEf57e539ddcEd01DF43a13855d9910")),
    ("GnosisSafeL2", "1.3.0",
     ("0x3E5c63644E683549055b9Be8653de26E0B4CD36E 0xfb1bffC9d739B8D520DaF37dF666da4C687191EA "
      "0x1727c2c531cf966f902E5927b98490fDFb3b2b70")),
    ("MultiSend", "1.3.0",
     ("0xA238CBeb142c10Ef7Ad8442C6D1f9E89e07e7761 0x998739BFdAAdde7C933B942a68053933098f9EDa "
      "0x0dFcccB95225ffB03c6FBB2559B530C2B7C8A912")),
    ("MultiSendCallOnly", "1.3.0",
     ("0x40A2aCCbd92BCA938b02010E17A5b8929b49130D 0xA1dabEF33b3B82c7814B6D82A79e50F4AC44102B "
      "0xf220D3b4DFb23C4ade8C88E526C1353AbAcbC38F")),
    ("SignMessageLib", "1.3.0",
     ("0xA65387F16B013cf2Af4605Ad8aA5ec25a2cbA3a2 0x98FFBBF51bb33A056B08ddf711f289936AafF717 "
      "0x357147caf9C0cCa67DfA0CF5369318d8193c8407")),
    ("SimulateTxAccessor", "1.3.0",
     ("0x59AD6735bCd8152B84860Cb256dD9e96b85F69Da 0x727a77a074D1E6c4530e814F89E618a3298FC044 "
      "0x4191E2e12E8BC5002424CE0c51f9947b02675a44")),
    ("CompatibilityFallbackHandler", "1.4.1",
     "0xfd0732Dc9E303f09fCEf3a7388Ad10A83459Ec99 0x9301E98DD367135f21bdF66f342A249c9D5F9069"),
    ("CreateCall", "1.4.1",
     "0x9b35Af71d77eaf8d7e40252370304687390A1A52 0xAAA566Fe7978bB0fb0B5362B7ba23038f4428D8f"),
    ("MultiSend", "1.4.1",
     "0x38869bf66a61cF6bDB996A6aE40D5853Fd43B526 0x309D0B190FeCCa8e1D5D8309a16F7e3CB133E885"),
    ("MultiSendCallOnly", "1.4.1",
     "0x9641d764fc13c8B624c04430C7356C1C7C8102e2 0x0408EF011960d02349d50286D20531229BCef773"),
    ("Safe", "1.4.1",
     "0x41675C099F32341bf84BFc5382aF534df5C7461a 0xC35F063962328aC65cED5D4c3fC5dEf8dec68dFa"),
    ("SafeL2", "1.4.1",
     "0x29fcB43b46531BcA003ddC8FCB67FFE91900C762 0x610fcA2e0279Fa1F8C00c8c2F71dF522AD469380"),
    ("SafeMigration", "1.4.1",
     "0x526643F69b81B008F46d95CD5ced5eC0edFFDaC6 0x817756C6c555A94BCEE39eB5a102AbC1678b09A7"),
    ("SafeToL2Migration", "1.4.1",
     "0xfF83F6335d8930cBad1c0D439A841f01888D9f69 0xa26620d1f8f1a2433F0D25027F141aaCAFB3E590"),
    ("SafeToL2Setup", "1.4.1",
     "0xBD89A1CE4DDe368FFAB0eC35506eEcE0b1fFdc54 0x199A9df0224031c20Cc27083A4164c9c8F1Bcb39"),
    ("SignMessageLib", "1.4.1",
     "0xd53cd0aB83D845Ac265BE939c57F53AD838012c9 0xAca1ec0a1A575CDCCF1DC3d5d296202Eb6061888"),
    ("SimulateTxAccessor", "1.4.1",
     "0x3d4BA2E0884aa488718476ca2FB8Efc291A46199 0xdd35026932273768A3e31F4efF7313B5B7A7199d"),
    ("CompatibilityFallbackHandler", "1.5.0", "0x3EfCBb83A4A7AfcB4F68D501E2c2203a38be77f4"),
    ("CreateCall", "1.5.0", "0x2Ef5ECfbea521449E4De05EDB1ce63B75eDA90B4"),
    ("ExtensibleFallbackHandler", "1.5.0", "0x85a8ca358D388530ad0fB95D0cb89Dd44Fc242c3"),
    ("MultiSend", "1.5.0", "0x218543288004CD07832472D464648173c77D7eB7"),
    ("MultiSendCallOnly", "1.5.0", "0xA83c336B20401Af773B6219BA5027174338D1836"),
    ("Safe", "1.5.0", "0xFf51A5898e281Db6DfC7855790607438dF2ca44b"),
    ("SafeL2", "1.5.0", "0xEdd160fEBBD92E350D4D398fb636302fccd67C7e"),
    ("SafeMigration", "1.5.0", "0x6439e7ABD8Bb915A5263094784C5CF561c4172AC"),
    ("SafeToL2Setup", "1.5.0", "0x900C7589200010D6C6eCaaE5B06EBe653bc2D82a"),
    ("SignMessageLib", "1.5.0", "0x4FfeF8222648872B3dE295Ba1e49110E61f5b5aa"),
    ("SimulateTxAccessor", "1.5.0", "0x07EfA797c55B5DdE3698d876b277aBb6B893654C"),
    ("TokenCallbackHandler", "1.5.0", "0x54e86d004d71a8D2112ec75FaCE57D730b0433F3"),
    # safe-4337-module: AddModulesLib 0.2.0 and SafeModuleSetup 0.3.0, both `enableModules` alone.
    ("SafeModuleSetup", "0.2.0", "0x8EcD4ec46D4D2a6B64fE960B3D64e8B94B2234eb"),
    ("SafeModuleSetup", "0.3.0", "0x2dd68b007B46fBe91B9A7c3EDa5A7a1063cB5b47"),
)  # fmt: skip


def _release(text: str) -> tuple[int, int, int]:
    major, minor, patch = map(int, text.split("."))
    return major, minor, patch


#: Contract by address in lower case.
CONTRACTS = {
    place.lower(): Contract(name, _release(release))
    for name, release, places in _DEPLOYED
    for place in places.split()
}
_SINGLETONS = frozenset(("GnosisSafe", "GnosisSafeL2", "Safe", "SafeL2"))
#: Handlers that say a signature is good only when the owners signed it, or never.
_STOCK_HANDLERS = frozenset(
    ("DefaultCallbackHandler", "CompatibilityFallbackHandler", "TokenCallbackHandler")
)
#: What `VERSION()` of a release says; "+L2" after it is the same with more events.
_VERSIONS = frozenset(("1.0.0", "1.1.0", "1.1.1", "1.2.0", "1.3.0", "1.4.1", "1.5.0"))


def release_of_singleton(place: str) -> tuple[int, int, int] | None:
    """Return the release of the code at this address; None where it is no release's."""
    contract = CONTRACTS.get(place)
    return contract.release if contract and contract.name in _SINGLETONS else None


def release_of_version(version: str) -> tuple[int, int, int] | None:
    """Return the release that says of itself "1.4.1+L2"; None for a version nobody released."""
    number = version.removesuffix("+L2")
    return _release(number) if number in _VERSIONS else None


def stock_handler(place: str) -> bool:
    """Tell whether this handler answers under ERC-1271 only for the owners."""
    contract = CONTRACTS.get(place)
    return contract is not None and contract.name in _STOCK_HANDLERS


def target_of_migration(library: str, *, l2: bool) -> tuple[str, str]:
    """Return the singleton and the handler that a SafeMigration of this release sets (canonical).

    The zkSync deployment sets the zkSync singleton: they stand in the same order.
    """
    release = CONTRACTS[library].release
    same = [place for place, contract in CONTRACTS.items() if contract == CONTRACTS[library]]
    number = same.index(library)

    def nth(name: str) -> str:
        return [p for p, c in CONTRACTS.items() if c == Contract(name, release)][number]

    return nth("SafeL2" if l2 else "Safe"), nth("CompatibilityFallbackHandler")
