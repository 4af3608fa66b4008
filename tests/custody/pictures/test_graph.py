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
from forthwith.custody.facts.facts import Facts, Grant, Means, Possession, ProofLevel, Wallet
from forthwith.custody.pictures.drawing import Words
from forthwith.custody.pictures.graph import Graph, graph
from forthwith.custody.pictures.graph.drawing import drawing
from forthwith.custody.pictures.graph.layout import MOST, layout
from forthwith.custody.pictures.graph.page import html, png
from forthwith.custody.pictures.graph.parts import Edge, Node
from forthwith.custody.pictures.words import plain
from forthwith.domain.period import Period
from tests.builders import pictured
from tests.builders.custody import Custody

OUTSIDE = re.compile(r"https?://|\bsrc\s*=|url\(|@import|<link|<script", re.IGNORECASE)
APRIL, JULY = date(2023, 4, 10), date(2023, 7, 10)


def edge(drawn: Graph, source: str, target: str) -> Edge:
    return next(edge for edge in drawn.edges if (edge.source, edge.target) == (source, target))


def test_people_lead_over_means_and_quorums_to_the_wallet() -> None:
    april = graph(pictured.facts(), "cold-1", APRIL)

    assert edge(april, "person:ann", "means:k1").sort == "has"
    assert edge(april, "means:k3-copy", "means:k3").sort == "gives"
    assert edge(april, "path:0", "wallet").sort == "moves"
    assert {node.label for node in april.nodes if node.sort == "quorum"} == {"2 of 3", "2 of 2"}


def test_a_means_is_open_until_its_holders_are_shown_to_be_all() -> None:
    before = {node.id: node.open for node in graph(pictured.facts(), "cold-1", APRIL).nodes}
    after = {node.id: node.open for node in graph(pictured.facts(), "cold-1", JULY).nodes}

    assert before["means:k1"]
    assert not after["means:k1"]


def test_paths_not_shown_to_be_all_are_a_path_of_their_own() -> None:
    assert "unlisted" in {node.id for node in graph(pictured.facts(), "cold-1", APRIL).nodes}
    assert "unlisted" not in {node.id for node in graph(pictured.facts(), "cold-1", JULY).nodes}


def test_only_what_holds_on_the_day_is_there() -> None:
    july = graph(pictured.facts(), "cold-1", JULY)

    assert "person:dee" not in {node.id for node in july.nodes}
    assert "by policy change" not in {node.label for node in july.nodes}


def test_a_possession_below_the_standing_does_not_count_and_is_dashed() -> None:
    april = graph(pictured.facts(), "cold-1", APRIL)
    narrative = graph(pictured.facts(), "cold-1", APRIL, ProofLevel.NARRATIVE)

    assert not edge(april, "person:fay", "means:console").accepted
    assert edge(narrative, "person:fay", "means:console").accepted


def test_the_least_coalitions_are_named() -> None:
    coalitions = graph(pictured.facts(), "cold-1", JULY).coalitions

    assert coalitions.count == 3
    assert set(map(frozenset, coalitions.sets)) == {
        frozenset(("Ann Lindqvist", "Bo Tanaka")),
        frozenset(("Ann Lindqvist", "Cem Aydın")),
        frozenset(("Bo Tanaka", "Cem Aydın")),
    }


def test_every_node_and_edge_is_in_the_table_with_its_row_and_citation() -> None:
    april = graph(pictured.facts(), "cold-1", APRIL)
    page = html(april)
    body = re.findall(r"<tbody>(.*?)</tbody>", page, re.DOTALL)[-1]

    assert body.count("<tr") >= len(april.nodes) + len(april.edges)
    for part in (*(fact for node in april.nodes for fact in node.facts),
                 *(edge.fact for edge in april.edges if edge.fact)):  # fmt: skip
        assert f">{part.place}<" in body
        assert all(cite in body for cite in part.cites)


def test_hovering_says_the_citation() -> None:
    picture = html(graph(pictured.facts(), "cold-1", APRIL)).partition("</svg>")[0]
    hovers = "".join(re.findall(r"<title>(.*?)</title>", picture))

    assert "UM-004410, UM-004411; possessions.csv:5" in hovers


def test_nothing_comes_from_elsewhere() -> None:
    assert OUTSIDE.search(html(graph(pictured.facts(), "cold-1", APRIL))) is None


def test_the_same_facts_give_the_same_bytes() -> None:
    first, two = (graph(pictured.facts(), "cold-1", APRIL) for _ in range(2))

    assert html(first) == html(two)


def test_a_png_opens_and_is_the_same_twice() -> None:
    first, two = (png(graph(pictured.few(), "cold-1", APRIL)) for _ in range(2))
    picture = Image.open(io.BytesIO(first))

    assert first == two
    assert picture.format == "PNG"
    assert 2_000 <= picture.size[0] <= 6_000


@pytest.mark.parametrize("name", pictured.HOSTILE)
def test_whatever_a_name_holds_the_page_says_it_and_no_more(name: str) -> None:
    drawn = graph(pictured.renamed(name), "cold-1", APRIL)
    page = html(drawn)

    assert pictured.Tags(page).found <= pictured.SOUND_TAGS
    assert escape(plain(name)) in page
    assert pictured.overlapping(drawing(drawn)) == []


