"""The directory lift: whose login is whose, what leads to what, and what no listing says."""

from __future__ import annotations

import json
from typing import Any

import pytest

from forthwith.custody.facts.rows import facts
from forthwith.domain.fact_tables import FactRow, Lifted, Stamp
from forthwith.exports.directory.lift import lift
from forthwith.exports.options import ImportOptions
from tests.builders.directories import (
    GLOBAL,
    HELPDESK,
    READER,
    assigned,
    google_member,
    google_user,
    graph,
    graph_group,
    graph_member,
    graph_user,
    listing,
    okta_group,
    okta_role,
    okta_user,
)

STAMP = Stamp("2023-06-17", "2024-03-05", cites="BTS0001")
ANN, BO, CY = "00u1ann", "00u2bo", "00u3cy"
ENTITY = FactRow("entities", {"id": "BHL", "name": "Bramble", "standing": "system record"})


def lifted(*files: tuple[str, bytes], **more: Any) -> Lifted:
    made = lift(list(files), ImportOptions(STAMP, **more))
    assert not made.faults, [str(fault) for fault in made.faults]
    _, faults = facts((*made.rows, ENTITY))
    assert not faults, [str(fault) for fault in faults]
    return made


def refused(*files: tuple[str, bytes]) -> str:
    made = lift(list(files), ImportOptions(STAMP))
    assert made.faults
    assert not made.rows
    return " ".join(map(str, made.faults))


def rows(made: Lifted, table: str, **cells: str) -> list[FactRow]:
    return [
        row
        for row in made.rows
        if row.table == table and all(row[name] == text for name, text in cells.items())
    ]


def leads(made: Lifted, start: str, end: str, *, surely: bool = True) -> bool:
    """Tell whether a chain of grants, without a condition where `surely`, goes that way."""
    seen, waiting = {start}, [start]
    while waiting:
        here = waiting.pop()
        for row in rows(made, "grants", means=here):
            if row["gives"] not in seen and not (surely and row["condition"]):
                seen.add(row["gives"])
                waiting.append(row["gives"])
    return end in seen


def spans(made: Lifted, person: str) -> list[tuple[str, str, str]]:
    found = rows(made, "possessions", person=person)
    return sorted((row["from"], row["to"], row["standing"]) for row in found)


def users(*more: dict[str, Any]) -> tuple[str, bytes]:
    return listing("users.json", [okta_user(ANN, "Ann Veld"), okta_user(BO, "Bo Li"), *more])


def test_an_account_is_a_person_a_login_and_the_names_it_goes_by() -> None:
    told = {"employeeNumber": "1001", "secondEmail": "ann@home.example"}
    made = lifted(listing("users.json", [okta_user(ANN, "Ann Veld", profile=told)]))

    assert [row["id"] for row in rows(made, "people")] == [f"okta:{ANN}"]
    assert {row["b"] for row in rows(made, "same_as", a=f"okta:{ANN}", kind="alias")} == {
        "mail:ann@bramble.example", "mail:ann@home.example", "login:ann@bramble.example",
        "number:1001", "name:Ann Veld",
    }  # fmt: skip
    assert rows(made, "means", id=f"login:okta:{ANN}", kind="credential")
    assert not [row for row in made.rows if row["disputed"]]


def test_an_active_account_is_had_since_its_status_and_likely_since_its_activation() -> None:
    """A status that changed later was another before: suspended, perhaps."""
    made = lifted(
        listing("users.json", [okta_user(ANN, "Ann Veld", changed="2023-09-01T00:00:00.000Z")])
    )

    assert spans(made, f"okta:{ANN}") == [
        ("2021-02-02T09:00:00.000Z", "2024-03-05", "narrative"),
        ("2023-09-01T00:00:00.000Z", "2024-03-05", "system record"),
    ]


