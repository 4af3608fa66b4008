"""Search: a report of 500 terms, and `w/5` alone, beside SQLite FTS5 and bare tantivy in one run.

Texts are made of words as frequent as words are (Zipf), in families of three. Every engine gives
the documents of every term, counted alike into hits, hits with family and unique hits; FTS5 must
find the same documents as we do. tantivy has no w/n: two phrases with slop, one an order, stand for
it. Nested nearness no peer answers, so it stands alone.
Run: python -m benchmarks.search [DOCUMENTS] [WORDS]
"""

from __future__ import annotations

import random
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import tantivy

from benchmarks.invented_texts import texts, vocabulary
from forthwith.review.search.evaluate import Engine
from forthwith.review.search.index import Index, Row, build
from forthwith.review.search.parser import parse

DOCUMENTS, WORDS = 250_000, 150
TERMS, NEAR = 500, 500
_SECONDS = 60.0

Term = tuple[str, tuple[str, ...]]
Find = Callable[[Term], np.ndarray]


def terms(count: int, kinds: Sequence[str]) -> list[Term]:
    """Return terms of each kind in turn, of words neither the commonest nor the rarest."""
    chance, words = random.Random(3), vocabulary()
    made = []
    for number in range(count):
        kind = kinds[number % len(kinds)]
        held = tuple(words[int(10 ** chance.uniform(1.3, 3.7))] for _ in range(3))
        made.append((kind, (words[int(10 ** chance.uniform(0, 2))], *held)))
    return made


KINDS = ("word", "word", "phrase", "near", "near", "prefix", "and", "or")
_OURS = {
    "word": "{1}", "phrase": '"{0} {1}"', "near": "{1} w/5 {2}", "prefix": "{1:.5}*",
    "and": "{1} AND ({2} OR {3})", "or": "{1} OR {2} OR {3}",
    "nested": "({1} w/5 {2}) w/10 ({0} pre/3 ({3} OR {2}))",
}  # fmt: skip
_FTS5 = _OURS | {"near": "NEAR({1} {2}, 4)"}


def _ours(folder: Path, documents: int, words: int) -> Find:
    def rows() -> Iterator[Row]:
        for number, text in enumerate(texts(documents, words)):
            yield Row(f"FW{number:08d}", f"FW{number // 3 * 3:08d}", "Lind", "", (), text)

    build(rows(), folder)
    engine = Engine(Index(folder))

    def find(term: Term) -> np.ndarray:
        return np.flatnonzero(engine.mask(parse(_OURS[term[0]].format(*term[1]))))

    return find


def _fts5(folder: Path, documents: int, words: int) -> Find:
    database = sqlite3.connect(folder / "fts5.db")
    database.executescript(
        "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA cache_size=-500000"
    )
    database.execute("CREATE VIRTUAL TABLE t USING fts5(x, content='')")
    database.executemany(
        "INSERT INTO t(rowid, x) VALUES (?, ?)", enumerate(texts(documents, words))
    )
    database.execute("INSERT INTO t(t) VALUES ('optimize')")
    database.commit()

    def find(term: Term) -> np.ndarray:
        asked = _FTS5[term[0]].format(*term[1])
        rows = database.execute("SELECT rowid FROM t WHERE t MATCH ?", (asked,))
        return np.fromiter((row[0] for row in rows), np.int64)

    return find


def _tantivy(folder: Path, documents: int, words: int) -> Find:
    builder = tantivy.SchemaBuilder()
    builder.add_text_field("x", tokenizer_name="words")
    builder.add_integer_field("n", fast=True)
    schema = builder.build()
    index = tantivy.Index(schema, path=str(folder))
    analyser = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace()).build()
    index.register_tokenizer("words", analyser)
    writer = index.writer(512_000_000, 1)
    for number, text in enumerate(texts(documents, words)):
        document = tantivy.Document()
        document.add_text("x", text)
        document.add_integer("n", number)
        writer.add_document(document)
    writer.commit()
    writer.wait_merging_threads()
    index.reload()
    searcher = index.searcher()

    def find(term: Term) -> np.ndarray:
        hits = searcher.search(_in_tantivy(schema, term), limit=documents, count=False).hits
        numbers = searcher.fast_field_values("n", [address for _, address in hits])
        return np.sort(np.array(numbers, dtype=np.int64))

    return find


