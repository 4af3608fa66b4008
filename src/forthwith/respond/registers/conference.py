"""What the ledger holds of the parties' dealings: topics, letters, conferences, in order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from forthwith.domain.acts import Act, Acts
from forthwith.domain.conference import CONFERENCE, LETTER, TOPIC, Conference, Letter, Topic
from forthwith.domain.errors import ForthwithError


class UnknownTopicError(ForthwithError):
    """A letter or conference was put under a topic nobody opened."""

    def __init__(self, heading: str, known: Sequence[str]) -> None:
        super().__init__(
            f"There is no topic {heading!r}. Topics: {'; '.join(known) or 'none'}. Open one with "
            f"`forthwith report topic {heading!r}`."
        )


@dataclass(frozen=True, slots=True)
class Dealings:
    """Topics by heading in the order opened; letters and conferences by id."""

    topics: Mapping[str, Topic]
    letters: Mapping[str, Letter]
    conferences: Mapping[str, Conference]

    @classmethod
    def read(cls, ledger: Acts) -> Dealings:
        """Read the ledger. Raises BodyError."""
        return cls(
            {key: Topic.from_body(key, act.body) for key, act in ledger.of(TOPIC).items()},
            {key: Letter.from_body(key, act.body) for key, act in ledger.of(LETTER).items()},
            {
                key: Conference.from_body(key, act.body)
                for key, act in ledger.of(CONFERENCE).items()
            },
        )

    def topic(self, heading: str) -> Topic:
        """Return a topic as it stands, an empty one when it is new."""
        return self.topics.get(heading, Topic(heading))

    def wrote(self, letter: Letter) -> Act:
        """Return the act of a letter under the next id. Raises UnknownTopicError."""
        self._known(letter.topic)
        return Act(LETTER, f"L-{len(self.letters) + 1:04d}", letter.body())

    def met(self, conference: Conference) -> Act:
        """Return the act of a conference under the next id. Raises UnknownTopicError."""
        self._known(conference.topic)
        return Act(CONFERENCE, f"C-{len(self.conferences) + 1:04d}", conference.body())

    def _known(self, heading: str) -> None:
        if heading and heading not in self.topics:
            raise UnknownTopicError(heading, list(self.topics))

    def letters_on(self, topic: str, since: date, until: date) -> list[Letter]:
        """Return letters on a topic after one day and up to another, by day."""
        letters = [
            letter
            for letter in self.letters.values()
            if letter.topic == topic and since < letter.day <= until
        ]
        return sorted(letters, key=lambda letter: letter.day)

    def conferences_on(self, topic: str, since: date, until: date) -> list[Conference]:
        """Return conferences on a topic after one day and up to another, by day."""
        conferences = [
            conference
            for conference in self.conferences.values()
            if conference.topic == topic and since < conference.day <= until
        ]
        return sorted(conferences, key=lambda conference: conference.day)