@pytest.mark.parametrize("status", ["SUSPENDED", "DEPROVISIONED"])
def test_an_ended_account_has_no_login_after_and_a_sign_in_shows_it_before(status: str) -> None:
    ended = okta_user(
        ANN, "Ann Veld", status, changed="2023-05-04T10:00:00Z", seen="2023-03-01T08:00:00Z"
    )
    made = lifted(listing("users.json", [ended]))

    assert spans(made, f"okta:{ANN}") == [
        ("2021-02-02T09:00:00.000Z", "2023-03-01T08:00:00Z", "system record"),
        ("2021-02-02T09:00:00.000Z", "2023-05-04T10:00:00Z", "narrative"),
    ]


def test_an_account_that_was_never_activated_has_no_holder() -> None:
    made = lifted(listing("users.json", [okta_user(ANN, "Ann Veld", "STAGED", activated=None)]))

    assert not spans(made, f"okta:{ANN}")


def test_an_account_not_said_to_be_active_is_likely_only() -> None:
    """Graph does not list accountEnabled unless it is asked to."""
    made = lifted(listing("users.json", graph(graph_user("u1", "Ann Veld", None))))

    assert {standing for _, _, standing in spans(made, "entra:u1")} == {"narrative"}
    assert any("accountEnabled" in note for note in made.notes)


def test_a_mail_domain_ties_to_the_entity_that_was_told() -> None:
    told = {"organization": "Bramble", "department": "Treasury", "managerId": BO}
    made = lifted(
        listing("u.json", [okta_user(ANN, "Ann Veld", profile=told), okta_user(BO, "Bo Li")]),
        domains={"bramble.example": "BHL"},
    )

    (tie,) = rows(made, "affiliations", person=f"okta:{ANN}", kind="credential")
    assert (tie["entity"], tie["value"]) == ("BHL", "bramble.example")
    (login,) = rows(made, "means", id=f"login:okta:{ANN}")
    assert login["label"].endswith("(company Bramble, department Treasury)")
    assert not [row for row in made.rows if row["note"]]
    (line,) = rows(made, "affiliations", person=f"okta:{ANN}", kind="reporting_line")
    assert (line["entity"], line["value"]) == ("BHL", f"okta:{BO}")


def test_a_manager_of_no_known_company_is_a_note_and_no_tie() -> None:
    made = lifted(listing("u.json", [okta_user(ANN, "Ann Veld", profile={"manager": "Di Roe"})]))

    assert not rows(made, "affiliations", kind="reporting_line")
    assert any("Ann Veld to Di Roe" in note for note in made.notes)


def test_a_country_is_a_location_and_a_licence_is_a_likely_one() -> None:
    told = okta_user(ANN, "Ann Veld", profile={"countryCode": "CH"})
    office = graph_user("u1", "Bo Li", usageLocation="DE", officeLocation="Zug 2")
    made = lifted(listing("u.json", [told]), listing("g.json", graph(office)))

    (country,) = rows(made, "affiliations", person=f"okta:{ANN}", kind="location")
    assert (country["value"], country["standing"]) == ("CH", "system record")
    licence = rows(made, "affiliations", person="entra:u1", kind="location")
    assert {(row["value"], row["standing"]) for row in licence} == {("DE", "narrative")}
    stated = lifted(listing("g.json", graph(office)), places={"zug 2": "CH-ZG"})
    assert rows(stated, "affiliations", person="entra:u1", kind="location", value="CH-ZG")


VAULT = "00gAbCdEfGhIjKlMnOpQ"


