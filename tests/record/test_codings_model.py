"""An independent model of versions: whatever several rooms do in turn, they agree with it."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from forthwith.domain.coding import Pass, body_of
from forthwith.record import codings as kept
from forthwith.record import tables
from forthwith.record.codings import Codings, Save, StaleError
from forthwith.record.matter import Matter
from forthwith.record.verify import verify

_CONTROLS = ("FW1", "FW2", "FW3")
_LOGINS = ("ortega", "reyes", "holm")
#: Plain JSON as a form may send it: blanks and empty lists are no value.
_BODIES = st.dictionaries(
    st.sampled_from(["responsive", "note", "issues", "hot"]),
    st.one_of(
        st.booleans(),
        st.text(st.characters(codec="utf-8"), max_size=8),
        st.lists(st.sampled_from("abc"), max_size=3).map(tuple),
    ),
    max_size=3,
)


class Rooms(RuleBasedStateMachine):
    """Three rooms on one matter; each person holds a draft made from what they saw last."""

    @initialize()
    def open(self) -> None:
        self.place = Path(tempfile.mkdtemp())
        self.matter = Matter.create(self.place / "m", name="Example")
        self.rooms = [Codings(Matter.open(self.place / "m")) for _ in _LOGINS]
        #: Control -> who decided what, one after the other.
        self.model: dict[str, list[tuple[str, dict[str, Any]]]] = {name: [] for name in _CONTROLS}
        #: What each person saw last of each document.
        self.seen = {(login, name): 0 for login in _LOGINS for name in _CONTROLS}

    @rule(who=st.integers(0, 2), control=st.sampled_from(_CONTROLS))
    def look(self, who: int, control: str) -> None:
        coding = self.rooms[who].now(control)
        self.seen[_LOGINS[who], control] = coding.version if coding else 0
        assert (coding.version if coding else 0) == len(self.model[control])

    @rule(
        who=st.integers(0, 2),
        controls=st.lists(st.sampled_from(_CONTROLS), min_size=1, max_size=3, unique=True),
        body=_BODIES,
    )
    def save(self, who: int, controls: list[str], body: dict[str, Any]) -> None:
        login = _LOGINS[who]
        drafts = [
            Save(control, self.seen[login, control], Pass.FIRST, "", "ours", 1, body)
            for control in controls
        ]
        stale = [
            draft.control
            for draft in drafts
            if draft.expected_version != len(self.model[draft.control])
        ]
        if stale:
            with pytest.raises(StaleError) as late:
                self.rooms[who].save(drafts, (login, "x"))
            assert list(late.value.stale) == stale
            assert [(theirs.who, theirs.body) for theirs in late.value.theirs] == [
                self.model[control][-1] for control in stale if self.model[control]
            ]
            return
        made = self.rooms[who].save(drafts, (login, "x"))
        for draft, coding in zip(drafts, made, strict=True):
            self.model[draft.control].append((login, body_of(body)))
            self.seen[login, draft.control] = coding.version
            assert coding.version == len(self.model[draft.control])

    @rule(who=st.integers(0, 2))
    def begin_anew(self, who: int) -> None:
        self.rooms[who].close()
        self.rooms[who] = Codings(Matter.open(self.place / "m"))

    @rule(control=st.sampled_from(_CONTROLS))
    def lose_what_stands(self, control: str) -> None:
        with self.matter.engine.begin() as connection:
            now = tables.coding_now
            connection.execute(sa.delete(now).where(now.c.control == control))
        kept.heal(self.matter)

    @invariant()
    def all_agree(self) -> None:
        expected = {
            control: (len(codings), *codings[-1])
            for control, codings in self.model.items()
            if codings
        }
        for room in self.rooms:
            standing = {name: (c.version, c.who, c.body) for name, c in room.standing().items()}
            assert standing == expected
        for control, codings in self.model.items():
            assert [(c.who, c.body) for c in self.rooms[0].history(control)] == codings

    def teardown(self) -> None:
        if hasattr(self, "rooms"):
            assert verify(self.matter).broken == ()
            for room in self.rooms:
                room.close()
                room.matter.engine.dispose()
            self.matter.engine.dispose()
            shutil.rmtree(self.place)


TestRooms = Rooms.TestCase
TestRooms.settings = settings(
    max_examples=15,
    stateful_step_count=25,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
