"""The register as a file: `deficiency.json`, beside the letter it belongs to.

The acts are those a journal would hold, in order; around them stands what the letter says of the
volumes it is about. A receiver needs no matter, and the other side can answer the same file.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from forthwith.domain.acts import Act, Acts
from forthwith.domain.errors import ForthwithError
from forthwith.plain.json_document import shallow
from forthwith.respond.deficiency.findings import FindingRegister

_FORM = "forthwith deficiency 1"


class NotARegisterError(ForthwithError):
    """The file is not one that `forthwith deficiency` writes."""

    def __init__(self, name: str, why: str) -> None:
        super().__init__(
            f"{name} is not a register of findings: {why}. "
            "Give the deficiency.json that forthwith deficiency wrote."
        )


@dataclass(frozen=True, slots=True)
class RegisterFile:
    """A register and what it is about, plain data."""

    register: FindingRegister
    #: "matter", "day", "volumes" and so on, as the letter states them.
    about: Mapping[str, Any] = field(default_factory=dict)


def write(kept: RegisterFile) -> str:
    """Return the file's text; `read` gives the same back."""
    acts = [
        {
            "kind": act.kind, "key": act.key, "seq": act.seq, "at": act.at, "who": act.who,
            "body": dict(act.body),
        }
        for act in kept.register.ledger
    ]  # fmt: skip
    whole = {"form": _FORM, "about": dict(kept.about), "acts": acts}
    return json.dumps(whole, ensure_ascii=False, indent=1) + "\n"


def read(text: str, name: str) -> RegisterFile:
    """Read a register. Raises NotARegisterError, and BodyError for a finding out of shape."""
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
                str(each["kind"]), str(each["key"]), dict(each["body"]),
                int(each["seq"]), str(each["at"]), str(each["who"]),
            )
            for each in whole["acts"]
        ]  # fmt: skip
        about = dict(whole["about"])
    except (KeyError, TypeError, ValueError) as wrong:
        raise NotARegisterError(name, f"an act of it is out of shape ({wrong!r})") from wrong
    return RegisterFile(FindingRegister(Acts(acts)), about)