@pytest.mark.parametrize(
    "members",
    [
        listing(f"group-{VAULT}-users.json", [okta_user(ANN, "Ann Veld")]),
        listing("members of vault admins.json", [okta_user(ANN, "Ann Veld")]),
        listing(f"groups/{VAULT}/users.json", [okta_user(ANN, "Ann Veld")]),
        listing("m.json", {"groupId": VAULT, "members": [okta_user(ANN, "Ann Veld")]}),
        listing("m.json", {"members": {VAULT: [okta_user(ANN, "Ann Veld")]}}),
        listing("m.json", {"group": "Vault Admins", "users": [okta_user(ANN, "Ann Veld")]}),
    ],
)
def test_members_are_joined_to_the_group_their_file_or_envelope_says(
    members: tuple[str, bytes],
) -> None:
    made = lifted(users(), listing("groups.json", [okta_group(VAULT, "Vault Admins")]), members)

    assert leads(made, f"login:okta:{ANN}", f"group:okta:{VAULT}")
    assert not leads(made, f"login:okta:{BO}", f"group:okta:{VAULT}", surely=False)


@pytest.mark.parametrize("name", ["members.json", "group-users.json", "owners.json"])
def test_members_of_no_group_that_is_told_are_refused_with_a_cure(name: str) -> None:
    """Read as users they would be in no group, and nobody would miss them."""
    groups = listing("groups.json", [okta_group(VAULT, "Vault Admins")])
    said = refused(users(), groups, listing(name, [okta_user(ANN, "Ann Veld")]))

    assert f"{name}: it lists members" in said
    assert '{"groupId"' in said


def test_members_of_graph_without_a_group_are_refused_even_under_another_name() -> None:
    """The context of a listing of members is all that tells it from one of users."""
    page = graph(graph_member("u1"), of="directoryObjects")

    assert "of which group or role" in refused(listing("all.json", page))


def test_the_address_of_the_next_page_says_which_group() -> None:
    address = "https://graph.microsoft.com/v1.0/groups/g1/members?$skiptoken=x"
    made = lifted(
        listing("u.json", graph(graph_user("u1", "Ann Veld"))),
        listing("g.json", graph(graph_group("g1", "Vault"), of="groups")),
        listing("m1.json", graph(graph_member("u1"), of="directoryObjects", more=address)),
    )

    assert leads(made, "login:entra:u1", "group:entra:g1")
    assert any("m1.json breaks off" in note for note in made.notes)


def test_a_group_in_a_group_leads_on() -> None:
    made = lifted(
        listing("u.json", graph(graph_user("u1", "Ann Veld"))),
        listing(
            "groups.json",
            graph(
                graph_group("g1", "Vault", members=[graph_member("g2", "group")]),
                graph_group("g2", "Ops", members=[graph_member("u1")]),
                of="groups",
            ),
        ),
    )

    assert leads(made, "login:entra:u1", "group:entra:g1")


def test_a_super_administrator_has_every_login_and_a_help_desk_only_plain_ones() -> None:
    made = lifted(
        users(okta_user(CY, "Cy Ng")),
        listing("roles-ann.json", [okta_role(ANN, "SUPER_ADMIN")]),
        listing("roles-bo.json", [okta_role(BO, "HELP_DESK_ADMIN")]),
    )

    assert leads(made, f"login:okta:{ANN}", f"login:okta:{BO}")
    assert leads(made, f"login:okta:{ANN}", f"login:okta:{CY}")
    assert leads(made, f"login:okta:{BO}", f"login:okta:{CY}", surely=False)
    assert not leads(made, f"login:okta:{BO}", f"login:okta:{ANN}", surely=False)
    assert not leads(made, f"login:okta:{CY}", f"login:okta:{BO}", surely=False)


def test_a_role_that_only_reads_gives_nothing_and_an_unknown_one_leaves_all_open() -> None:
    made = lifted(
        users(okta_user(CY, "Cy Ng")),
        listing("a.json", [okta_role(ANN, "READ_ONLY_ADMIN")]),
        listing("b.json", [okta_role(BO, "CUSTOM", role="cr0x", label="Vault keepers")]),
    )

    assert not leads(made, f"login:okta:{ANN}", f"login:okta:{CY}", surely=False)
    assert leads(made, f"login:okta:{BO}", f"login:okta:{CY}", surely=False)
    assert not leads(made, f"login:okta:{BO}", f"login:okta:{CY}")
    assert any("Vault keepers" in note for note in made.notes)


