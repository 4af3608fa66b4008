"""The register of findings: what was put to a party, how it stands, and how it came to stand so.

It lives in the journal of a matter, or, for a receiver without one, as the file `deficiency.json`
beside the letter it belongs to. The acts of the file are those a journal would hold, in order;
around them stands what the letter says of the volumes it is about. So a receiver needs no matter,
and the other side can answer the same file. Looking at a volume, and at a cure, is `check`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from forthwith.domain.acts import Act, Acts
from forthwith.domain.errors import ForthwithError
from forthwith.domain.finding import Finding
from forthwith.domain.tracked_finding import FINDING, State, TrackedFinding
from forthwith.plain.json_document import shallow

#: File of the register beside a letter.
REGISTER = "deficiency.json"
_FORM = "forthwith deficiency 1"


class UnknownFindingError(ForthwithError):
    """No finding has this id."""

    def __init__(self, id_: str, known: Iterable[str]) -> None:
        names = ", ".join(list(known)[:10]) or "none"
        super().__init__(f"There is no finding {id_!r} in the register. It has: {names}.")


class NotARegisterError(ForthwithError):
    """The file is not one that `forthwith deficiency` writes."""

    def __init__(self, name: str, why: str) -> None:
        super().__init__(
            f"{name} is not a register of findings: {why}. "
            "Give the deficiency.json that forthwith deficiency wrote."
        )


class FindingRegister:
    """All findings of a journal, as they stand, by their ids."""

    def __init__(self, ledger: Acts) -> None:
        self.ledger = ledger
        self.items = {
            key: TrackedFinding.from_body(key, act.body) for key, act in ledger.of(FINDING).items()
        }

    def added(self, findings: Iterable[Finding]) -> list[Act]:
        """Return acts that enter findings not yet here under the next ids; none is used again."""
        known = {item.finding.identity for item in self.items.values()}
        last = max((int(key.removeprefix("F-")) for key in self.items), default=0)
        acts: list[Act] = []
        for finding in findings:
            if finding.identity not in known:
                known.add(finding.identity)
                body = TrackedFinding(finding).body()
                acts.append(Act(FINDING, f"F-{last + len(acts) + 1:04d}", body))
        return acts

    def moved(
        self, id_: str, state: State, *, says: str = "", because: str = "", cured_in: str = ""
    ) -> Act:
        """Return the act that takes a finding to `state`.

        Raises UnknownFindingError and StepNotAllowedError.
        """
        item = self.items.get(id_)
        if item is None:
            raise UnknownFindingError(id_, self.items)
        new = item.moved(id_, state, says=says, because=because, cured_in=cured_in)
        return Act(FINDING, id_, new.body())

    def after(self, acts: Iterable[Act], *, at: str = "", who: str = "") -> FindingRegister:
        """Return the register with acts put behind those it has, for one kept in a file."""
        before = list(self.ledger)
        last = max((act.seq for act in before), default=0)
        new = [
            replace(act, seq=last + place, at=act.at or at, who=act.who or who)
            for place, act in enumerate(acts, 1)
        ]
        return FindingRegister(Acts([*before, *new]))

    def counts(self) -> dict[str, int]:
        """Count findings by state."""
        states = [item.state for item in self.items.values()]
        return {str(state): states.count(state) for state in State}


@dataclass(frozen=True, slots=True)
class RegisterFile:
    """A register in a file of its own, and what it is about, plain data."""

    register: FindingRegister
    #: "matter", "day", "volumes" and so on, as the letter states them.
    about: Mapping[str, Any] = field(default_factory=dict)

    def write(self) -> str:
        """Return the file's text; `read` gives the same back."""
        acts = [
            {
                "kind": act.kind,
                "key": act.key,
                "seq": act.seq,
                "at": act.at,
                "who": act.who,
                "body": dict(act.body),
            }
            for act in self.register.ledger
        ]
        whole = {"form": _FORM, "about": dict(self.about), "acts": acts}
        return json.dumps(whole, ensure_ascii=False, indent=1) + "\n"

    @classmethod
    def read(cls, text: str, name: str) -> RegisterFile:
        """Read a file. Raises NotARegisterError, and BodyError for a finding out of shape."""
        try:
            shallow(text)
            whole = json.loads(text)
        except ValueError as wrong:
            raise NotARegisterError(name, f"it is not JSON ({wrong})") from wrong
        if not isinstance(whole, dict) or whole.get("form") != _FORM:
            raise NotARegisterError(name, f"it does not say {_FORM!r}")
        try:
            acts = [
                Act(
                    str(act["kind"]),
                    str(act["key"]),
                    dict(act["body"]),
                    int(act["seq"]),
                    str(act["at"]),
                    str(act["who"]),
                )
                for act in whole["acts"]
            ]
            about = dict(whole["about"])
        except (KeyError, TypeError, ValueError) as wrong:
            raise NotARegisterError(name, f"an act of it is out of shape ({wrong!r})") from wrong
        return cls(FindingRegister(Acts(acts)), about)
