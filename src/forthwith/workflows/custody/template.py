"""The empty tables of facts: what a row of each says, column by column, and an example.

The examples of all tables are one small arrangement, whose people and companies are invented: a
wallet that takes a key and a role, and who had them.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from forthwith.domain.fact_tables import TABLES, Table
from forthwith.workflows.table_templates import TableTemplates, TableText

#: Said in every table, after its own columns.
COMMON: Mapping[str, str] = {
    "standing": (
        "how well the row is evidenced, best first: proved (a signature or attestation), "
        "inspected, system record, document, sworn, narrative; inspected must cite a row of "
        "inspections as inspection:ID; a question names the worst it accepts"
    ),
    "cites": (
        "where the evidence is: Bates numbers or digests, separated by ; or spaces (may be empty)"
    ),
    "disputed": (
        "yes when the other side denies the row, else no or empty; a disputed row proves nothing "
        "until the question accepts disputed facts"
    ),
    "note": "what every answer that rests on the row must say beside it (may be empty)",
}
_FROM = "the earliest day the evidence supports, as 2023-06-17, or the instant, 2023-06-17T14:30Z"
_TO = "the first day on which it was no longer so, or the instant; empty: it still is"
_ID = "a short name of your own without spaces, commas or parentheses; other tables use it"
_FORMULA = (
    "an id, or ids joined by: 2 of (a, b, c); any of (a, b); all of (a, b); a and b; a or b; "
    "with a comma in it the cell stands in double quotes"
)
_PATH = (
    "signing (outside the software), software (through it), recovery (by a vendor or backup), "
    "host (by whoever runs the machine) or policy_change (by rewriting the rules)"
)


TEXTS: Mapping[str, TableText] = {
    "entities": TableText(
        "a legal person, or another name of one.",
        {
            "id": _ID,
            "name": "its name in words",
            "from": "the first day it had this name; empty: ever since",
            "to": "the first day it no longer had it; empty: still",
            "alias_of": "the id of the entity that this is another name of",
        },
        ({"id": "TARN", "name": "Tarn Custody Ltd", "standing": "document",
          "cites": "EXA00000001"},
         {"id": "TARNH", "name": "Tarn Holding Ltd", "standing": "document",
          "cites": "EXA00000001"}),
    ),
    "ownership": TableText(
        "one entity is owned or controlled by another.",
        {
            "entity": "an id of entities",
            "owner": "the id of the entity that owns or controls it",
            "kind": "owned_by or controlled_by",
            "from": _FROM,
            "to": _TO,
        },
        ({"entity": "TARN", "owner": "TARNH", "kind": "owned_by", "from": "2023-01-01",
          "standing": "document", "cites": "EXA00000001"},),
    ),
    "same_as": TableText(
        "two ids are one person or one means, or are not; or a person has another name.",
        {
            "kind": "person or means (a and b are ids), or alias (b is another name of person a)",
            "a": "an id of people or means",
            "b": (
                "the other id; of an alias a text: mail:ilse@tarn.example, login:imaro, "
                "number:1001 or name:I. Maro"
            ),
            "is": "yes: they are one; no: they are two, however alike they look",
            "from": "the first day it was so; empty: ever",
            "to": "the first day it was no longer so; empty: still",
        },
        ({"kind": "alias", "a": "ilse", "b": "mail:ilse@tarn.example", "is": "yes",
          "standing": "system record", "cites": "EXA00000002"},),
    ),
    "destructions": TableText(
        "a means was destroyed: the thing itself, and no copy that somebody kept.",
        {
            "means": "an id of means",
            "when": "the day or the instant, as 2023-06-17 or 2023-06-17T14:30Z",
            "witnessed_by": "who saw it",
        },
        ({"means": "vault-admin", "when": "2023-09-01", "witnessed_by": "A. Kim",
          "standing": "document", "cites": "EXA00000012"},),
    ),
    "people": TableText(
        "a human; one list for the whole matter.",
        {"id": _ID, "name": "the name as in the documents"},
        ({"id": "ilse", "name": "Ilse Maro", "standing": "system record",
          "cites": "EXA00000002"},),
    ),
    "affiliations": TableText(
        "a tie of a person to an entity or a place, on some days.",
        {
            "person": "an id of people",
            "entity": "an id of entities; only a location may leave it empty and use value",
            "kind": "employer, payer, reporting_line, location or credential",
            "value": "the title or account in words; of a location its ISO 3166 code: US, US-NY",
            "from": _FROM,
            "to": _TO,
        },
        ({"person": "ilse", "entity": "TARN", "kind": "employer", "value": "vault officer",
          "from": "2023-01-01", "to": "2023-09-01", "standing": "system record",
          "cites": "EXA00000002"},),
    ),
    "means": TableText(
        "a means of control: whatever lets one move assets or helps to.",
        {
            "id": _ID,
            "kind": (
                "key, share (a part of a key), copy, backup, seed, passphrase, device, "
                "credential, role, host or vendor_path"
            ),
            "label": "what people call it",
            "of": (
                "the id of the means it is a share, copy, backup or bearer of; a copy and a "
                "backup must say it"
            ),
            "public_key": "its public key, plain or extended (xpub): one key is one means",
            "fingerprint": "of the master key it comes from, eight hexadecimal digits",
            "address": "the account it is the key of, such as 0x…",
        },
        ({"id": "key-1", "kind": "key", "label": "signing key on device 4417",
          "standing": "inspected", "cites": "inspection:look-1"},
         {"id": "vault-admin", "kind": "role", "label": "administrator of the vault",
          "standing": "system record", "cites": "EXA00000003"}),
    ),
    "possessions": TableText(
        "the person had the means within reach, on some days.",
        {"person": "an id of people", "means": "an id of means", "from": _FROM, "to": _TO},
        ({"person": "ilse", "means": "key-1", "from": "2023-01-01", "to": "2023-09-01",
          "standing": "sworn", "cites": "EXA00000004 EXA00000005"},),
    ),
    "completeness": TableText(
        "what is listed is all. Without such a row anybody may have had the means.",
        {
            "means": (
                "an id of means (its holders listed are all), person:ID (the person's ties "
                "listed are all), wallet:ID (the paths listed are all), ways:ID (the grants "
                "listed are all the ways to rebuild the means), class:WORD, asset:WORD or "
                "everything (the wallets listed are all that hold such assets)"
            ),
            "from": _FROM,
            "to": _TO,
        },
        ({"means": "key-1", "from": "2023-01-01", "to": "2023-09-01", "standing": "document",
          "cites": "EXA00000006"},),
    ),
    "grants": TableText(
        "whoever has one means (or meets a formula of means) has another as well.",
        {
            "means": _FORMULA,
            "gives": "an id of means",
            "from": _FROM,
            "to": _TO,
            "condition": (
                "what must be so besides, in words; it cannot be computed, so such a row shows "
                "nothing and excludes nothing"
            ),
        },
        ({"means": "vault-admin", "gives": "key-1", "from": "2023-01-01",
          "condition": "when the device is in recovery mode", "standing": "document",
          "cites": "EXA00000007"},),
    ),
    "wallets": TableText(
        "addresses under one policy.",
        {
            "id": _ID,
            "asset": "what it holds, such as BTC",
            "class": (
                "whose or what for: customer, house, deposit, hot; several joined by ; and one "
                "word for one thing in all rows"
            ),
            "address": "an address, where there is one to name",
        },
        ({"id": "cold-1", "asset": "BTC", "class": "customer; cold", "standing": "document",
          "cites": "EXA00000008"},),
    ),
    "policies": TableText(
        "one way to move the assets of a wallet; any one of them moves it.",
        {
            "wallet": "an id of wallets",
            "path": _PATH,
            "formula": _FORMULA,
            "scope": (
                "limits as key=value joined by ; with the keys source, destination, asset, max, "
                "min, when (an occasion in words), after (an instant, or height N) and older (an "
                "age of the coins); empty: no limit"
            ),
            "from": _FROM,
            "to": _TO,
        },
        ({"wallet": "cold-1", "path": "software", "formula": "2 of (key-1, vault-admin)",
          "scope": "destination=hot; max=50 BTC", "from": "2023-01-01",
          "standing": "system record", "cites": "EXA00000003"},),
    ),
    "approvals": TableText(
        "what the software asks for besides, on one path of a wallet.",
        {
            "wallet": "an id of wallets",
            "path": _PATH,
            "formula": _FORMULA,
            "enforced_by": (
                "the id of the means whose holder can set the approval aside; empty: nobody "
                "knows, and it excludes nothing"
            ),
            "group": "rows of one path with one group are alternatives: any of them is enough",
            "above": "asked for above this amount of the wallet's asset only",
            "up_to": "asked for up to this amount only",
            "scope": "limits as in policies, such as destination=outside",
            "from": _FROM,
            "to": _TO,
        },
        ({"wallet": "cold-1", "path": "software", "formula": "any of (key-1, vault-admin)",
          "enforced_by": "vault-admin", "from": "2023-01-01", "standing": "system record",
          "cites": "EXA00000003"},),
    ),
    "inspections": TableText(
        "somebody looked at a device.",
        {
            "id": _ID,
            "device": "the id of the means looked at",
            "when": "the day or the moment, as 2023-06-17 or 2023-06-17T14:30:00Z",
            "by": "who looked",
            "witnessed_by": "who was there",
            "observed": "what was seen, in words",
            "digest": "a digest that was read off or taken",
        },
        ({"id": "look-1", "device": "key-1", "when": "2023-03-01T10:00:00Z", "by": "R. Lund",
          "witnessed_by": "A. Kim", "observed": "one key in slot 2; export is switched off",
          "standing": "inspected", "cites": "EXA00000009"},),
    ),
    "proofs": TableText(
        "a challenge was signed: whoever signed had the key then.",
        {
            "address": "the address whose key signed",
            "message": "the message as signed",
            "signature": "the signature as given",
            "when": "the day or the moment, as 2023-06-17 or 2023-06-17T14:30:00Z",
        },
        ({"address": "bc1ql3e9pgs3mmwuwrh95fecme0s0qtn2880lsvsd5",
          "message": "Tarn controls this on 2023-03-01",
          "signature": "KHkjLQ6hH3JqxPpwXOyQZEuUg1BBuiFNZhTdWGSjKJ0v"
                       "GV8QKlE9cumO+7K0nfGxX7Ixh9ksdB42GVdOUQuZv+Y=",
          "when": "2023-03-01", "standing": "proved",
          "cites": "EXA00000010"},),
    ),
    "statements": TableText(
        "one sentence of a declaration, letter or report, with its claim typed.",
        {
            "id": _ID,
            "speaker": "who says it",
            "paper": "where: the paper and its paragraph",
            "sentence": "the sentence, word for word",
            "claim": (
                "what it says, typed: no_access(ENTITY, class=customer), sole_control(ENTITY), "
                "holders(MEANS) = {PERSON, PERSON} and so on"
            ),
            "as_of": "the day of which it speaks; or leave it empty and give from and to",
            "from": "the first day of which it speaks",
            "to": "the last day of which it speaks; it is asked about through its end",
            "basis": "how the speaker knows: own knowledge, told, a record",
        },
        ({"id": "decl-4", "speaker": "Ilse Maro", "paper": "Declaration of 2023-10-02, para. 4",
          "sentence": "In June 2023 nobody but me could reach the signing key.",
          "claim": "holders(key-1) = {ilse}", "as_of": "2023-06-17", "basis": "own knowledge",
          "standing": "sworn", "cites": "EXA00000011"},),
    ),
}  # fmt: skip


#: Said at the end of every table.
_DAYS = (
    "Days run from the first day in (from) up to and without the first day out (to); on the",
    "day out itself it may have been either way, unless an instant is given.",
)
TEMPLATES = TableTemplates(TABLES, TEXTS, COMMON, _DAYS)


def write(folder: Path) -> int:
    """Write every table into a folder; returns how many. Raises TableThereError."""
    return TEMPLATES.write(folder)


def text(table: Table) -> str:
    """Return one template: comments, the header, and examples commented out below it."""
    return TEMPLATES.text(table)