def test_a_role_of_a_group_is_a_role_of_its_members() -> None:
    made = lifted(
        users(),
        listing("groups.json", [okta_group(VAULT, "Vault Admins")]),
        listing("m.json", {"groupId": VAULT, "members": [okta_user(BO, "Bo Li")]}),
        listing(f"roles-{VAULT}.json", [okta_role("", "SUPER_ADMIN", _links={})]),
    )

    assert leads(made, f"login:okta:{BO}", f"login:okta:{ANN}")


def test_roles_of_nobody_who_is_told_are_refused() -> None:
    said = refused(users(), listing("roles.json", [okta_role("", "SUPER_ADMIN", _links={})]))

    assert "of which user or group" in said


def test_applications_are_given_by_users_and_groups() -> None:
    app = {"id": "0oa1", "label": "Custody console", "status": "ACTIVE", "signOnMode": "SAML_2_0"}
    given = {"id": ANN, "scope": "USER", "status": "ACTIVE",
             "credentials": {"userName": "aveld"}}  # fmt: skip
    made = lifted(
        users(),
        listing("groups.json", [okta_group(VAULT, "Vault Admins")]),
        listing("apps.json", [app]),
        listing("users-0oa1.json", [given]),
        listing("groups-of-app.json", {"appId": "0oa1", "groups": [
            {"id": VAULT, "priority": 0, "_links": {"self": {"href": ""}}}]}),
    )  # fmt: skip

    assert leads(made, f"login:okta:{ANN}", "app:okta:0oa1")
    assert leads(made, f"group:okta:{VAULT}", "app:okta:0oa1")
    assert rows(made, "same_as", a=f"okta:{ANN}", b="login:aveld")


def entra(*more: tuple[str, bytes], **changes: Any) -> Lifted:
    people = [graph_user("u1", "Ann Veld"), graph_user("u2", "Bo Li", **changes)]
    return lifted(listing("users.json", graph(*people)), *more)


def test_a_password_alone_opens_a_login_only_where_no_second_factor_is_asked() -> None:
    given = listing("a.json", graph(assigned("u1", HELPDESK), of="roleAssignments"))
    made = entra(given)

    assert leads(made, "login:entra:u1", "login:entra:u2", surely=False)
    assert not leads(made, "login:entra:u1", "login:entra:u2")
    factors = {"id": "u2", "userPrincipalName": "bo@bramble.example", "isMfaRegistered": False}
    assert leads(
        entra(given, listing("mfa.json", graph(factors))), "login:entra:u1", "login:entra:u2"
    )


def test_a_global_administrator_gets_round_the_factor_but_not_round_another_system() -> None:
    given = listing("a.json", graph(assigned("u1", GLOBAL), of="roleAssignments"))

    assert leads(entra(given), "login:entra:u1", "login:entra:u2")
    synced = entra(given, onPremisesSyncEnabled=True)
    assert not leads(synced, "login:entra:u1", "login:entra:u2")
    assert leads(synced, "login:entra:u1", "login:entra:u2", surely=False)


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ({"directoryScopeId": "/administrativeUnits/au1"}, "takes this in"),
        ({"roleEligibilityScheduleId": "s1", "startDateTime": "2023-07-01T00:00:00Z"}, "eligible"),
        ({"memberType": "Direct", "scheduleInfo": {"startDateTime": "2023-07-01T00:00:00Z",
          "expiration": {"type": "noExpiration"}}}, "eligible"),
    ],
)  # fmt: skip
def test_a_scope_and_eligibility_are_conditions(how: dict[str, Any], words: str) -> None:
    made = entra(listing("a.json", graph(assigned("u1", GLOBAL, **how))))

    (row,) = rows(made, "grants", means="login:entra:u1")
    assert words in row["condition"]
    assert row["from"] == ("2023-07-01T00:00:00Z" if "eligible" in words else "2023-06-17")


