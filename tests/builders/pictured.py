"""A small matter of custody to draw: one cold wallet, two firms, a copy nobody had listed."""

from __future__ import annotations

from dataclasses import replace
from html.parser import HTMLParser

from forthwith.custody.facts.facts import (
    Affiliation,
    ApprovalPolicy,
    Completeness,
    Entity,
    Facts,
    Grant,
    Inspection,
    Means,
    Person,
    Possession,
    ProofLevel,
    ProofOfControl,
    SpendingPolicy,
    Statement,
    Wallet,
)
from forthwith.custody.facts.network import Gate, Network
from forthwith.domain.fact_tables import FactRow
from forthwith.domain.period import Period
from forthwith.plain.drawings.drawing import Drawing, Words
from forthwith.plain.drawings.words import width


def stamp(
    table: str, line: int, *cites: str, standing: ProofLevel = ProofLevel.DOCUMENT
) -> dict[str, object]:
    """What every fact carries."""
    return {
        "row": FactRow(table, {}, f"{table}.csv", line),
        "standing": standing,
        "cites": cites,
    }


def any_of(k: int, *parts: str) -> Network:
    """So many of the parts."""
    return Network("top", {"top": Gate(k, parts)})


def leaf(name: str) -> Network:
    """One means alone."""
    return Network(name, {})


#: Names as evidence may hold them.
HOSTILE = (
    "<script>alert(1)</script>",
    "\u202egnp.exe\u2066 עברית שלום",
    "x" * 500 + " tail",
    "😀🧑‍⚖️ 山田太郎 $x^2$ \\frac",
    "\ud800 lone \x00 null\nline",
    "&amp; \"q\" 'a' --> ]]>",
    "<img src=x onerror=alert(1)> url(http://evil.example)",
)

PEOPLE = {
    "ann": "Ann Lindqvist",
    "bo": "Bo Tanaka",
    "cem": "Cem Aydın",
    "dee": "Deirdre Walsh",
    "eli": "Eli Moreau",
    "fay": "Fay Okonkwo",
}


def facts(wallet: str = "cold-1") -> Facts:
    """The sound thing."""
    return Facts(
        entities=(
            Entity(id="hc", name="Harbour Custody Ltd", **stamp("entities", 2, "HC-000001")),
            Entity(id="umbra", name="Umbra Holdings", **stamp("entities", 3, "HC-000002")),
        ),
        people=tuple(
            Person(id=item, name=name, **stamp("people", line))
            for line, (item, name) in enumerate(PEOPLE.items(), start=2)
        ),
        affiliations=(
            _tie("ann", "hc", 2), _tie("bo", "hc", 3), _tie("cem", "hc", 4),
            _tie("dee", "umbra", 5), _tie("eli", "umbra", 6, "2023-02-01", "2023-09-01"),
        ),
        means=(
            *(Means(id=f"k{n}", kind="key", label=f"Signing card {n}",
                    **stamp("means", n + 1, f"HC-00010{n}")) for n in (1, 2, 3)),
            Means(id="k3-copy", kind="backup", label="Sealed envelope", of="k3",
                  **stamp("means", 5, "HC-000104")),
            Means(id="console", kind="role", label="Policy administrator",
                  **stamp("means", 6, "HC-000105")),
            Means(id="s1", kind="share", label="Recovery share 1", of="k2",
                  **stamp("means", 7, "HC-000106")),
            Means(id="s2", kind="share", label="Recovery share 2", of="k2",
                  **stamp("means", 8, "HC-000107")),
        ),
        possessions=(
            held("ann", "k1", 2, "2023-01-09", "", "HC-000210"),
            held("bo", "k2", 3, "2023-01-09", "", "HC-000211"),
            held("cem", "k3", 4, "2023-01-09", "", "HC-000212"),
            held("dee", "k3-copy", 5, "2023-03-01", "2023-06-17", "UM-004410", "UM-004411"),
            held("eli", "s1", 6, "2023-02-01", "2023-09-01", "UM-004420"),
            held("eli", "s2", 7, "2023-04-03", "2023-05-22", "UM-004421"),
            held("fay", "console", 8, "2023-01-09", "", "HC-000230",
                  standing=ProofLevel.NARRATIVE),
        ),
        completeness=(
            *(_list(means, line, "2023-06-17", "HC-000300", "inspection:i1")
              for line, means in enumerate(("k1", "k2", "k3", "k3-copy", "s1", "s2"), start=2)),
            _list(f"wallet:{wallet}", 8, "2023-06-17", "HC-000301"),
            *(_list(f"person:{person}", line, "2023-01-09", "HC-000302")
              for line, person in enumerate(PEOPLE, start=9)),
        ),
        grants=(
            Grant(source=any_of(2, "s1", "s2"), gives="k2", period=Period.parse("2023-01-09"),
                  **stamp("grants", 2, "HC-000120")),
        ),
        wallets=(
            Wallet(id=wallet, asset="BTC", classes=frozenset({"customer", "cold"}),
                   address="bc1qexample", **stamp("wallets", 2, "HC-000010")),
        ),
        policies=(
            SpendingPolicy(wallet=wallet, path="signing", formula=any_of(2, "k1", "k2", "k3"),
                           scope=(), period=Period.parse("2023-01-09"),
                           **stamp("policies", 2, "HC-000020")),
            SpendingPolicy(wallet=wallet, path="policy_change", formula=leaf("console"),
                           scope=(("when", "change tickets only"),),
                           period=Period.parse("2023-01-09", "2023-04-17"),
                           **stamp("policies", 3, "HC-000021")),
        ),
        approvals=(
            ApprovalPolicy(wallet=wallet, path="signing", formula=any_of(1, "console"),
                           enforced_by="", period=Period.parse("2023-05-01"),
                           **stamp("approvals", 2, "HC-000025", standing=ProofLevel.NARRATIVE)),
        ),
        inspections=(
            Inspection(id="i1", device="k3-copy", when="2023-06-17", by="Gil Ferrante",
                       witnessed_by="Hana Sato", observed="envelope intact, card destroyed",
                       digest="", **stamp("inspections", 2, "HC-000400")),
        ),
        proofs=(
            ProofOfControl(address="bc1qexample", message="harbour 2023-08-01", signature="",
                           when="2023-08-01",
                           **stamp("proofs", 2, "HC-000410", standing=ProofLevel.PROVED)),
        ),
        statements=(
            Statement(id="st1", speaker="Ann Lindqvist", paper="Declaration of 20 June 2023",
                      sentence="No person of Umbra has ever been able to move customer assets.",
                      claim="", as_of=Period.parse("2023-06-20", "2023-06-21"), period=None,
                      basis="own knowledge",
                      **stamp("statements", 2, "HC-000500", standing=ProofLevel.SWORN)),
        ),
    )  # fmt: skip


