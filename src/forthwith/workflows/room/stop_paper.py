"""The certificate of a stop on paper: an exhibit, and a paragraph for a declaration.

It holds what anybody needs to reckon it again: the counts, the formula, the seed, the numbers of
the documents drawn, and who coded and checked them. It signs nothing.
"""

from __future__ import annotations

from datetime import date

from forthwith.domain.chronology import Moment, Precision
from forthwith.domain.rankings import Ranking, Rule
from forthwith.domain.users import Seer
from forthwith.papers.blocks import Heading, Lines, Paper, Paragraph, Table
from forthwith.plain.counting import count
from forthwith.record import rankings as kept
from forthwith.review import stopping
from forthwith.workflows.room import stops
from forthwith.workflows.room.room import Room
from forthwith.workflows.room.stops import StopReport

_HYPERGEOMETRIC = (
    "U is the greatest K with P(X ≤ k) > a, where X is hypergeometric: the relevant documents in a "
    "sample of n drawn without replacement from N of which K are relevant. It is reckoned in whole "
    "numbers. Recall is at least (F + k) / (F + U). Try m spends a = alpha / 2^m, so that all "
    "tries together err no more often than alpha."
)
_QBCB = (
    "j is the least number with P(B ≤ j - 1) ≥ 1 - alpha, where B is binomial with r trials and "
    "probability t (the quantile binomial confidence bound of Lewis, Yang and Frieder, CIKM 2021). "
    "The r relevant documents were drawn at random from all documents before any was proposed, and "
    "were kept out of what the ranking learnt from; reading stopped once j of them were reached."
)
_NOT = (
    "What is promised is about recall by the codings as they stand: whether a document was coded "
    "rightly is a question of its own. No score of the ranking was shown to anybody."
)


def paper(room: Room, seer: Seer, called: str, number: str = "", on: str = "") -> Paper:
    """Return the certificate of a stop, the last counted one for "".

    A try that certified nothing prints as what it showed. Raises RefusedError, NotShownError,
    StopError.
    """
    ranking, report = stops.one_counted(room, seer, called, number)
    stop = report.stop
    with room.matter.engine.connect() as connection:
        drawn_at, drawer = kept.first_drawn(connection, stop.id)
    settings = room.case.settings
    head = " ".join(filter(None, (settings.name, settings.number)))
    on = on or room.today()
    kind = "Certificate of a stop" if stop.certified else "A stop that was not certified"
    checks = ", ".join(stop.checks) or "none"
    blocks = (
        Heading(f"Exhibit ____: {kind}"),
        Lines((head, f"{stop.id} of the ranked review {ranking.name}",
               f"As of {Moment(on, Precision.DAY).said()}")),
        Paragraph(report.promise or report.missing),
        Heading("Numbers", 2),
        Table(("", "What", "Number"), tuple(_numbers(ranking, report)), frozenset({2})),
        Heading("Formula", 2),
        Paragraph(_QBCB if stop.rule is Rule.QBCB else _HYPERGEOMETRIC),
        Paragraph(_NOT),
        Heading("Sample", 2),
        Paragraph(
            f"Drawn {drawn_at[:19].replace('T', ' ')} UTC by {drawer} with the seed "
            f"{stop.seed}: the first {len(stop.drawn):,} of {count(stop.unread, 'document')} in "
            "ascending order of the SHA-256 of seed, a slash and control number. The digest of the "
            f"control numbers drawn from is {stop.frame}. The draw is in the journal before any of "
            "its documents was coded for it."
        ),
        Paragraph(
            f"Coded by {_people(stop.coders)}; coded again by {_people(stop.checkers)} (sample of "
            f"quality control: {checks}), who were not shown the first coding."
        ),
        Table(
            ("Control number", "Coded"),
            tuple(
                (control, f"{ranking.mark}={ranking.value}" if control in set(stop.hits) else "not")
                for control in stop.drawn
            ),
            frozenset(),
        ),
        Heading("Paragraph for a declaration", 2),
        Paragraph(paragraph(ranking, report, drawn_at)),
    )  # fmt: skip
    return Paper(f"{kind}: {head}", blocks, date.fromisoformat(on))


def paragraph(ranking: Ranking, report: StopReport, drawn_at: str) -> str:
    """Return what a declarant may swear to, in one paragraph; nobody has sworn to it."""
    stop = report.stop
    day = Moment(drawn_at[:10], Precision.DAY).said()
    about = (
        f"The documents to be marked {ranking.mark}={ranking.value} were looked for among "
        f"{count(stop.documents, 'document')}"
        + (f" that the search {ranking.query} finds" if ranking.query else "")
        + ", in an order that a classifier learnt from the codings made."
    )
    if stop.rule is Rule.QBCB:
        how = (
            f"Before any document was proposed, on {day}, a random sample was drawn that held "
            f"{count(min(stop.wanted, stop.relevant), 'relevant document')}; they were kept out of "
            f"what the classifier learnt from, and reading stopped once {stop.bound:,} of them had "
            "been reached."
        )
    else:
        how = (
            f"On {day}, {stop.before:,} had been found and "
            f"{count(stop.unread, 'document')} had not been read. "
            f"{count(len(stop.drawn), 'document')} of these "
            f"{'was' if len(stop.drawn) == 1 else 'were'} drawn at random and coded by "
            f"{_people(stop.coders)}, who were shown no score; {stop.relevant:,} proved relevant."
        )
    return " ".join((about, how, report.promise or report.missing.partition(" Read on")[0]))


def _numbers(ranking: Ranking, report: StopReport) -> list[tuple[str, str, str]]:
    stop = report.stop
    rows = [
        ("", "Documents ranked", f"{stop.documents:,}"),
        ("", "Looked for", f"{ranking.mark}={ranking.value}"),
        ("", "Found by the query", ranking.query or "all documents of the side"),
        ("t", "Target", _share(stop.target)),
        ("1 - alpha", "Confidence", _share(stop.confidence)),
    ]
    if stop.rule is Rule.QBCB:
        r = min(stop.wanted, stop.relevant)
        rows += [
            ("", "Drawn beforehand", f"{len(stop.drawn):,}"),
            ("r", "Relevant documents of the sample", f"{r:,}"),
            ("j", "Reading stops when so many are reached", f"{stop.bound:,}"),
        ]
    else:
        alpha = stopping.alpha_of(stop.attempt, stop.confidence)
        low, high = report.interval or (0.0, 1.0)
        rows += [
            ("m", "Try", f"{stop.attempt:,}"),
            ("a", "What this try may err", f"{float(alpha):.6g}"),
            ("F", "Relevant, found before the draw", f"{stop.before:,}"),
            ("N", "Unread at the draw", f"{stop.unread:,}"),
            ("n", "Drawn", f"{len(stop.drawn):,}"),
            ("k", "Relevant among the drawn", f"{stop.relevant:,}"),
            ("U", "Relevant among the unread, at most", f"{stop.bound:,}"),
            ("", "Recall, at least: (F + k) / (F + U)", f"{report.low or 0.0:.4f}"),
            ("", f"Two-sided interval of recall at {_share(stop.confidence)}",
             f"{low:.4f} to {high:.4f}"),
        ]  # fmt: skip
    errors = f"{stop.overturned:,} of {stop.checked:,}" if stop.checked else "none made again"
    return [*rows, ("", "Codings of the sample decided otherwise by a second person", errors)]


def _people(logins: tuple[str, ...]) -> str:
    return ", ".join(logins) or "nobody"


def _share(share: float) -> str:
    return f"{100 * share:.10g} %"