def test_an_assignment_for_a_time_holds_for_that_time() -> None:
    active = {"assignmentType": "Activated", "startDateTime": "2023-07-01T08:00:00Z",
              "endDateTime": "2023-07-01T16:00:00Z"}  # fmt: skip
    made = entra(listing("a.json", graph(assigned("u1", GLOBAL, **active))))

    (row,) = rows(made, "grants", means="login:entra:u1")
    assert (row["from"], row["to"], row["condition"]) == (
        "2023-07-01T08:00:00Z", "2023-07-01T16:00:00Z", "",
    )  # fmt: skip


def test_a_directory_role_and_its_definition_are_one_role() -> None:
    role = {"id": "r1", "displayName": "Global Administrator", "roleTemplateId": GLOBAL}
    made = entra(
        listing("directoryRoles.json", graph(role, of="directoryRoles")),
        listing("members-r1.json", graph(graph_member("u1"), of="directoryObjects")),
        listing("a.json", graph(assigned("u2", GLOBAL))),
    )

    assert leads(made, "login:entra:u1", f"role:entra:{GLOBAL}")
    assert leads(made, "login:entra:u2", f"role:entra:{GLOBAL}")


def test_a_custom_role_is_read_by_its_actions() -> None:
    def defined(*actions: str) -> tuple[str, bytes]:
        body = {"id": "c1", "templateId": "c1", "displayName": "Keepers", "isBuiltIn": False,
                "rolePermissions": [{"allowedResourceActions": list(actions)}]}  # fmt: skip
        return listing("d.json", graph(body, of="roleDefinitions"))

    given = listing("a.json", graph(assigned("u1", "c1")))
    reset = entra(given, defined("microsoft.directory/users/password/update"))
    reads = entra(given, defined("microsoft.directory/users/standard/read"))
    assert leads(reset, "login:entra:u1", "login:entra:u2", surely=False)
    assert not leads(reads, "login:entra:u1", "login:entra:u2", surely=False)
    assert leads(entra(given), "login:entra:u1", "login:entra:u2", surely=False)


def test_a_reader_takes_over_nobody() -> None:
    made = entra(listing("a.json", graph(assigned("u1", READER))))

    assert not leads(made, "login:entra:u1", "login:entra:u2", surely=False)


def google(*more: tuple[str, bytes], **changes: Any) -> Lifted:
    people = [google_user("g1", "Ann Veld", isAdmin=True), google_user("g2", "Bo Li", **changes)]
    page = {"kind": "admin#directory#users", "users": people}
    return lifted(listing("users.json", page), *more)


def test_a_user_marked_as_administrator_of_google_has_every_login() -> None:
    assert leads(google(), "login:google:g1", "login:google:g2")
    assert not leads(google(), "login:google:g2", "login:google:g1", surely=False)


def test_a_role_that_sets_passwords_stops_at_the_second_step() -> None:
    role = {"roleId": "7", "roleName": "Desk", "rolePrivileges": [
        {"privilegeName": "USERS_RESET_PASSWORD", "serviceId": "s"}]}  # fmt: skip
    given = {"roleAssignmentId": "1", "roleId": "7", "assignedTo": "g3", "scopeType": "CUSTOMER"}
    more = (
        listing("roles.json", {"kind": "admin#directory#roles", "items": [role]}),
        listing("given.json", {"items": [given]}),
        listing("desk.json", {"users": [google_user("g3", "Cy Ng")]}),
    )

    assert leads(google(*more, isEnrolledIn2Sv=False), "login:google:g3", "login:google:g2")
    enrolled = google(*more, isEnrolledIn2Sv=True)
    assert not leads(enrolled, "login:google:g3", "login:google:g2")
    assert leads(enrolled, "login:google:g3", "login:google:g2", surely=False)