def renamed(name: str) -> Facts:
    """The same matter, everybody and everything under one name."""
    sound = facts()
    return replace(
        sound,
        entities=tuple(replace(entity, name=name) for entity in sound.entities),
        people=tuple(replace(person, name=name) for person in sound.people),
        means=tuple(replace(means, label=name) for means in sound.means),
        possessions=tuple(
            replace(possession, cites=(*possession.cites, name)) for possession in sound.possessions
        ),
        statements=tuple(
            replace(statement, sentence=name, speaker=name) for statement in sound.statements
        ),
    )


def overlapping(picture: Drawing) -> list[tuple[str, str]]:
    """Return every two texts that stand on each other, and each that leaves the sheet."""
    boxes = []
    for item in picture.items:
        if isinstance(item, Words) and item.text.strip():
            # 0.9: the measure is of a wide font, on the safe side.
            wide = width(item.text, item.size, bold=item.bold) * 0.9
            left = item.x - {"start": 0, "middle": wide / 2, "end": wide}[item.anchor]
            boxes.append((left, item.y - item.size * 0.7, left + wide, item.y, item.text))
    overlaps = [
        (box[4], two[4])
        for at, box in enumerate(boxes)
        for two in boxes[at + 1 :]
        if box[0] < two[2] and two[0] < box[2] and box[1] < two[3] and two[1] < box[3]
    ]
    right, bottom = picture.width, picture.height
    outside = [box[4] for box in boxes if box[0] < 0 or box[2] > right or box[3] > bottom]
    return overlaps + [(text, "the edge") for text in outside]


class Tags(HTMLParser):
    """Everything of a page that a browser would take for more than words."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: set[str] = set()
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.add(tag)
        for name, value in attrs:
            self.found.add(f"{name}=")
            assert "url(" not in (value or "")


#: What a picture's page is made of; anything else came out of somebody's name.
SOUND_TAGS = {
    "html", "head", "meta", "title", "style", "body", "div", "svg", "desc", "g", "rect", "path",
    "polygon", "text", "h1", "h2", "p", "ul", "li", "table", "thead", "tbody", "tr", "th", "td",
    "lang=", "charset=", "name=", "content=", "http-equiv=", "class=", "style=", "viewbox=",
    "role=", "aria-labelledby=", "id=", "x=", "y=", "width=", "height=", "rx=", "fill=", "stroke=",
    "stroke-width=", "stroke-dasharray=", "d=", "points=", "font-size=", "font-weight=",
    "text-anchor=", "scope=", "data-name=",
}  # fmt: skip


def few() -> Facts:
    """The same wallet with as few facts as make a picture: a PNG of them is soon drawn."""
    sound = facts()
    return replace(sound, affiliations=(), completeness=(), possessions=sound.possessions[:3])


def _tie(
    person: str, entity: str, line: int, start: str = "2023-01-09", end: str = ""
) -> Affiliation:
    return Affiliation(person=person, entity=entity, kind="employer", value="",
                       period=Period.parse(start, end),
                       **stamp("affiliations", line, f"HC-0006{line:02}"))  # fmt: skip


def held(
    person: str, means: str, line: int, start: str, end: str, *cites: str,
    standing: ProofLevel = ProofLevel.DOCUMENT,
) -> Possession:  # fmt: skip
    return Possession(person=person, means=means, period=Period.parse(start, end),
                      **stamp("possessions", line, *cites, standing=standing))  # fmt: skip


def _list(means: str, line: int, start: str, *cites: str) -> Completeness:
    return Completeness(means=means, period=Period.parse(start),
                        **stamp("completeness", line, *cites))  # fmt: skip
