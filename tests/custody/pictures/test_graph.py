"""The coalition graph: what is in it, where it lies, and how it is drawn."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from datetime import date
from html import escape
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from forthwith.custody.answers.wallet_facts import UnknownWalletError
from forthwith.custody.facts.amounts import Amount
from forthwith.custody.facts.facts import (
    ApprovalPolicy,
    Facts,
    Grant,
    Means,
    Possession,
    ProofLevel,
    SameAs,
    Wallet,
)
from forthwith.custody.pictures.graph import Graph, graph
from forthwith.custody.pictures.graph.drawing import counts, drawing
from forthwith.custody.pictures.graph.layout import MOST, layout
from forthwith.custody.pictures.graph.parts import Edge, Node
from forthwith.custody.pictures.graph.tree import tree
from forthwith.domain.period import Period
from forthwith.plain.drawings.drawing import Stroke, Words
from forthwith.plain.visible import visible
from forthwith.workflows.custody.picture_pages import graph_page, graph_png
from tests.builders import pictured
from tests.builders.custody import Custody

OUTSIDE = re.compile(r"https?://|\bsrc\s*=|url\(|@import|<link|<script", re.IGNORECASE)
APRIL, JULY = date(2023, 4, 10), date(2023, 7, 10)


def edge(made: Graph, source: str, target: str) -> Edge:
    return next(each for each in made.edges if (each.source, each.target) == (source, target))


def test_people_lead_over_means_and_quorums_to_the_wallet() -> None:
    made = graph(pictured.facts(), "cold-1", APRIL)

    assert edge(made, "person:ann", "means:k1").sort == "has"
    assert edge(made, "means:k3-copy", "means:k3").sort == "gives"
    assert edge(made, "path:0", "wallet").sort == "moves"
    assert {each.label for each in made.nodes if each.sort == "quorum"} == {"2 of 3", "2 of 2"}


def test_a_means_is_open_until_its_holders_are_shown_to_be_all() -> None:
    before = {each.id: each.open for each in graph(pictured.facts(), "cold-1", APRIL).nodes}
    after = {each.id: each.open for each in graph(pictured.facts(), "cold-1", JULY).nodes}

    assert before["means:k1"]
    assert not after["means:k1"]


def test_paths_not_shown_to_be_all_are_a_path_of_their_own() -> None:
    assert "unlisted" in {each.id for each in graph(pictured.facts(), "cold-1", APRIL).nodes}
    assert "unlisted" not in {each.id for each in graph(pictured.facts(), "cold-1", JULY).nodes}


def test_only_what_holds_on_the_day_is_there() -> None:
    july = graph(pictured.facts(), "cold-1", JULY)

    assert "person:dee" not in {each.id for each in july.nodes}
    assert "by policy change" not in {each.label for each in july.nodes}


def test_a_possession_below_the_standing_does_not_count_and_is_dashed() -> None:
    made = graph(pictured.facts(), "cold-1", APRIL)
    told = graph(pictured.facts(), "cold-1", APRIL, ProofLevel.NARRATIVE)

    assert not edge(made, "person:fay", "means:console").accepted
    assert edge(told, "person:fay", "means:console").accepted


def test_the_least_coalitions_are_named() -> None:
    made = graph(replace(pictured.facts(), approvals=()), "cold-1", JULY).coalitions

    assert made.count == 3
    assert set(map(frozenset, made.sets)) == {
        frozenset(("Ann Lindqvist", "Bo Tanaka")),
        frozenset(("Ann Lindqvist", "Cem Aydın")),
        frozenset(("Bo Tanaka", "Cem Aydın")),
    }


def test_every_node_and_edge_is_in_the_table_with_its_row_and_citation() -> None:
    made = graph(pictured.facts(), "cold-1", APRIL)
    page = graph_page(made)
    body = re.findall(r"<tbody>(.*?)</tbody>", page, re.DOTALL)[-1]

    assert body.count("<tr") >= len(made.nodes) + len(made.edges)
    for part in (*(fact for node in made.nodes for fact in node.facts),
                 *(each.fact for each in made.edges if each.fact)):  # fmt: skip
        assert f">{part.place}<" in body
        assert all(cite in body for cite in part.cites)


def test_hovering_says_the_citation() -> None:
    picture = graph_page(graph(pictured.facts(), "cold-1", APRIL)).partition("</svg>")[0]
    hovers = "".join(re.findall(r"<title>(.*?)</title>", picture))

    assert "UM-004410, UM-004411; possessions.csv:5" in hovers


def test_nothing_comes_from_elsewhere() -> None:
    assert OUTSIDE.search(graph_page(graph(pictured.facts(), "cold-1", APRIL))) is None


def test_the_same_facts_give_the_same_bytes() -> None:
    one, two = (graph(pictured.facts(), "cold-1", APRIL) for _ in range(2))

    assert graph_page(one) == graph_page(two)


def test_a_png_opens_and_is_the_same_twice() -> None:
    one, two = (graph_png(graph(pictured.few(), "cold-1", APRIL)) for _ in range(2))
    picture = Image.open(io.BytesIO(one))

    assert one == two
    assert picture.format == "PNG"
    assert 2_000 <= picture.size[0] <= 6_000


@pytest.mark.parametrize("name", pictured.HOSTILE)
def test_whatever_a_name_holds_the_page_says_it_and_no_more(name: str) -> None:
    made = graph(pictured.renamed(name), "cold-1", APRIL)
    page = graph_page(made)

    assert pictured.Tags(page).found <= pictured.SOUND_TAGS
    assert escape(visible(name)) in page
    assert pictured.overlapping(drawing(made)) == []


def test_grants_in_a_circle_are_drawn() -> None:
    facts = pictured.facts()
    circle = [
        Grant(source=pictured.leaf(one), gives=two, period=Period.parse("2023-01-09"),
              **pictured.stamp("grants", 10 + at))
        for at, (one, two) in enumerate((("k1", "k2"), ("k2", "k3"), ("k3", "k1"), ("k1", "k1")))
    ]  # fmt: skip
    made = graph(replace(facts, grants=tuple(circle)), "cold-1", APRIL)

    assert len(made.coalitions.sets) == 4
    assert pictured.overlapping(drawing(made)) == []


def test_an_approval_that_is_doubtful_leaves_no_coalition_shown() -> None:
    """What is doubtful never helps: it may be asked for, and nobody is shown to give it."""
    assert graph(pictured.facts(), "cold-1", JULY).coalitions.count == 0


def leading_to(made: Graph, target: str) -> set[tuple[str, str]]:
    """The labels of what leads to a node, each with how."""
    labels = {node.id: node.label for node in made.nodes}
    return {(labels[edge.source], edge.sort) for edge in made.edges if edge.target == target}


def approved(**changes: object) -> ApprovalPolicy:
    sound = pictured.facts().approvals[0]
    return replace(
        sound, standing=ProofLevel.SWORN, formula=pictured.any_of(1, "k1", "k2"), **changes
    )


def test_keys_and_approvals_meet_in_an_and_before_their_path() -> None:
    """Drawn side by side they would read as two ways to move the wallet."""
    made = graph(replace(pictured.facts(), approvals=(approved(),)), "cold-1", JULY)

    assert leading_to(made, "path:0") == {("and", "counts")}
    assert leading_to(made, "and:0") == {("2 of 3", "counts"), ("1 of 2", "approves")}


def test_whoever_may_set_an_approval_aside_stands_beside_it_and_is_solid() -> None:
    made = graph(
        replace(pictured.facts(), approvals=(approved(enforced_by="console"),)), "cold-1", JULY
    )

    assert leading_to(made, "and:0") == {("2 of 3", "counts"), ("or", "approves")}
    assert leading_to(made, "or:a0") == {("1 of 2", "approves"), ("console", "sets aside")}
    assert counts(edge(made, "means:console", "or:a0"))


def test_approvals_of_one_group_meet_in_an_any_of_with_their_amounts() -> None:
    rows = (
        approved(group="tiers", above=Amount.parse("100000 BTC")),
        approved(group="tiers", up_to=Amount.parse("100000")),
    )
    made = graph(replace(pictured.facts(), approvals=rows), "cold-1", JULY)
    said = {node.detail for node in made.nodes if node.sort == "quorum"}

    assert leading_to(made, "and:0") == {("2 of 3", "counts"), ("any of", "approves")}
    assert {"approval; above 100,000 BTC", "approval; up to 100,000 BTC"} <= said


def test_approvals_of_no_group_are_not_said_to_be_alternatives() -> None:
    rows = (approved(), approved(enforced_by="k3"))
    made = graph(replace(pictured.facts(), approvals=rows), "cold-1", JULY)
    node = next(node for node in made.nodes if node.label == "all of")

    assert "may be meant as any of" in node.detail


def test_one_means_that_approves_alone_is_no_count() -> None:
    row = replace(approved(up_to=Amount.parse("5")), formula=pictured.leaf("k1"))
    made = graph(replace(pictured.facts(), approvals=(row,)), "cold-1", JULY)

    assert leading_to(made, "and:0") == {("2 of 3", "counts"), ("approval", "approves")}
    assert leading_to(made, "gate:a0:k1") == {("k1", "counts")}


def test_a_condition_stands_between_what_gives_and_what_is_given() -> None:
    facts = pictured.facts()
    grant = replace(facts.grants[0], condition="two directors agree")
    made = graph(replace(facts, grants=(grant,)), "cold-1", APRIL)

    assert ("if two directors agree", "may give") in leading_to(made, "means:k2")
    assert ("2 of 2", "gives") not in leading_to(made, "means:k2")


@pytest.mark.parametrize("key", ["when", "after", "older"])
def test_a_path_under_a_condition_is_dashed_and_says_it(key: str) -> None:
    facts = pictured.facts()
    policy = replace(facts.policies[0], scope=((key, "2024-01-01"),))
    made = graph(replace(facts, policies=(policy,)), "cold-1", APRIL)

    assert not counts(edge(made, "path:0", "wallet"))
    assert "2024-01-01" in next(node.detail for node in made.nodes if node.id == "path:0")


def joined(kind: str, one: str, two: str, standing: ProofLevel) -> SameAs:
    return SameAs(kind=kind, a=one, b=two, same=True,
                  **pictured.stamp("same_as", 2, "HC-000700", standing=standing))  # fmt: skip


def test_what_rows_join_is_one_node_under_both_ids() -> None:
    rows = tuple(
        joined(kind, one, two, ProofLevel.DOCUMENT)
        for kind, one, two in (("means", "k1", "k2"), ("person", "ann", "bo"))
    )
    made = graph(replace(pictured.facts(), same_as=rows), "cold-1", JULY)
    nodes = {node.id: node for node in made.nodes}

    assert nodes["means:k1"].label == "k1 = k2"
    assert "means:k2" not in nodes
    assert nodes["person:ann"].label == "Ann Lindqvist = Bo Tanaka"
    assert "ann = bo" in nodes["person:ann"].detail
    assert "k1 = k2 counts once" in nodes["gate:p0:top"].detail


def test_a_person_is_called_by_the_persons_own_name_and_not_by_an_accounts() -> None:
    """Ids of accounts as long as names would push others off the page; they stand beneath."""
    facts = pictured.facts()
    account = replace(facts.people[1], id="iam:bo", name="bo7")
    held = replace(facts.possessions[1], person="iam:bo")
    facts = replace(
        facts,
        people=(*facts.people, account),
        possessions=(*facts.possessions, held),
        same_as=(joined("person", "ann", "iam:bo", ProofLevel.DOCUMENT),),
    )
    node = next(node for node in graph(facts, "cold-1", JULY).nodes if node.id == "person:ann")

    assert node.label == "Ann Lindqvist"
    assert "ann = iam:bo" in node.detail


def test_one_public_key_is_one_node() -> None:
    facts = pictured.facts()
    means = tuple(
        replace(row, public_key="02" + "ab" * 32) if row.id in ("k1", "k3") else row
        for row in facts.means
    )
    made = graph(replace(facts, means=means), "cold-1", JULY)

    assert "k1 = k3" in {node.label for node in made.nodes}


def test_a_join_that_does_not_count_is_a_dashed_line_between_two() -> None:
    row = joined("means", "k1", "k2", ProofLevel.NARRATIVE)
    made = graph(replace(pictured.facts(), same_as=(row,)), "cold-1", JULY)
    line = edge(made, "means:k1", "means:k2")

    assert line.sort == "may be"
    assert not counts(line)


def test_lines_that_count_are_solid_and_only_those() -> None:
    made = graph(pictured.facts(), "cold-1", APRIL)
    drawn = drawing(made)
    dashed = {item.hover: item.dashed for item in drawn.items if isinstance(item, Stroke)}
    names = {node.id: node.label for node in made.nodes}

    for line in made.edges:
        said = f"{names[line.source]} {line.says} {names[line.target]}"
        said = next(hover for hover in dashed if hover.startswith(said))
        assert dashed[said] == (not counts(line))
    assert counts(edge(made, "person:ann", "means:k1"))
    assert not counts(edge(made, "person:fay", "means:console"))


def test_what_is_disputed_bears_its_mark_though_it_counts() -> None:
    facts = pictured.facts()
    rows = (replace(facts.possessions[0], disputed=True), *facts.possessions[1:])
    for accept in (False, True):
        made = graph(
            replace(facts, possessions=rows), "cold-1", JULY, accept_disputed=accept
        )  # fmt: skip
        texts = [each.text for each in drawing(made).items if isinstance(each, Words)]

        assert texts.count("D") == 2, "one in the legend, one on the line"
        assert counts(edge(made, "person:ann", "means:k1")) is accept


def test_a_count_says_how_many_of_its_parts_are_not_drawn() -> None:
    """Two of nine drawn would look like two in all."""
    made = graph(crowd(50), "cold-1", APRIL)
    texts = [each.text for each in drawing(made).items if isinstance(each, Words)]

    assert " ".join(texts).count(f"+ {50 - MOST['means']} sources not") == 1


@pytest.mark.parametrize("name", ["Ann Lindqvist", *pictured.HOSTILE])
def test_no_label_is_lost_in_any_form(name: str) -> None:
    """Whole where it stands, or whole in a note beneath."""
    made = graph(pictured.renamed(name), "cold-1", JULY)
    wanted = "".join(visible(name).split())
    for picture in (drawing(made), tree(made)):
        texts = [each.text for each in picture.items if isinstance(each, Words)]

        assert wanted in "".join("".join(texts).split())
        assert pictured.overlapping(picture) == []


def test_on_a_narrow_screen_every_node_is_drawn_under_what_it_leads_to() -> None:
    made = graph(pictured.facts(), "cold-1", APRIL)
    picture = tree(made)
    texts = " ".join(each.text for each in picture.items if isinstance(each, Words))

    assert picture.width <= 390
    assert all(node.label in texts for node in made.nodes)


def test_no_policy_that_day_is_said_in_the_picture() -> None:
    bare = Facts(wallets=(Wallet(id="cold-9", **pictured.stamp("wallets", 2)),))
    made = graph(bare, "cold-9", APRIL)

    texts = " ".join(each.text for each in drawing(made).items if isinstance(each, Words))
    assert "No policy of this wallet is in the facts for this day" in texts
    assert "No set of listed people is shown to be able to move it" in texts
    assert graph_png(made).startswith(b"\x89PNG")


def test_a_misspelt_wallet_is_answered_with_those_near() -> None:
    with pytest.raises(UnknownWalletError, match="Perhaps cold-1"):
        graph(pictured.facts(), "cold_1", APRIL)


def crowd(count: int) -> Facts:
    names = [f"k{at}" for at in range(count)]
    facts = pictured.facts()
    return replace(
        facts,
        means=tuple(Means(id=each, kind="key", **pictured.stamp("means", 2)) for each in names),
        possessions=tuple(
            Possession(person="ann", means=each, period=Period.parse("2023-01-09"),
                       **pictured.stamp("possessions", at))
            for at, each in enumerate(names)
        ),
        policies=(replace(facts.policies[0], formula=pictured.any_of(2, *names)),),
        approvals=(),
        grants=(),
    )  # fmt: skip


def test_what_is_too_much_to_draw_is_counted_and_kept_in_the_table() -> None:
    made = graph(crowd(50), "cold-1", APRIL)
    texts = [each.text for each in drawing(made).items if isinstance(each, Words)]

    assert f"Not drawn: {50 - MOST['means']} more means; see the table." in texts
    assert all(f">k{at}<" in graph_page(made) for at in range(50))


def nodes_and_edges(pairs: list[tuple[int, int]]) -> tuple[list[Node], list[Edge]]:
    names = sorted({f"means:{at}" for pair in pairs for at in pair})
    nodes = [Node(id=each, sort="means", label=each) for each in names]
    nodes.append(Node(id="wallet", sort="wallet", label="w"))
    edges = [
        Edge(source=f"means:{one}", target=f"means:{two}", sort="gives", says="gives")
        for one, two in pairs
    ]
    edges += [Edge(source=each, target="wallet", sort="moves", says="moves") for each in names]
    return nodes, edges


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12)), max_size=30))
def test_no_two_nodes_ever_touch(pairs: list[tuple[int, int]]) -> None:
    nodes, edges = nodes_and_edges(pairs)
    heights = {each.id: 50.0 for each in nodes}
    placed = layout(nodes, edges, heights)

    for layer in placed.layers:
        middles = [placed.y[name] for name in layer if name in heights]
        assert all(two - one >= 50 for one, two in pairwise(middles))
        assert all(25 <= each <= placed.height - 25 for each in middles)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 8), st.integers(0, 8)), max_size=20), st.randoms())
def test_the_layout_does_not_hang_on_the_order_of_the_rows(pairs, random) -> None:
    nodes, edges = nodes_and_edges(pairs)
    heights = {each.id: 50.0 for each in nodes}
    shuffled = random.sample(nodes, len(nodes))

    assert layout(shuffled, edges, heights).y == layout(nodes, edges, heights).y


def test_where_people_are_too_many_no_means_is_left_without_a_holder() -> None:
    """Forty hold k0: to draw them first would make k1 and k2 look like keys nobody had."""
    made = Custody().means("k0", "k1", "k2").wallet("w").policy("w", "2 of (k0, k1, k2)")
    made.people(*(f"p{number}" for number in range(42)))
    for number in range(42):
        made.has(f"p{number}", f"k{max(0, number - 39)}")

    found = graph(made.facts, "w", APRIL)
    heights = {each.id: 40.0 for each in found.nodes}
    drawn = {each.target for each, _ in layout(found.nodes, found.edges, heights).routes}
    assert {"means:k0", "means:k1", "means:k2"} <= drawn