def test_members_of_google_are_users_groups_everybody_and_strangers() -> None:
    groups = [
        {"kind": "admin#directory#group", "id": "v", "email": "vault@bramble.example",
         "name": "Vault", "directMembersCount": "2"},
        {"kind": "admin#directory#group", "id": "a", "email": "all@bramble.example",
         "name": "All", "directMembersCount": "1"},
    ]  # fmt: skip
    stranger = google_member("x9", "EXTERNAL") | {"email": "di@agency.example"}
    made = google(
        listing("groups.json", {"groups": groups}),
        listing("vault@bramble.example.json", {"members": [google_member("a", "GROUP"), stranger]}),
        listing("all@bramble.example.json", {"members": [google_member("C1", "CUSTOMER")]}),
    )

    assert leads(made, "login:google:g2", "group:google:v")
    assert leads(made, "login:google:x9", "group:google:v")
    assert any("di@agency.example" in note for note in made.notes)


@pytest.mark.parametrize(
    "text",
    [
        *(b"", b"{}", b"[1]", b"null", b"\xff\xfe\x00", b'{"value": [{"id": 1}]}', b"[{}]"),
        *(b'[{"type": "OKTA"}]', b"a,b\n1,2\n", b'{"users": [1]}', b"[" * 5000),
    ],
)
def test_what_is_no_listing_is_refused_in_words(text: bytes) -> None:
    made = lift([("odd.json", text)], ImportOptions(STAMP))

    assert made.faults
    assert not made.rows


def test_two_directories_in_one_listing_are_refused() -> None:
    mixed = [okta_user(ANN, "Ann Veld"), google_user("g1", "Bo Li")]

    assert "Okta and" in refused(listing("all.json", mixed)).replace(
        "Google Workspace and Okta", "Okta and"
    )


def test_json_lines_and_pages_in_an_array_are_read_like_one_listing() -> None:
    lines = b"\n".join(json.dumps(okta_user(k, "Ann Veld")).encode() for k in (ANN, BO))
    pages = [graph(graph_user("u1", "Ann Veld"), more="x"), graph(graph_user("u2", "Bo Li"))]

    assert len(rows(lifted(("u.jsonl", lines)), "people")) == 2
    made = lifted(listing("u.json", pages))
    assert len(rows(made, "people")) == 2
    assert not any("breaks off" in note for note in made.notes)


def test_a_page_with_a_next_one_is_told_and_nothing_is_complete() -> None:
    made = lifted(
        listing("u.json", graph(graph_user("u1", "Ann Veld"), more="https://graph/next")),
        listing("g.json", graph(graph_group("g1", "V", members=[], owners=[]), of="groups")),
        listing("a.json", graph(assigned("u1", READER))),
        complete=True,
    )

    assert any("u.json breaks off" in note for note in made.notes)
    assert not rows(made, "completeness")


def test_what_was_listed_to_the_end_is_complete_where_asked_and_a_login_never() -> None:
    files = (
        listing("u.json", graph(graph_user("u1", "Ann Veld"))),
        listing("g.json", graph(
            graph_group("g1", "V", members=[], owners=[]), graph_group("g2", "W", members=[]),
            graph_group("g3", "X", members=[], owners=[], groupTypes=["DynamicMembership"]),
            of="groups")),
        listing("a.json", graph(assigned("u1", HELPDESK))),
    )  # fmt: skip
    whole = {row["means"] for row in rows(lifted(*files, complete=True), "completeness")}

    assert whole >= {"group:entra:g1", f"role:entra:{HELPDESK}", "password:entra:plain"}
    assert not whole & {"group:entra:g2", "group:entra:g3", "login:entra:u1"}
    assert not rows(lifted(*files), "completeness")