def test_grants_in_a_circle_are_drawn() -> None:
    facts = pictured.facts()
    circle = [
        Grant(source=pictured.leaf(source), gives=two, period=Period.parse("2023-01-09"),
              **pictured.stamp("grants", 10 + at))
        for at, (source, two) in enumerate((("k1", "k2"), ("k2", "k3"), ("k3", "k1"), ("k1", "k1")))
    ]  # fmt: skip
    drawn = graph(replace(facts, grants=tuple(circle)), "cold-1", APRIL)

    assert len(drawn.coalitions.sets) == 4
    assert pictured.overlapping(drawing(drawn)) == []


def test_an_approval_and_whoever_may_set_it_aside_lead_to_its_path() -> None:
    facts = pictured.facts()
    approval = replace(
        facts.approvals[0], standing=ProofLevel.SWORN, enforced_by="console",
        formula=pictured.any_of(1, "k1", "k2"),
    )  # fmt: skip
    july = graph(replace(facts, approvals=(approval,)), "cold-1", JULY)

    sorts = {edge.sort for edge in july.edges if edge.target == "path:0"}
    assert sorts == {"counts", "approves", "sets aside"}


def test_no_policy_that_day_is_said_in_the_picture() -> None:
    bare = Facts(wallets=(Wallet(id="cold-9", **pictured.stamp("wallets", 2)),))
    drawn = graph(bare, "cold-9", APRIL)

    texts = " ".join(item.text for item in drawing(drawn).items if isinstance(item, Words))
    assert "No policy of this wallet is in the facts for this day" in texts
    assert "No set of listed people is shown to be able to move it" in texts
    assert png(drawn).startswith(b"\x89PNG")


def test_a_misspelt_wallet_is_answered_with_those_near() -> None:
    with pytest.raises(UnknownWalletError, match="Perhaps cold-1"):
        graph(pictured.facts(), "cold_1", APRIL)


def crowd(count: int) -> Facts:
    names = [f"k{at}" for at in range(count)]
    facts = pictured.facts()
    return replace(
        facts,
        means=tuple(Means(id=name, kind="key", **pictured.stamp("means", 2)) for name in names),
        possessions=tuple(
            Possession(person="ann", means=name, period=Period.parse("2023-01-09"),
                       **pictured.stamp("possessions", at))
            for at, name in enumerate(names)
        ),
        policies=(replace(facts.policies[0], formula=pictured.any_of(2, *names)),),
        approvals=(),
        grants=(),
    )  # fmt: skip


def test_what_is_too_much_to_draw_is_counted_and_kept_in_the_table() -> None:
    drawn = graph(crowd(50), "cold-1", APRIL)
    texts = [item.text for item in drawing(drawn).items if isinstance(item, Words)]

    assert f"Not drawn: {50 - MOST['means']} more means; see the table." in texts
    assert all(f">k{at}<" in html(drawn) for at in range(50))


def nodes_and_edges(pairs: list[tuple[int, int]]) -> tuple[list[Node], list[Edge]]:
    names = sorted({f"means:{at}" for pair in pairs for at in pair})
    nodes = [Node(id=name, sort="means", label=name) for name in names]
    nodes.append(Node(id="wallet", sort="wallet", label="w"))
    edges = [
        Edge(source=f"means:{source}", target=f"means:{two}", sort="gives", says="gives")
        for source, two in pairs
    ]
    edges += [Edge(source=name, target="wallet", sort="moves", says="moves") for name in names]
    return nodes, edges


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12)), max_size=30))
def test_no_two_nodes_ever_touch(pairs: list[tuple[int, int]]) -> None:
    nodes, edges = nodes_and_edges(pairs)
    heights = {node.id: 50.0 for node in nodes}
    placed = layout(nodes, edges, heights)

    for layer in placed.layers:
        middles = [placed.y[name] for name in layer if name in heights]
        assert all(two - upper >= 50 for upper, two in pairwise(middles))
        assert all(25 <= middle <= placed.height - 25 for middle in middles)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 8), st.integers(0, 8)), max_size=20), st.randoms())
def test_the_layout_does_not_hang_on_the_order_of_the_rows(pairs, random) -> None:
    nodes, edges = nodes_and_edges(pairs)
    heights = {node.id: 50.0 for node in nodes}
    shuffled = random.sample(nodes, len(nodes))

    assert layout(shuffled, edges, heights).y == layout(nodes, edges, heights).y


def test_where_people_are_too_many_no_means_is_left_without_a_holder() -> None:
    """Forty hold k0: to draw them first would make k1 and k2 look like keys nobody had."""
    custody = Custody().means("k0", "k1", "k2").wallet("w").policy("w", "2 of (k0, k1, k2)")
    custody.people(*(f"p{number}" for number in range(42)))
    for number in range(42):
        custody.has(f"p{number}", f"k{max(0, number - 39)}")

    picture = graph(custody.facts, "w", APRIL)
    heights = {node.id: 40.0 for node in picture.nodes}
    drawn = {edge.target for edge, _ in layout(picture.nodes, picture.edges, heights).routes}
    assert {"means:k0", "means:k1", "means:k2"} <= drawn
