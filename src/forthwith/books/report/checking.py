"""A delivered report held against itself, against what its files come to, and the month before.

Every figure is recomputed from the delivered files; beside that the report's own lines are added
up, so that a reader who cannot recompute sees what is wrong within it. A code and a sentence come
out; the catalogue of findings says the rest.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from forthwith.domain.amounts import AmountError, units

_Json = Mapping[str, Any]
#: Parts of a report that its maker knows and no file tells.
GIVEN = ("certifier", "version", "made_by", "amends", "salts")
#: Differences of one part named before the rest is only counted.
_SHOWN = 50


@dataclass(frozen=True, slots=True)
class ReportFinding:
    """One thing wrong with a report: a code of the catalogue, where, and one sentence."""

    code: str
    #: "places/fbo/USD/closing", or a file of the folder.
    where: str
    #: Without its full stop.
    says: str

    def as_json(self) -> dict[str, str]:
        """Return it as `books check` prints it."""
        return {"code": self.code, "where": self.where, "says": self.says}


def without_roots(report: _Json) -> _Json:
    """Return a report without the roots of its trees, whose salts the exchange kept."""
    return {
        **report,
        "liabilities": [
            {key: cell for key, cell in row.items() if key != "root"}
            for row in report["liabilities"]
        ],
        "commitments": {key: part for key, part in report["commitments"].items() if key != "roots"},
    }


def compared(delivered: _Json, recomputed: _Json) -> Iterator[ReportFinding]:
    """Yield each figure or cell that the delivered files do not come to."""
    skipped = {*GIVEN, "witnesses", "commitments", "could_move"}
    for key in sorted((delivered.keys() | recomputed.keys()) - skipped):
        yield from _limited(different("BR02", key, delivered.get(key), recomputed.get(key)))
    yield from _limited(
        different("BR08", "commitments", delivered.get("commitments"), recomputed["commitments"])
    )
    yield from _limited(
        different("BR07", "witnesses", delivered.get("witnesses"), recomputed["witnesses"])
    )


def _limited(findings: Iterator[ReportFinding]) -> Iterator[ReportFinding]:
    more = 0
    last: ReportFinding | None = None
    for number, found in enumerate(findings):
        if number < _SHOWN:
            yield found
        else:
            more, last = more + 1, found
    if last is not None:
        says = f"{more:,} cells more differ from what the files come to"
        yield ReportFinding(last.code, last.where.partition("/")[0], says)


def different(code: str, where: str, theirs: Any, ours: Any) -> Iterator[ReportFinding]:
    """Yield the places in which two JSON values differ, rows of a list by their names."""
    if isinstance(theirs, Mapping) and isinstance(ours, Mapping):
        for key in sorted(theirs.keys() | ours.keys()):
            yield from different(code, f"{where}/{key}", theirs.get(key), ours.get(key))
    elif isinstance(theirs, list) and isinstance(ours, list):
        mine, other = _named(theirs), _named(ours)
        for name in sorted(mine.keys() | other.keys()):
            yield from different(code, f"{where}/{name}", mine.get(name), other.get(name))
    elif theirs != ours or type(theirs) is not type(ours):
        yield ReportFinding(
            code,
            where,
            f"{_shown(theirs)} is printed, the files come to {_shown(ours).rstrip('.')}",
        )


def _named(rows: list[Any]) -> dict[str, Any]:
    """Return the rows of a list by what they are about, or by number."""
    named: dict[str, Any] = {}
    for number, row in enumerate(rows, 1):
        keys = [
            str(row[key])
            for key in ("place", "asset", "entity", "kind", "from", "at", "account", "file", "rows")
            if isinstance(row, Mapping) and key in row
        ]
        name = " ".join(keys) or str(number)
        while name in named:
            name = f"{name} again"
        named[name] = row
    return named


def _shown(value: Any) -> str:
    if value is None:
        return "nothing"
    text = str(value)
    return text if len(text) <= 80 else f"{text[:79]}…"


def added_up(report: _Json, decimals: Mapping[str, int]) -> Iterator[ReportFinding]:
    """Yield what does not add up within the report itself (laws 1, 2, 4, 5 and 7).

    `decimals` are those of each asset; an amount that does not read is one finding more.
    """
    for row in report.get("places", ()):
        where = f"places/{row['place']}/{row['asset']}"
        try:
            places = decimals[row["asset"]]
            total = units(row["opening"], places) - units(row["network_fees"], places)
            total += sum(units(amount, places) for amount in row["in"].values())
            total -= sum(units(amount, places) for amount in row["out"].values())
            closing = units(row["closing"], places)
        except (AmountError, KeyError) as wrong:
            yield ReportFinding("BR03", where, f"the line does not read: {wrong}")
            continue
        if total != closing:
            says = "opening, what came in, what went out and fees do not come to the closing"
            yield ReportFinding("BR03", where, says)
    totals = {row["asset"]: row["total"] for row in report.get("liabilities", ())}
    for row in report.get("assets", ()):
        yield from _asset(row, decimals, totals)
    yield from _witnessed(report)


def _asset(
    row: _Json, decimals: Mapping[str, int], totals: Mapping[str, str]
) -> Iterator[ReportFinding]:
    name, where = row["asset"], f"assets/{row['asset']}"
    try:
        places = decimals[name]
        owed = units(row["owed_customers"], places)
        classes = sum(units(row["owed"][klass], places) for klass in ("outsider", "affiliated_lp"))
        held = sum(units(amount, places) for amount in row["held"].values())
        difference = None if row["difference"] is None else units(row["difference"], places)
        least = row["least"]["difference"]
        lowest = None if least is None else units(least, places)
        total = units(totals[name], places) if name in totals else None
    except (AmountError, KeyError, TypeError) as wrong:
        yield ReportFinding("BR03", where, f"the asset does not read: {wrong}")
        return
    if owed != classes:
        yield ReportFinding("BR03", f"{where}/owed_customers", "the classes do not come to it")
    if difference is not None and difference != held - owed:
        yield ReportFinding("BR03", f"{where}/difference", "held less owed does not come to it")
    if total is not None and total != owed:
        yield ReportFinding(
            "BR05", f"liabilities/{name}", "the tree's total is not what customers are owed"
        )
    if total is None and owed:
        yield ReportFinding("BR05", f"liabilities/{name}", "no tree commits to what is owed")
    if difference is not None and lowest is not None and lowest > difference:
        says = "the least difference of the month is above that of its last instant"
        yield ReportFinding("BR03", f"{where}/least", says)


def short_and_untold(
    report: _Json, floors: Mapping[str, int], decimals: Mapping[str, int]
) -> Iterator[ReportFinding]:
    """Yield each asset whose least difference is below the floor and no shortfall is printed."""
    for row in report.get("assets", ()):
        least = row["least"]["difference"]
        name = row["asset"]
        if least is None or row["shortfalls"] or name not in decimals:
            continue
        try:
            lack = -units(least, decimals[name])
        except AmountError:
            continue
        if lack > floors.get(name, 0):
            says = f"the least difference is {least}, and no shortfall is printed"
            yield ReportFinding("BR06", f"assets/{name}/shortfalls", says)


def _witnessed(report: _Json) -> Iterator[ReportFinding]:
    """Yield each amount of a line that names no rows at all."""
    witnesses = report.get("witnesses", {})
    for row in report.get("places", ()):
        at = f"places/{row['place']}/{row['asset']}"
        ids = [f"{at}/closing", *(f"{at}/in/{side}" for side in row["in"])]
        ids += [f"{at}/out/{side}" for side in row["out"]]
        for place in ids:
            amount = (
                row["closing"]
                if place.endswith("/closing")
                else row[place.split("/")[-2]][place.rpartition("/")[2]]
            )
            if str(amount).strip("-0.") and not witnesses.get(place, {}).get("rows"):
                yield ReportFinding("BR07", place, "no row of evidence stands behind it")


def follows(report: _Json, before: _Json) -> Iterator[ReportFinding]:
    """Yield each opening that is not the closing of the month before (law 1)."""
    closings = {(row["place"], row["asset"]): row["closing"] for row in before.get("places", ())}
    zero = {"", "0", "0.0", "0.00"}
    for row in report.get("places", ()):
        last = closings.pop((row["place"], row["asset"]), "")
        if row["opening"] != last and not (row["opening"] in zero and last in zero):
            says = (
                f"it opens with {row['opening']}; {before['month']} closed with {last or 'nothing'}"
            )
            yield ReportFinding("BR04", f"places/{row['place']}/{row['asset']}/opening", says)
    for (place, asset), closing in sorted(closings.items()):
        if closing not in zero:
            says = f"{before['month']} closed with {closing}, and this month has no such line"
            yield ReportFinding("BR04", f"places/{place}/{asset}/opening", says)


def amended(report: _Json, before: _Json, digest: str) -> Iterator[ReportFinding]:
    """Yield what is wrong with an amendment: its rows and figures, held against the version before.

    `digest` is the SHA-256 of the earlier report's JSON.
    """
    amends = report.get("amends")
    if not amends:
        yield ReportFinding(
            "BR11", "amends", "the report is a later version and does not say of what"
        )
        return
    if amends.get("sha256") != digest or amends.get("version") != before.get("version"):
        yield ReportFinding("BR11", "amends", "it amends another report than the one beside it")
        return
    told = {row["figure"]: (row["before"], row["after"]) for row in amends.get("figures", ())}
    real = {found["figure"]: (found["before"], found["after"]) for found in changed(before, report)}
    for figure in sorted(told.keys() | real.keys()):
        if told.get(figure) != real.get(figure):
            says = "the amendment does not tell this change as it is"
            yield ReportFinding("BR11", figure, says)


def changed(before: _Json, after: _Json) -> list[dict[str, Any]]:
    """Return each cell that an amendment changes, before and after."""
    skipped = {*GIVEN, "witnesses", "headline", "files", "commitments"}
    return [
        {"figure": figure, "before": old, "after": new}
        for key in sorted((before.keys() | after.keys()) - skipped)
        for figure, old, new in _pairs(key, before.get(key), after.get(key))
    ]


def _pairs(where: str, before: Any, after: Any) -> Iterator[tuple[str, Any, Any]]:
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for key in sorted(before.keys() | after.keys()):
            yield from _pairs(f"{where}/{key}", before.get(key), after.get(key))
    elif isinstance(before, list) and isinstance(after, list):
        mine, other = _named(before), _named(after)
        for name in sorted(mine.keys() | other.keys()):
            yield from _pairs(f"{where}/{name}", mine.get(name), other.get(name))
    elif before != after:
        yield where, before, after