def test_what_complete_says_beyond_the_listings_stands_beside_what_it_closes() -> None:
    """An answer that excludes somebody rests on these rows, and shows their notes."""
    files = (
        listing("u.json", graph(graph_user("u1", "Ann Veld"))),
        listing("a.json", graph(assigned("u1", HELPDESK))),
    )
    closed = rows(lifted(*files, complete=True), "completeness")

    assert closed
    assert all("No eligibility schedules were given" in row["note"] for row in closed)
    assert all("app role" in row["note"] for row in closed)


def test_an_account_in_two_states_is_told_and_its_login_left_open() -> None:
    """Two listings of two days in one import; the last must not wipe out the first in silence."""
    first = listing("january.json", [okta_user(ANN, "Ann Veld")])
    last = listing("june.json", [okta_user(ANN, "Ann Veld", status="SUSPENDED")])
    for files in ((first, last), (last, first)):
        made = lifted(*files)
        assert any("is left open" in note and "Ann Veld" in note for note in made.notes)
        assert {standing for _, _, standing in spans(made, f"okta:{ANN}")} == {"narrative"}

    made = lifted(
        listing("a.json", graph(graph_user("u1", "Ann Veld", accountEnabled=True))),
        listing("b.json", graph(graph_user("u1", "Ann Veld", accountEnabled=False))),
    )
    assert {standing for _, _, standing in spans(made, "entra:u1")} == {"narrative"}


def test_keys_nobody_takes_are_named() -> None:
    made = lifted(listing("u.json", [okta_user(ANN, "Ann Veld", shoe=9, profile={"hat": "L"})]))

    assert made.unread == ("u.json: user.shoe", "u.json: user.profile.hat")


def test_a_principal_nobody_listed_stays_open() -> None:
    made = entra(listing("a.json", graph(assigned("ghost", GLOBAL))))

    (means,) = rows(made, "means", id="login:entra:ghost")
    assert "not among the users" in means["label"]
    assert leads(made, "login:entra:ghost", "login:entra:u1")


def test_what_powershell_writes_is_read_like_the_api() -> None:
    """Get-MgUser | ConvertTo-Json > users.json: capitals, milliseconds, UTF-16."""
    user = {"Id": "U1", "DisplayName": "Ann Veld", "UserPrincipalName": "ann@bramble.example",
            "AccountEnabled": False, "CreatedDateTime": "/Date(1612170000000)/",
            "Mail": None, "AdditionalProperties": {}}  # fmt: skip
    member = {"Id": "U1", "DeletedDateTime": None,
              "AdditionalProperties": {"@odata.type": "#microsoft.graph.user"}}  # fmt: skip
    made = lifted(
        ("users.json", json.dumps([user]).encode("utf-16")),
        listing("groups.json", graph(graph_group("g1", "Vault"), of="groups")),
        listing("members of vault.json", [member]),
    )

    assert spans(made, "entra:U1") == [("2021-02-01T09:00:00+00:00", "2023-06-17", "narrative")]
    assert leads(made, "login:entra:U1", "group:entra:g1")


def test_a_guid_is_one_in_any_case() -> None:
    key = "6F9619FF-8B86-D011-B42D-00CF4FC964FF"
    made = lifted(
        listing("u.json", graph(graph_user(key.lower(), "Ann Veld"))),
        listing("a.json", graph(assigned(key, GLOBAL.upper()))),
    )

    assert leads(made, f"login:entra:{key.lower()}", f"role:entra:{GLOBAL}")
    assert not [row for row in rows(made, "means") if "not among" in row["label"]]


@pytest.mark.parametrize(
    "groups",
    [
        listing("memberOf-00u1ann.json", [okta_group(VAULT, "Vault Admins")]),
        listing("g.json", {"userId": ANN, "groups": [okta_group(VAULT, "Vault Admins")]}),
    ],
)
def test_the_groups_of_a_user_are_memberships_the_other_way_round(
    groups: tuple[str, bytes],
) -> None:
    made = lifted(users(), groups)

    assert leads(made, f"login:okta:{ANN}", f"group:okta:{VAULT}")
    assert not leads(made, f"group:okta:{VAULT}", f"login:okta:{ANN}", surely=False)


