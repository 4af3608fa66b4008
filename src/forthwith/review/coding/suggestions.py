"""What a coding suggests to other documents; nothing is ever set by itself.

A form may name, mark by mark, the family or the copies, never both: one responsive deck must not
make forty-nine families responsive through their copies. A suggestion is for a document that nobody
has coded, comes from codings and never from suggestions, and is silent where two codings disagree.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from forthwith.domain.coding import Coding, Form, Mark, Value
from forthwith.record.room_store import Flags
from forthwith.review.coding.forms import PROPOSED, coded
from forthwith.review.coding.related import Related

#: By id and version.
FormOf = Callable[[str, int], Form]


@dataclass(frozen=True, slots=True)
class Suggestion:
    """One mark suggested to one document."""

    control: str
    mark: str
    value: Value
    #: "family" or "copies".
    how: str
    #: The coded document it comes from.
    source: str


@dataclass(frozen=True, slots=True)
class Suggester:
    """Says what is suggested, through the mask of whoever asks."""

    related: Related
    codings: Mapping[str, Coding]
    form: FormOf
    #: By place: what the asker is shown, as target and as source.
    shown: Flags

    def to(self, place: int) -> list[Suggestion]:
        """Return what is suggested to one document, in order of its sources' forms."""
        controls = self.related.columns.controls
        if not self.shown[place] or coded(self.codings.get(controls[place])):
            return []
        found: dict[tuple[str, str], list[Suggestion]] = {}
        for how, sources in (
            ("family", self.related.family(place)),
            ("copies", self.related.copies(place)),
        ):
            for source in sources:
                for mark, value in self._marks(source, how):
                    suggestion = Suggestion(
                        controls[place], mark.name, value, how, controls[source]
                    )
                    found.setdefault((mark.name, how), []).append(suggestion)
        return [
            agreed[0]
            for agreed in found.values()
            if all(other.value == agreed[0].value for other in agreed)
        ]

    def _marks(self, source: int, how: str) -> Iterator[tuple[Mark, Value]]:
        """Yield the marks a coding suggests this way."""
        coding = self.codings.get(self.related.columns.controls[source])
        if coding is None or not self.shown[source]:
            return
        for mark in self.form(coding.form, coding.form_version).marks:
            value = coding.body.get(mark.name, coding.body.get(PROPOSED + mark.name))
            if mark.suggest == how and value is not None:
                yield mark, value

    def waiting(self) -> Iterator[int]:
        """Yield the places to which anything is suggested, in order."""
        near: set[int] = set()
        for control, coding in self.codings.items():
            place = self.related.columns.place.get(control)
            if place is None or not coded(coding) or not self.shown[place]:
                continue
            ways = {mark.suggest for mark in self.form(coding.form, coding.form_version).marks}
            if "family" in ways:
                near.update(self.related.family(place))
            if "copies" in ways:
                near.update(self.related.copies(place))
        yield from (place for place in sorted(near) if self.to(place))


def body(suggestions: Iterable[Suggestion]) -> dict[str, Value]:
    """Return what a person accepts by accepting suggestions to one document."""
    return {suggestion.mark: suggestion.value for suggestion in suggestions}