def _in_tantivy(schema: tantivy.Schema, term: Term) -> tantivy.Query:
    kind, (common, a, b, c) = term
    query, must, may = tantivy.Query, tantivy.Occur.Must, tantivy.Occur.Should
    word = partial(query.term_query, schema, "x")
    if kind == "word":
        return word(a)
    if kind == "prefix":
        return query.regex_query(schema, "x", a[:5] + ".*")
    if kind == "phrase":
        return query.phrase_query(schema, "x", [common, a])
    if kind == "near":
        orders = [query.phrase_query(schema, "x", order, slop=4) for order in ([a, b], [b, a])]
        return query.boolean_query([(may, order) for order in orders])
    any_of = query.boolean_query(
        [(may, word(each)) for each in ((b, c) if kind == "and" else (a, b, c))]
    )
    return query.boolean_query([(must, word(a)), (must, any_of)]) if kind == "and" else any_of


def _report(find: Find, asked: Sequence[Term], documents: int) -> tuple[float, list[np.ndarray]]:
    """Return the seconds of a whole report, and each term's documents."""
    began = time.perf_counter()
    hits = [find(term) for term in asked]
    counts = np.zeros(documents, dtype=np.int32)
    for hit in hits:
        counts[hit] += 1
    family = np.arange(documents) // 3
    sizes = np.bincount(family)
    for hit in hits:
        _ = (len(hit), int(sizes[np.unique(family[hit])].sum()), int((counts[hit] == 1).sum()))
    return time.perf_counter() - began, hits


def _alone(find: Find, asked: Sequence[Term]) -> tuple[float, float]:
    """Return the median and the 99th percentile of one term, in milliseconds."""
    spent = []
    for term in asked:
        began = time.perf_counter()
        find(term)
        spent.append((time.perf_counter() - began) * 1000)
    return statistics.median(spent), statistics.quantiles(spent, n=100)[98]


def measure(documents: int, words: int) -> list[dict[str, Any]]:
    """Return the lines of the table."""
    asked, near = (
        terms(TERMS, KINDS),
        [("near", held) for _, held in terms(NEAR + 7, ("near",))[7:]],
    )
    built, reports, alone, found = {}, {}, {}, {}
    with tempfile.TemporaryDirectory() as place:
        for name, make in (("ours", _ours), ("FTS5", _fts5), ("tantivy", _tantivy)):
            folder = Path(place) / name
            folder.mkdir()
            began = time.perf_counter()
            find = make(folder, documents, words)
            built[name] = time.perf_counter() - began
            # The report first: what we keep of positions between queries is not there yet.
            reports[name], found[name] = _report(find, asked, documents)
            alone[name] = _alone(find, near)
            if name == "ours":
                nested = _alone(find, [("nested", held) for _, held in near])
    for term, ours, theirs in zip(asked, found["ours"], found["FTS5"]):
        if not np.array_equal(ours, theirs):
            raise AssertionError(f"FTS5 finds other documents for {term}")
    other = sum(not np.array_equal(a, b) for a, b in zip(found["ours"], found["tantivy"]))
    what = f"{documents:,} documents of {words} words"
    return [
        _line(f"report of {TERMS} terms, {what}", reports, "s", _SECONDS),
        _line(f"{NEAR} w/5 queries, median, {what}", _part(alone, 0), "ms"),
        _line(f"{NEAR} w/5 queries, 99th percentile, {what}", _part(alone, 1), "ms"),
        _line(f"{NEAR} nested distances, median, {what}", {"ours": nested[0]}, "ms"),
        _line(f"{NEAR} nested distances, 99th percentile, {what}", {"ours": nested[1]}, "ms"),
        _line(f"index of {what} (tantivy finds other documents for {other} terms)", built, "s"),
    ]


def _part(alone: dict[str, tuple[float, float]], at: int) -> dict[str, float]:
    return {name: both[at] for name, both in alone.items()}


def _line(
    what: str, spent: dict[str, float], unit: str, most: float | None = None
) -> dict[str, Any]:
    peers = {name: cost for name, cost in spent.items() if name != "ours"}
    return {
        "what": what,
        "ours": f"{spent['ours']:.2f} {unit}",
        "peer": ", ".join(f"{name}: {cost:.2f} {unit}" for name, cost in peers.items()),
        "ratio": min(peers.values()) / spent["ours"] if peers else None,
        "limit": f"< {most:.0f} s" if most else "",
        "met": spent["ours"] < most if most else None,
    }


def run(_corpora: Any = None) -> list[dict[str, Any]]:
    """Measure all three."""
    return measure(DOCUMENTS, WORDS)


if __name__ == "__main__":
    given = [int(each) for each in sys.argv[1:]]
    for row in measure(*(given + [DOCUMENTS, WORDS][len(given) :])):
        print(row)
