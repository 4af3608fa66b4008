"""The gate before a production: every rule red, green or waiting, with the documents behind it.

`produce` asks it before anything is written, and stops on what is red or waiting; the page and the
command show it. What a matter has nothing of (no room, no codings, no redactions) is absent and
stops nothing. Rules that may be let stand with a reason say so, and the letter says that they were.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from forthwith.domain.batches import Batch, BatchState
from forthwith.domain.coding import Pass
from forthwith.domain.documents import ControlNumber, Document
from forthwith.domain.evidence import Kind
from forthwith.domain.gate import (
    Gate,
    Light,
    NotToBeAcceptedError,
    Rule,
    RuleName,
    SampledPage,
    Verdict,
    named,
)
from forthwith.domain.redactions import Redactions, RedactionState
from forthwith.plain.counting import count
from forthwith.record import redactions as kept
from forthwith.record.batches import Batches
from forthwith.record.codings import Codings
from forthwith.record.room_store import RoomStore
from forthwith.record.users import Users
from forthwith.review import elsewhere
from forthwith.review.coding.conflicts import Conflict
from forthwith.review.elsewhere import Elsewhere, Left
from forthwith.review.privilege import claims as privilege_claims
from forthwith.review.privilege.claims import Treatment
from forthwith.review.privilege.gate import said
from forthwith.review.privilege.near_duplicates import Text, Twin
from forthwith.review.search.search import Searcher
from forthwith.standards.loader import Standard
from forthwith.workflows.case_file import CaseFile

#: Sentences on single documents in one rule's sentence.
_TOLD = 3


@dataclass(frozen=True, slots=True)
class Reading:
    """What the redactions of one document come to today."""

    left: Left
    #: Why they cannot be burnt as they were drawn; "" where they can.
    stale: str = ""


@dataclass(frozen=True, eq=False)
class Draft:
    """What would go out, and what is known of it before a rule is asked."""

    case: CaseFile
    volume: str
    standard: Standard
    #: Whole families, in whatever order.
    documents: Sequence[Document]
    #: Control number -> log number.
    withheld: Mapping[ControlNumber, str]
    #: Open conflicts that stop a production.
    conflicts: Callable[[], Sequence[Conflict]] = tuple
    #: What goes out and is like something withheld, not released.
    twins: Callable[[], Sequence[Twin]] = tuple
    #: Strong proposals of privilege nobody decided; None where nobody screened.
    strong: Callable[[], Sequence[str] | None] = lambda: None
    #: Reads the documents with redactions that cover something.
    read: Callable[[Sequence[Document]], Sequence[Reading]] = lambda _documents: ()
    #: The pages drawn, given what is going out; None where nobody has an account to look with.
    sample: Callable[[Draft], Sequence[SampledPage]] | None = None
    #: Whether a document is shown to whoever asks.
    shown: Callable[[str], bool] = field(default=lambda _control: True)

    @cached_property
    def going(self) -> frozenset[str]:
        """Control numbers of what goes out, those withheld too."""
        return frozenset(str(document.control_number) for document in self.documents)

    @cached_property
    def proposed_and_standing(self) -> Redactions:
        """Every redaction that is open, of documents that are shown."""
        with self.case.matter.engine.connect() as connection:
            rows = kept.standing(connection)
        return {control: found for control, found in rows.items() if self.shown(control)}

    @cached_property
    def covering(self) -> Redactions:
        """Those that cover something, of documents that go out whole or in part."""
        return {
            control: found
            for control, rows in self.proposed_and_standing.items()
            if (found := tuple(row for row in rows if row.covers))
        }

    @cached_property
    def open(self) -> frozenset[str]:
        """Control numbers of what goes out and is not withheld."""
        return self.going - set(map(str, self.withheld))

    @cached_property
    def readings(self) -> Sequence[Reading]:
        """What the redactions of the matter come to, of whichever volume the documents are."""
        wanted = [
            self.case.documents[ControlNumber(control)]
            for control in sorted(self.covering)
            if ControlNumber(control) in self.case.documents
        ]
        return self.read(wanted) if wanted else ()

    @cached_property
    def digest(self) -> str:
        """Digest of documents, redactions and standard."""
        rows = [
            [str(row.id), str(row.shape), row.page, list(row.box or ()), row.span, row.reason]
            for control in sorted(self.going)
            for row in self.covering.get(control, ())
        ]
        held = sorted([str(control), log] for control, log in self.withheld.items())
        what = [self.standard.name, self.standard.digest, sorted(self.going), held, rows]
        return hashlib.sha256(json.dumps(what).encode()).hexdigest()


def ask(draft: Draft, accept: Sequence[str] = (), reason: str = "") -> Gate:
    """Ask every rule. `accept` names rules that stand with a reason, or RULE@DOCUMENT.

    Raises NotToBeAcceptedError, and what reading pages and the index raise.
    """
    sample = tuple(draft.sample(draft)) if draft.sample is not None else ()
    rules = with_sample(without_sample(draft), draft, sample)
    taken = _accepted(rules, accept, reason)
    rules = tuple(
        replace(rule, accepted=taken[rule.name]) if rule.name in taken else rule for rule in rules
    )
    return Gate(draft.volume, draft.digest, len(draft.documents), rules, sample)


def without_sample(draft: Draft) -> tuple[Rule, ...]:
    """Return every rule but that on the sample: what takes long, and no look changes."""
    return (
        _families(draft),
        _conflicts(draft),
        _privilege(draft),
        _twins(draft),
        _placeholders(draft),
        _redactions(draft),
        _elsewhere(draft),
        _coded(draft),
    )


def with_sample(
    rules: Sequence[Rule], draft: Draft, sample: Sequence[SampledPage]
) -> tuple[Rule, ...]:
    """Return rules with that on the sample, and the check to come."""
    return (*rules, _sampled(draft, sample), _checked())


def _families(draft: Draft) -> Rule:
    tops = {document.family for document in draft.documents}
    missing = [
        str(number)
        for number, document in draft.case.documents.items()
        if document.family in tops
        and number not in draft.going
        and document.kind is not Kind.CONTAINER
        and draft.shown(number)
    ]
    if missing:
        return Rule(
            RuleName.FAMILIES,
            Light.RED,
            f"{count(len(missing), 'document')} of families that go out would stay behind: "
            f"{named(missing)}.",
            "Let whole families go out, or accept it where the other side agreed.",
            tuple(missing),
        )
    families = count(len(tops), "family", "families")
    return Rule(
        RuleName.FAMILIES,
        Light.GREEN,
        f"{count(len(draft.documents), 'document')} in {families}, each whole.",
    )


def _conflicts(draft: Draft) -> Rule:
    rows = [row for row in draft.conflicts() if all(map(draft.shown, row.documents))]
    if rows:
        kinds = defaultdict[str, int](int)
        for row in rows:
            kinds[row.kind.value] += 1
        told = ", ".join(f"{many:,} {kind}" for kind, many in kinds.items())
        cures = " ".join(row.cure for row in rows[:1])
        return Rule(
            RuleName.CONFLICTS,
            Light.RED,
            f"{count(len(rows), 'open conflict')} ({told}). {rows[0].message}",
            f"{cures} All of them: forthwith conflicts",
            tuple(dict.fromkeys(control for row in rows for control in row.documents)),
        )
    if not Codings(draft.case.matter).standing():
        return Rule(RuleName.CONFLICTS, Light.ABSENT, "Nothing is coded here.")
    return Rule(RuleName.CONFLICTS, Light.GREEN, "No open conflict that stops a production.")


def _privilege(draft: Draft) -> Rule:
    proposed = draft.strong()
    if proposed is None:
        return Rule(RuleName.PRIVILEGE, Light.ABSENT, "Nobody screened for privilege here.")
    strong = [control for control in proposed if control in draft.going]
    if strong:
        return Rule(
            RuleName.PRIVILEGE,
            Light.RED,
            f"Nobody decided on {count(len(strong), 'strong proposal')} of privilege: "
            f"{named(strong)}.",
            f"Read and decide: forthwith privilege decide {strong[0]} …, or the page Privilege.",
            tuple(strong),
        )
    return Rule(
        RuleName.PRIVILEGE, Light.GREEN, "No strong proposal of privilege waits for a decision."
    )


def _twins(draft: Draft) -> Rule:
    twins = [
        twin for twin in draft.twins() if draft.shown(twin.control) and draft.shown(twin.withheld)
    ]
    if twins:
        first = twins[0]
        more = f"; and {len(twins) - _TOLD:,} more" if len(twins) > _TOLD else ""
        return Rule(
            RuleName.TWINS,
            Light.RED,
            f"{'; '.join(said(twin) for twin in twins[:_TOLD])}{more}.",
            f"Claim it too (forthwith privilege claim {first.control} …), or let it go with a "
            f"reason: forthwith privilege release {first.control} --like {first.withheld} "
            "--because …",
            tuple(dict.fromkeys(str(twin.control) for twin in twins)),
        )
    if not any(claim.stands for claim in draft.case.claims.values()) and not draft.withheld:
        return Rule(RuleName.TWINS, Light.ABSENT, "Nothing is withheld.")
    let_go = {
        release.control
        for release in privilege_claims.releases(draft.case.acts)
        if release.control in draft.going
    }
    verb = "was" if len(let_go) == 1 else "were"
    more = f" {count(len(let_go), 'document')} {verb} let go with a reason." if let_go else ""
    return Rule(
        RuleName.TWINS, Light.GREEN, f"Nothing else that goes out is like something withheld.{more}"
    )


def _placeholders(draft: Draft) -> Rule:
    unknown = sorted(str(number) for number in draft.withheld if number not in draft.going)
    claims = draft.case.claims.items()
    loose = sorted(
        str(number)
        for number, claim in claims
        if claim.stands
        and claim.treatment is Treatment.WITHHELD
        and number in draft.going
        and number not in draft.withheld
        and draft.shown(number)
    )
    if unknown or loose:
        wrong = (*loose, *unknown)
        why = "is claimed and has no number in the log" if loose else "is withheld and not there"
        return Rule(
            RuleName.PLACEHOLDERS,
            Light.RED,
            f"{named(wrong)} {why}.",
            "Correct the list of --withhold, or the claim: forthwith privilege claim …",
            wrong,
        )
    held = sorted(str(number) for number in draft.withheld if draft.shown(number))
    if not held:
        return Rule(RuleName.PLACEHOLDERS, Light.ABSENT, "Nothing that goes out is withheld.")
    verb = "goes out as a placeholder" if len(held) == 1 else "go out as a placeholder each"
    return Rule(
        RuleName.PLACEHOLDERS,
        Light.GREEN,
        f"{count(len(held), 'document')} withheld {verb}, with the number of the log's entry.",
        documents=tuple(held),
    )


def _redactions(draft: Draft) -> Rule:
    open_now = draft.open
    proposed = sorted(
        control
        for control, rows in draft.proposed_and_standing.items()
        if control in open_now and any(row.state is RedactionState.PROPOSED for row in rows)
    )
    stale = {
        reading.left.control: reading.stale
        for reading in draft.readings
        if reading.stale and reading.left.control in open_now
    }
    bare = sorted(
        str(number)
        for number, claim in draft.case.claims.items()
        if claim.treatment is Treatment.REDACTED
        and number in open_now
        and number not in draft.covering
    )
    wrong = [f"{control}: {why}" for control, why in list(stale.items())[:_TOLD]]
    if len(stale) > _TOLD:
        wrong.append(f"{count(len(stale) - _TOLD, 'more document')} like it")
    if bare:
        wrong.append(f"claimed in part and without any redaction: {named(bare)}")
    if proposed:
        documents = count(len(proposed), "document")
        wrong.append(f"{documents} with proposals nobody decided on: {named(proposed)}")
    if wrong:
        cures = [
            *(["Take or refuse the proposals: forthwith redact decide …"] if proposed else []),
            *(["Draw anew what is painted differently today."] if stale else []),
            *(["Redact what is claimed in part, or withhold it."] if bare else []),
        ]
        return Rule(
            RuleName.REDACTIONS,
            Light.RED,
            "; ".join(wrong) + ".",
            " ".join(cures),
            tuple(dict.fromkeys((*proposed, *stale, *bare))),
        )
    redacted = sorted(draft.covering.keys() & open_now)
    if not redacted:
        return Rule(RuleName.REDACTIONS, Light.ABSENT, "Nothing that goes out is redacted.")
    many = sum(len(draft.covering[control]) for control in redacted)
    return Rule(
        RuleName.REDACTIONS,
        Light.GREEN,
        f"{count(many, 'redaction')} on {count(len(redacted), 'document')} lie where they were "
        "drawn; each is burnt, read back and proven while the volume is made.",
        documents=tuple(redacted),
    )


def hits(draft: Draft) -> list[Elsewhere]:
    """Return where what is redacted stands uncovered among what goes out, and its copies."""
    readings = [reading.left for reading in draft.readings]
    if not readings:
        return []
    store, open_now = RoomStore.open(draft.case.matter), draft.open
    searcher = Searcher.of(draft.case.matter, "ours")
    top = {str(number): str(row.family) for number, row in draft.case.documents.items()}
    found = elsewhere.found(searcher, readings, open_now, top)

    def text(control: str) -> Text:
        place = store.place_of(control)
        words, body = ("", 0) if place is None else store.text(place)
        return Text.of(draft.case.documents[ControlNumber(control)], words, body)

    whole = sorted(open_now - draft.covering.keys())
    pairs = ((reading, text(reading.control)) for reading in readings)
    return sorted({*found, *elsewhere.alike(pairs, map(text, whole))})


def _elsewhere(draft: Draft) -> Rule:
    if not draft.covering:
        return Rule(RuleName.ELSEWHERE, Light.ABSENT, "Nothing is redacted.")
    rows = hits(draft)
    if rows:
        # Of each pair of documents the first way says enough.
        told = list({(row.control, row.redacted): row for row in reversed(rows)}.values())[::-1]
        sentences = "; ".join(
            f"{row.control} {_how(row)} redaction {row.redaction} of {row.redacted}"
            for row in told[:_TOLD]
        )
        more = f"; and {len(told) - _TOLD:,} more" if len(told) > _TOLD else ""
        return Rule(
            RuleName.ELSEWHERE,
            Light.RED,
            f"What is redacted would go out elsewhere: {sentences}{more}.",
            "Redact it there too, or withhold the document. Where it may be read there, accept it: "
            f"--accept-rule elsewhere@{told[0].control} --reason …",
            tuple(dict.fromkeys(row.control for row in told)),
            pairs=tuple((row.control, row.redacted) for row in told),
        )
    passages = sum(len(reading.left.passages) for reading in draft.readings)
    return Rule(
        RuleName.ELSEWHERE,
        Light.GREEN,
        f"{count(passages, 'redacted passage')} asked of every document that goes out: none holds "
        "one uncovered.",
    )


def _how(row: Elsewhere) -> str:
    if row.how == "holds it":
        return "holds what is under"
    if row.how == "holds it at another place":
        return "holds at another place what is under"
    if row.how.startswith("has it as"):
        return f"{row.how} what is under".replace("has it as its", "shows in its")
    return f"is a copy ({row.how}) that goes out whole, beside"


def _coded(draft: Draft) -> Rule:
    standing = Codings(draft.case.matter).standing()
    if not standing:
        return Rule(RuleName.CODED, Light.ABSENT, "Nothing is coded here.")
    # What is a slip-sheet, or cannot be read at all, needs no coding to go out.
    wanted = [
        str(document.control_number)
        for document in draft.documents
        if document.control_number not in draft.withheld and document.kind is not Kind.CONTAINER
    ]
    uncoded = [control for control in wanted if not ((row := standing.get(control)) and row.body)]
    undone = [
        (batch, inside) for batch, inside in _batches(draft) if batch.state is not BatchState.DONE
    ]
    if uncoded or undone:
        told = []
        if uncoded:
            told.append(
                f"{len(uncoded):,} of {count(len(wanted), 'document')} going out nobody coded: "
                f"{named(sorted(uncoded))}"
            )
        if undone:
            names = named([batch.id for batch, _ in undone])
            verb = "is" if len(undone) == 1 else "are"
            told.append(f"{count(len(undone), 'batch', 'batches')} of it {verb} not done: {names}")
        documents = dict.fromkeys([*uncoded, *(one for _, row in undone for one in row)])
        return Rule(
            RuleName.CODED,
            Light.RED,
            "; ".join(told) + ".",
            "Code what is left and give its batches back as done, or accept it: --accept-rule "
            "coded --reason …",
            tuple(sorted(documents)),
        )
    batches = len(_batches(draft))
    done = f", its {count(batches, 'batch', 'batches')} done" if batches else ""
    return Rule(
        RuleName.CODED, Light.GREEN, f"{count(len(wanted), 'document')} going out, all coded{done}."
    )


def _batches(draft: Draft) -> list[tuple[Batch, tuple[str, ...]]]:
    """Return the batches of first and second level that hold something going out, with that."""
    batches = Batches(draft.case.matter)
    found: list[tuple[Batch, tuple[str, ...]]] = []
    for batch in batches.every():
        if batch.pass_ is Pass.QC:
            continue
        inside = tuple(control for control in batches.documents(batch.id) if control in draft.going)
        if inside:
            found.append((batch, inside))
    return found


def _sampled(draft: Draft, sample: Sequence[SampledPage]) -> Rule:
    if draft.sample is None:
        return Rule(
            RuleName.SAMPLE, Light.ABSENT, "Nobody has an account here, so nobody can be named."
        )
    if not sample:
        return Rule(RuleName.SAMPLE, Light.ABSENT, "No page goes out that could be looked at.")
    bad = [page for page in sample if page.look and page.look.verdict is Verdict.BAD]
    open_ = [page for page in sample if page.look is None]
    if bad:
        first = bad[0]
        note = f" ({first.look.note})" if first.look and first.look.note else ""
        return Rule(
            RuleName.SAMPLE,
            Light.RED,
            f"{count(len(bad), 'page')} of the sample found bad: {first.control} page "
            f"{first.page}{note}.",
            "Mend the page, or look again once it is settled: forthwith gate look …",
            tuple(dict.fromkeys(page.control for page in bad)),
        )
    if open_:
        return Rule(
            RuleName.SAMPLE,
            Light.WAITING,
            f"{len(sample) - len(open_):,} of {count(len(sample), 'page')} drawn are looked at.",
            "Look at the others on the page Production, or by forthwith gate look …; or accept it: "
            "--accept-rule sample --reason …",
            tuple(dict.fromkeys(page.control for page in open_)),
        )
    people = sorted({page.look.who for page in sample if page.look})
    return Rule(
        RuleName.SAMPLE,
        Light.GREEN,
        f"{count(len(sample), 'page')} looked at by {', '.join(people)}, all good.",
    )


def _checked() -> Rule:
    return Rule(
        RuleName.CHECK,
        Light.WAITING,
        "The volume is checked as its receiver would once it is made, and sealed only if that is "
        "clean.",
    )


def _accepted(rules: Sequence[Rule], accept: Sequence[str], reason: str) -> dict[RuleName, str]:
    """Return why each rule is let stand. Raises NotToBeAcceptedError."""
    by_name: dict[RuleName, set[str]] = {}
    for given in accept:
        name, _, control = given.strip().partition("@")
        try:
            rule = RuleName(name.casefold())
        except ValueError:
            names = ", ".join(rule.value for rule in RuleName if rule.may_accept)
            raise NotToBeAcceptedError(given, f"the rules that may be are {names}") from None
        if not rule.may_accept:
            raise NotToBeAcceptedError(given, "this rule is not accepted but cured")
        by_name.setdefault(rule, set()).add(control.strip())
    if by_name and not reason.strip():
        raise NotToBeAcceptedError(accept[0], 'say why, as in --reason "Agreed by letter of 3 May"')
    taken = {}
    for name, controls in by_name.items():
        rule_ = next(rule for rule in rules if rule.name is name)
        if not rule_.stops:
            raise NotToBeAcceptedError(name.value, "it does not stop this production")
        if name is RuleName.SAMPLE and rule_.light is Light.RED:
            raise NotToBeAcceptedError(name.value, "somebody found a page of it bad")
        if name is RuleName.ELSEWHERE:
            left = [control for control in rule_.documents if control not in controls]
            if left:
                # Each is read by whoever lets it go: none goes by a word for all.
                raise NotToBeAcceptedError(
                    name.value,
                    "each document is named, and these are not: "
                    + " ".join(f"--accept-rule elsewhere@{control}" for control in left[:20]),
                )
        taken[name] = " ".join(reason.split())
    return taken


def letter_of(gate: Gate) -> tuple[str, ...]:
    """Return what the letter says of rules that were let stand.

    No document is named that shows what another has redacted: that would undo the redaction.
    """
    told = {
        RuleName.FAMILIES: "Some members of the families produced are not in this volume.",
        RuleName.ELSEWHERE: (
            "Some words redacted in one document stand in another where they may be read."
        ),
        RuleName.CODED: "Not every document of this volume was reviewed by a person.",
        RuleName.SAMPLE: "No sample of the pages was looked at before the volume was sealed.",
    }
    return tuple(
        f"{told[rule.name]} The reason: {rule.accepted.rstrip('.')}."
        for rule in gate.rules
        if rule.accepted
    )


def note_of(gate: Gate) -> dict[str, object]:
    """Return what the journal keeps of a gate with a sealed volume."""
    return {
        "draft": gate.draft,
        "rules": {rule.name.value: rule.light.value for rule in gate.rules},
        "accepted": {
            rule.name.value: {"because": rule.accepted, "documents": list(rule.documents)}
            for rule in gate.rules
            if rule.accepted
        },
    }


def has_room(case: CaseFile) -> bool:
    """Say whether anybody has an account in this matter."""
    return bool(Users(case.matter).every())
