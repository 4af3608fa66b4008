"""Samples of quality control by JSON: drawn, reported."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import msgspec
from litestar import get, post

from forthwith.domain.batches import Sample
from forthwith.domain.users import Seer
from forthwith.review.quality import BAR, CONFIDENCE
from forthwith.workflows.room import quality as desk
from forthwith.workflows.room.quality import Report
from forthwith.workflows.room.room import Room


class Wanted(msgspec.Struct, forbid_unknown_fields=True):
    """How a sample is drawn: "qc" of first codings, "elusion" of what is not responsive."""

    kind: str = "qc"
    #: Documents of each reviewer, or of the sample; 0 for what is usual.
    documents: int = 0
    mark: str = ""
    seed: str = ""
    bar: float = BAR
    confidence: float = CONFIDENCE
    side: str = "ours"
    reviewers: list[str] = []
    offered: list[str] = []


def sample_json(sample: Sample) -> dict[str, Any]:
    """Return a sample as plain data, without the documents drawn."""
    strata = [
        {**{name: row[name] for name in ("reviewer", "value", "population")},
         "drawn": len(row["drawn"])}
        for row in sample.body["strata"]
    ]  # fmt: skip
    return {
        "id": sample.id,
        "kind": sample.kind,
        "batch": sample.batch,
        "who": sample.who,
        "at": sample.at,
        **{name: value for name, value in sample.body.items() if name != "strata"},
        "strata": strata,
    }


def report_json(report: Report) -> dict[str, Any]:
    """Return a report as plain data."""
    return {
        "sample": sample_json(report.sample),
        "drawn": report.drawn,
        "read": report.read,
        "complete": report.complete,
        "overturned": [{**asdict(row), "rate": row.rate} for row in report.overturned],
        "agreements": [{"mark": row.mark, **asdict(row.agreement)} for row in report.agreements],
        "failing": list(report.failing),
        "reopen": list(report.reopen),
        "elusion": asdict(report.elusion) if report.elusion else None,
    }


@get("/api/samples", sync_to_thread=True)
def samples(room: Room, seer: Seer) -> dict[str, Any]:
    """Return the samples in the order drawn."""
    return {"samples": [sample_json(sample) for sample in desk.samples(room, seer)]}


@post("/api/samples", sync_to_thread=True)
def draw(room: Room, seer: Seer, data: Wanted) -> dict[str, Any]:
    """Draw a sample."""
    drawn = desk.draw_as_asked(room, seer, **msgspec.structs.asdict(data))
    return {"sample": sample_json(drawn.sample), "batch": drawn.batch.id}


@get("/api/samples/{sample:str}", sync_to_thread=True)
def report(room: Room, seer: Seer, sample: str) -> dict[str, Any]:
    """Return what a sample shows so far."""
    return report_json(desk.report(room, seer, sample))


ALL = (samples, draw, report)