def test_an_instant_that_is_none_is_told() -> None:
    made = lifted(listing("u.json", [okta_user(ANN, "Ann Veld", created="yesterday")]))

    assert made.unread == ("u.json: user.created 'yesterday'",)


def test_a_note_that_many_share_is_one_line() -> None:
    people = [okta_user(f"00u{n}", f"P{n} Roe", profile={"manager": "Di"}) for n in range(40)]
    made = lifted(listing("u.json", people))

    (note,) = [note for note in made.notes if "report to" in note]
    assert note.startswith("40 people")
    assert "35 more" in note


def test_what_ended_before_it_began_or_after_the_exports_period_is_no_row() -> None:
    odd = okta_user(ANN, "Ann Veld", "DEPROVISIONED", changed="2020-01-01T00:00:00Z")
    late = okta_user(BO, "Bo Li", created="2025-01-01T00:00:00Z", activated=None,
                     changed="2025-01-01T00:00:00Z")  # fmt: skip
    made = lifted(listing("u.json", [odd, late]))

    assert not rows(made, "possessions")


@pytest.mark.parametrize("spoilt", [{"id": ""}, {"id": None}, {"id": []}])
def test_a_record_without_its_id_is_refused(spoilt: dict[str, Any]) -> None:
    said = refused(listing("u.json", [okta_user(ANN, "Ann Veld"), okta_user(BO, "B") | spoilt]))

    assert "record 2 (user) has no id" in said


def test_who_is_an_administrator_only_at_times_is_open_to_a_lesser_one() -> None:
    """A role keeps the help desk out while it is held, and an eligible one does not."""
    eligible = {"roleEligibilityScheduleId": "s1", "startDateTime": "2023-07-01T00:00:00Z"}
    desk = assigned("u1", HELPDESK)
    held = entra(listing("a.json", graph(desk, assigned("u2", GLOBAL))))
    now_and_then = entra(
        listing("a.json", graph(desk)), listing("e.json", graph(assigned("u2", GLOBAL, **eligible)))
    )

    assert not leads(held, "password:entra:plain", "login:entra:u2", surely=False)
    assert leads(now_and_then, "password:entra:plain", "login:entra:u2", surely=False)


def test_whose_roles_were_not_listed_is_no_plain_login_for_sure() -> None:
    files = (users(okta_user(CY, "Cy Ng")), listing("r.json", [okta_role(ANN, "ORG_ADMIN")]))
    made = lifted(*files)
    asked = lifted(*files, listing("roles-00u3cy.json", []))

    assert leads(made, f"login:okta:{ANN}", f"login:okta:{CY}", surely=False)
    assert not leads(made, f"login:okta:{ANN}", f"login:okta:{CY}")
    assert leads(asked, f"login:okta:{ANN}", f"login:okta:{CY}")


def test_members_of_a_group_that_is_not_listed_are_members_all_the_same() -> None:
    made = lifted(users(), listing(f"{VAULT}/users.json", [okta_user(ANN, "Ann Veld")]))

    assert leads(made, f"login:okta:{ANN}", f"group:okta:{VAULT}")
    assert not leads(made, f"login:okta:{BO}", f"group:okta:{VAULT}")


def test_the_manager_of_somebody_who_is_not_told_is_refused() -> None:
    said = refused(listing("manager-of-u1.json", graph_user("u2", "Bo Li")))

    assert "$expand=manager" in said


def test_a_tenants_own_domain_is_an_address_and_no_company() -> None:
    user = graph_user("u1", "Ann Veld", proxyAddresses=["smtp:ann@bramble.onmicrosoft.com"])
    made = lifted(listing("u.json", graph(user)))

    assert rows(made, "same_as", b="mail:ann@bramble.onmicrosoft.com")
    assert {row["value"] for row in rows(made, "affiliations")} == {"bramble.example"}
