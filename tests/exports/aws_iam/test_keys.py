"""Keys of KMS: whose policy it is, what it decides, what a grant gives, and what a key is."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.builders.aws_cli import (
    KEY_ID,
    describe_key,
    file,
    get_key_policy,
    key_grant,
    list_aliases,
    list_grants,
)
from tests.builders.iam import KEY, NUMBER, VENDOR, Iam, allow, arn, deny, document, key_policy
from tests.exports.aws_iam.cases import (
    THE_KEY,
    certainly,
    conditions,
    grants,
    lifted,
    possibly,
    reach,
    refused,
    together,
)

OTHER = KEY.replace("1234abcd", "99998888")
DELEGATING = key_policy(arn("root"))


def signer() -> Iam:
    return Iam().user("alice", allow("kms:Sign", KEY)).user("bob")


def rows(made: Any, table: str) -> list[Any]:
    return [row for row in made.rows if row.table == table]


def test_a_key_policy_as_the_cli_gives_it_is_joined_by_the_id_in_the_files_name() -> None:
    made = together(signer(), file(f"policy-of-{KEY_ID}.json", get_key_policy(DELEGATING)))

    assert certainly(made, "iam:user/alice", THE_KEY)
    assert not possibly(made, "iam:user/bob", THE_KEY)


def test_the_text_output_of_a_key_policy_is_read() -> None:
    """With --output text the policy stands alone, and perhaps its name after a tab."""
    for end in ("", "\n", "\tdefault\n"):
        data = (json.dumps(DELEGATING, indent=2) + end).encode()
        made = together(signer(), (f"{KEY_ID}.txt", data))
        assert certainly(made, "iam:user/alice", THE_KEY)


def test_the_output_that_windows_powershell_writes_in_utf_16_is_read() -> None:
    data = json.dumps(get_key_policy(DELEGATING)).encode("utf-16")

    assert certainly(together(signer(), (f"{KEY_ID}.json", data)), "iam:user/alice", THE_KEY)


@pytest.mark.parametrize(
    "action", ["kms:ReEncryptFrom", "kms:GenerateMac", "kms:DeriveSharedSecret", "kms:Decapsulate"]
)
def test_a_key_policy_that_lets_an_outsider_use_the_key_in_any_way_is_a_way_in(action: str) -> None:
    iam = signer()
    iam.keys = {KEY: key_policy(VENDOR, action=action)}

    assert possibly(lifted(iam), f"iam:account/{VENDOR}", THE_KEY)


def test_a_key_policy_that_names_the_key_as_its_resource_needs_no_name() -> None:
    said = key_policy(arn("root"))
    said["Statement"][0]["Resource"] = KEY
    made = together(signer(), file("policy.json", get_key_policy(said)))

    assert certainly(made, "iam:user/alice", THE_KEY)


def test_a_key_policy_is_joined_by_the_alias_in_the_files_name() -> None:
    aliases = file("aliases.json", list_aliases(hot=OTHER.rsplit("/", 1)[-1], hot_wallet=KEY_ID))
    made = together(
        signer(), aliases, file("kms-hot-wallet-policy.json", get_key_policy(DELEGATING))
    )

    assert certainly(made, "iam:user/alice", THE_KEY)


def test_key_policies_are_joined_to_descriptions_of_the_same_name() -> None:
    made = together(
        signer(),
        file("hot.describe-key.json", describe_key()),
        file("cold.describe-key.json", describe_key(OTHER)),
        file("hot.get-key-policy.json", get_key_policy(DELEGATING)),
        file("cold.get-key-policy.json", get_key_policy(key_policy(arn("user/bob")))),
    )

    assert certainly(made, "iam:user/alice", THE_KEY)
    assert not possibly(made, "iam:user/bob", THE_KEY)
    assert certainly(made, "iam:user/bob", f"kms:{OTHER}")


def test_the_only_key_described_is_that_of_a_policy_without_a_name_and_a_note_says_so() -> None:
    files = (file("key.json", describe_key()), file("policy.json", get_key_policy(DELEGATING)))
    made = together(signer(), *files)

    assert certainly(made, "iam:user/alice", THE_KEY)
    words = "policy.json does not say whose policy"
    assert any(words in note for note in made.notes)
    # It goes with each right to the key, into every answer that rests on one.
    rights = [row for row in grants(made) if row["gives"] == THE_KEY]
    assert rights
    assert all(words in row["note"] for row in rights)


@pytest.mark.parametrize(
    "others",
    [
        [],
        [file("a.json", describe_key()), file("b.json", describe_key(OTHER))],
        [file("a.json", describe_key()), file("p2.json", get_key_policy(DELEGATING))],
    ],
    ids=["no key is described", "two keys are", "two policies for one key"],
)
def test_a_key_policy_of_no_known_key_is_refused_by_name_with_a_cure(others: Any) -> None:
    words = refused(signer(), *others, file("policy.json", get_key_policy(DELEGATING)))

    assert "policy.json" in words
    assert "does not say which key it is of" in words
    assert "key's id in the file's name" in words


def test_a_files_name_that_contradicts_the_policy_is_refused() -> None:
    said = key_policy(arn("root"))
    said["Statement"][0]["Resource"] = OTHER
    words = refused(signer(), file(f"{KEY_ID}.json", get_key_policy(said)))

    assert "may be that of" in words


def test_an_id_alone_is_joined_to_the_arn_that_a_policy_of_iam_spells_out() -> None:
    """Else the right would be to one key and its policy that of another, to the eye."""
    made = together(signer(), file(f"{KEY_ID}.json", DELEGATING))

    assert {row["id"] for row in rows(made, "means") if row["kind"] == "key"} == {THE_KEY, "kms:*"}


def test_a_right_to_all_keys_of_a_region_may_reach_a_key_known_only_by_its_id() -> None:
    """The id does not say in which Region the key is: the right stays open, never closed."""
    iam = Iam().user("alice", allow("kms:Sign", f"arn:aws:kms:eu-west-1:{NUMBER}:key/*"))
    iam.user("bob", allow("kms:Sign", "*"))
    made = together(iam, file(f"{KEY_ID}.json", DELEGATING))

    assert possibly(made, "iam:user/alice", f"kms:{KEY_ID}")
    assert not certainly(made, "iam:user/alice", f"kms:{KEY_ID}")
    assert certainly(made, "iam:user/bob", f"kms:{KEY_ID}")


def test_a_key_of_another_account_needs_its_policy_and_ones_own() -> None:
    foreign = KEY.replace(NUMBER, VENDOR)
    iam = Iam().user("alice", allow("kms:Sign", foreign)).user("bob")
    iam.keys = {foreign: key_policy(arn("user/bob"), arn("root"))}
    made = lifted(iam)

    assert certainly(made, "iam:user/alice", f"kms:{foreign}")
    assert not possibly(made, "iam:user/bob", f"kms:{foreign}")


def test_a_grant_gives_its_grantee_the_key_past_every_policy_from_the_day_it_was_made() -> None:
    iam = signer()
    iam.keys = {KEY: key_policy(arn("user/alice"), action="kms:DescribeKey")}
    made_on = "2023-08-01T10:00:00+02:00"
    grant = key_grant(arn("user/bob"), "Sign", "GetPublicKey", CreationDate=made_on)
    made = together(iam, file("grants.json", list_grants(grant)))

    assert THE_KEY not in reach(made, "iam:user/bob", on="2023-07-31")
    assert THE_KEY in reach(made, "iam:user/bob", on="2023-08-01")
    assert not possibly(made, "iam:user/alice", THE_KEY)


def test_a_grant_to_another_account_or_a_service_is_a_way_in() -> None:
    iam = signer()
    iam.keys = {KEY: DELEGATING}
    given = list_grants(
        key_grant(arn("role/Signer", VENDOR), "Sign"),
        key_grant("rds.eu-west-1.amazonaws.com", "Decrypt"),
    )
    made = together(iam, file("grants.json", given))

    assert certainly(made, f"iam:account/{VENDOR}/role/Signer", THE_KEY)
    assert possibly(made, "iam:service/rds.eu-west-1.amazonaws.com", THE_KEY)


def test_a_grant_on_a_key_of_another_account_may_be_enough() -> None:
    foreign = KEY.replace(NUMBER, VENDOR)
    iam = Iam().user("alice").user("bob", allow("kms:Sign"))
    iam.keys = {foreign: key_policy(arn("root", VENDOR))}
    given = [key_grant(arn(f"user/{name}"), "Sign", key=foreign) for name in ("alice", "bob")]
    made = together(iam, file("grants.json", list_grants(*given)))

    assert certainly(made, "iam:user/bob", f"kms:{foreign}")
    assert possibly(made, "iam:user/alice", f"kms:{foreign}")
    assert not certainly(made, "iam:user/alice", f"kms:{foreign}")


def test_a_denial_in_the_key_policy_is_stronger_than_a_grant() -> None:
    iam = signer()
    no = deny("kms:Sign", "*", Principal={"AWS": arn("user/bob")})
    iam.keys = {KEY: document(no, *DELEGATING["Statement"])}
    made = together(iam, file("grants.json", list_grants(key_grant(arn("user/bob"), "Sign"))))

    assert not possibly(made, "iam:user/bob", THE_KEY)


def test_a_grant_on_a_key_whose_policy_is_unseen_is_doubtful() -> None:
    made = together(signer(), file("g.json", list_grants(key_grant(arn("user/bob"), "Sign"))))

    assert not certainly(made, "iam:user/bob", THE_KEY)
    (words,) = conditions(made, "iam:user/bob", THE_KEY)
    assert "does not deny it" in words


@pytest.mark.parametrize(
    "grant, certain, possible",
    [
        (key_grant(arn("user/bob"), "Verify", "Encrypt", "RetireGrant"), False, False),
        (key_grant(arn("user/bob"), "CreateGrant", "DescribeKey"), False, False),
        (key_grant(arn("user/bob"), "Transmogrify"), False, True),
        (
            key_grant(arn("user/bob"), "Sign", Constraints={"EncryptionContextEquals": {"a": "b"}}),
            False,
            True,
        ),
        (key_grant("", "Sign"), False, True),
        (key_grant(f"arn:aws:sts::{NUMBER}:assumed-role/bob/x", "Sign"), False, False),
        (key_grant(arn("user/bob"), "Sign"), True, True),
    ],
)
def test_what_a_grant_is_worth(grant: dict[str, Any], certain: bool, possible: bool) -> None:
    """What only reads about the key uses nothing; what nobody knows opens, and never closes."""
    iam = signer()
    iam.keys = {KEY: key_policy(arn("root"), action="kms:Describe*")}
    made = together(iam, file("grants.json", list_grants(grant)))

    assert certainly(made, "iam:user/bob", THE_KEY) is certain
    assert possibly(made, "iam:user/bob", THE_KEY) is possible


def test_an_unknown_part_of_a_grant_is_told() -> None:
    grant = key_grant(arn("user/bob"), "Teleport", Until="2030", Constraints={"Moon": "full"})
    made = together(signer(), file("grants.json", list_grants(grant)))

    assert any("Teleport" in part for part in made.unread)
    assert any("Until" in part for part in made.unread)
    assert any("Moon" in part for part in made.unread)


def test_what_was_not_given_of_a_key_keeps_it_open_to_whom_no_file_names() -> None:
    """A key policy or a grant may let in another account; closing the listed ones is not enough."""
    iam = signer()
    unread = f"unread:{THE_KEY}"
    assert possibly(lifted(iam), unread, THE_KEY)
    iam.keys = {KEY: DELEGATING}
    (words,) = conditions(lifted(iam), unread, THE_KEY)
    assert "a grant on it, which was not given" in words

    made = together(iam, file(f"grants-{KEY_ID}.json", {"Grants": []}))
    assert not conditions(made, unread, THE_KEY)


def test_a_list_of_grants_that_says_more_follows_is_refused() -> None:
    cut = list_grants(key_grant(arn("user/bob"), "Sign")) | {"Truncated": True, "NextMarker": "x"}

    assert "cut off" in refused(signer(), file("grants.json", cut))


@pytest.mark.parametrize(
    "usage, action, found",
    [
        ("SIGN_VERIFY", "kms:Sign", True),
        ("SIGN_VERIFY", "kms:Decrypt", False),
        ("ENCRYPT_DECRYPT", "kms:Decrypt", True),
        ("ENCRYPT_DECRYPT", "kms:Sign", False),
        ("KEY_AGREEMENT", "kms:DeriveSharedSecret", True),
        ("SIGN_VERIFY", "kms:PutKeyPolicy", True),
    ],
)
def test_the_usage_of_a_described_key_settles_which_right_uses_it(
    usage: str, action: str, found: bool
) -> None:
    iam = Iam().user("alice", allow(action, KEY))
    iam.keys = {KEY: DELEGATING}
    made = together(iam, file("key.json", describe_key(KeyUsage=usage)))

    assert certainly(made, "iam:user/alice", THE_KEY) is found
    assert possibly(made, "iam:user/alice", THE_KEY) is found


def test_an_unknown_usage_settles_nothing() -> None:
    iam = Iam().user("alice", allow("kms:Decrypt", KEY))
    iam.keys = {KEY: DELEGATING}
    made = together(iam, file("key.json", describe_key(KeyUsage="DIVINATION")))

    assert possibly(made, "iam:user/alice", THE_KEY)
    assert not certainly(made, "iam:user/alice", THE_KEY)


def test_a_multi_region_key_is_one_key_in_every_region() -> None:
    here = f"arn:aws:kms:eu-west-1:{NUMBER}:key/mrk-{'1' * 32}"
    there = here.replace("eu-west-1", "us-east-1")
    iam = Iam().user("alice", allow("kms:Sign", there))
    iam.keys = {here: DELEGATING, there: DELEGATING}

    assert certainly(lifted(iam), "iam:user/alice", f"kms:{here}")


@pytest.mark.parametrize(
    "said, means, certain",
    [
        ({"Origin": "EXTERNAL"}, f"kms-material:{KEY}", True),
        ({"Origin": "EXTERNAL_KEY_STORE", "CustomKeyStoreId": "cks-1"}, "xks:cks-1", True),
        ({"Origin": "AWS_CLOUDHSM", "CloudHsmClusterId": "cluster-1"}, "hsm:cluster-1", False),
    ],
)
def test_where_the_material_of_a_key_lies_outside_of_kms_is_a_means(
    said: dict[str, Any], means: str, certain: bool
) -> None:
    made = together(signer(), file("key.json", describe_key(**said)))

    assert possibly(made, means, THE_KEY)
    assert certainly(made, means, THE_KEY) is certain


def test_keys_that_aws_keeps_for_itself_are_no_means() -> None:
    keys = {"Keys": [{"KeyId": OTHER.rsplit("/", 1)[-1], "KeyArn": OTHER}]}
    files = (file("keys.json", keys), file("key.json", describe_key(OTHER, KeyManager="AWS")))
    made = together(signer(), *files)

    assert not any(OTHER in row["id"] for row in rows(made, "means"))
    assert grants(made)


@pytest.mark.parametrize(
    "value, word",
    [
        ({"Policy": "{"}, "Policy is not JSON"),
        ({"Policy": "7"}, "no object"),
        (get_key_policy(document(allow("kms:*"))), "names no principal"),
        (get_key_policy(document(allow("sqs:*", "*", Principal="*"))), "a resource of sqs"),
        ({"KeyMetadata": {"KeyId": "x"}}, "no ARN of a key"),
        ({"KeyMetadata": 7}, "no ARN of a key"),
        ({"Grants": [{"GrantId": "g", "KeyId": "x", "Operations": []}]}, "the name of no key"),
        ({"Grants": [{"GrantId": "g", "KeyId": KEY, "Operations": 7}]}, "no list of names"),
        ({"Keys": [{"KeyArn": 7}]}, "no ARN of a key"),
        ({"Aliases": [{"TargetKeyId": "x"}]}, "no AliasName"),
        ({"Keys": [{"Certificate": "x"}]}, "no IAM export"),
    ],
)
def test_a_shape_that_is_no_key_is_refused_by_the_files_name(value: Any, word: str) -> None:
    words = refused(signer(), file("strange.json", value))

    assert "strange.json" in words
    assert word in words
