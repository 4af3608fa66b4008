"""Registers whose answers were right before, or are what the rows say, and stay so."""

from __future__ import annotations

from forthwith.custody.facts.facts import ProofLevel
from tests.custody.cases.exchange import ALWAYS, NARRATIVE, exchange, gaps


def test_whoever_can_rewrite_the_policy_of_a_key_can_move():
    """The key administrator's right is a path of its own."""
    register = exchange().keys("kms").keys("signer", "kadm", kind="role")
    register.grant("signer", "kms", ALWAYS).holds("ann", "kadm").holds("cy", "signer")
    register.moved_by("cold", "kms").moved_by("cold", "kadm", path="policy_change")

    assert register.says() == "shown"


def test_what_only_a_witness_says_of_a_mailbox_is_not_shown():
    """That it resets the login is narrative: it shows at that standing, and not at sworn."""
    register = exchange().keys("login", "mail", kind="credential")
    register.grant("mail", "login", ALWAYS, **NARRATIVE).holds("ann", "mail").holds("cy", "login")
    register.moved_by("cold", "login", path="software")

    assert register.says() == "not shown"
    assert register.says(standing=ProofLevel.NARRATIVE) == "shown"


def test_everybody_is_in_a_group_or_not():
    """Ann's ties are open; tied to the affiliate or not, she is one of the two."""
    register = exchange(people="cy").people("ann").keys("k1").holds("ann", "k1")
    register.tie("ann", "veld", ALWAYS, **NARRATIVE).moved_by("cold", "k1")

    assert register.says("tie=veld or not tie=veld") == "shown"
    assert register.says("tie=veld") == "not shown"
    assert register.says("tie=veld and not tie=veld") == "excluded"


def test_a_vendors_key_nobody_closes_is_a_gap():
    """Who at the vendor has its key no row says."""
    register = exchange().entity("vend").people("vx").tie("vx", "vend", ALWAYS).closed("person:vx")
    register.keys("kc").means("kv").keys("vp", kind="vendor_path").holds("ann", "kc").holds(
        "vx", "kv"
    )

    answer = register.moved_by("cold", "kc and kv").ask("tie=veld", "wallet=cold")
    assert str(answer.verdict) == "not shown"
    assert "kv" in gaps(answer)


def test_a_clone_that_no_row_names_cannot_be_known():
    """The second device has no `of` and no grant; the answer says that it leads nowhere."""
    register = exchange().keys("K").keys("hsmA", kind="device", of="K").keys("hsmB", kind="device")
    register.holds("ann", "hsmB").holds("cy", "hsmA").moved_by("cold", "hsmA")

    answer = register.ask("tie=veld", "wallet=cold")
    assert str(answer.verdict) == "excluded"
    assert "hsmB" in str(answer)


def test_the_safe_that_holds_the_envelope_leads_nowhere_without_its_grant():
    """Ann has the safe's code, and nobody wrote what lies in it; the answer names the safe."""
    register = exchange().keys("bg", kind="credential").keys("safe", kind="device")
    register.holds("ann", "safe").moved_by("cold", "bg", path="software")

    answer = register.ask("tie=veld", "wallet=cold")
    assert str(answer.verdict) == "excluded"
    assert "safe" in str(answer)


def test_a_list_of_no_ties_is_a_list():
    """The ties of Ann are said to be none; that she has the key is told with the answer."""
    register = exchange(people="cy").people("ann").closed("person:ann")
    register.keys("k1").holds("ann", "k1").moved_by("cold", "k1")

    answer = register.ask("tie=veld", "wallet=cold")
    assert str(answer.verdict) == "excluded"
    assert "ann" in str(answer)


def test_a_device_bears_the_one_key_its_row_names():
    """It bears a second one, for which a grant was forgotten."""
    register = exchange().keys("k1", "k2").keys("dev", kind="device", of="k1")
    register.holds("ann", "dev").holds("cy", "k1", "k2").moved_by("cold", "k2")

    assert register.says() == "excluded"


def test_a_desk_in_the_affiliates_office_is_no_tie_of_staff():
    """The contractor is the agency's; where somebody sits is another kind of tie."""
    register = exchange(people="cy").entity("agency").people("ann").closed("person:ann")
    register.tie("ann", "agency", ALWAYS).tie("ann", "agency", ALWAYS, kind="payer")
    register.tie("ann", "veld", ALWAYS, kind="location", value="GB")
    register.keys("k1").holds("ann", "k1").moved_by("cold", "k1")

    assert register.says() == "excluded"
    assert register.says("location=veld") == "shown"


def test_no_list_of_ties_and_no_policy_exclude_nothing():
    """Empty inputs fail closed: a list of Ann's ties where there is no table of ties is none."""
    bare = exchange(people="").people("ann").closed("person:ann").keys("k1").holds("ann", "k1")
    assert bare.says() == "not shown"
    assert bare.moved_by("cold", "k1").says() == "not shown"
