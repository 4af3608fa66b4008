"""Written responses as data: the file that is served beside the paper of them.

Or a plain table of responses by request, which a receiver without such a file types in. The body
of one response is `domain.requests.Response`'s; which requests a file answers is
`answered_requests`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from forthwith.domain.act_bodies import BodyError
from forthwith.domain.errors import ForthwithError
from forthwith.domain.requests import RESPONSES_FORM, RequestKind, Response
from forthwith.plain.json_document import shallow


class ResponsesUnreadableError(ForthwithError):
    """The file of responses is not one."""

    def __init__(self, name: str, why: str) -> None:
        super().__init__(
            f"{name} cannot be read as responses: {why}. Give the JSON that forthwith serve "
            'responses writes beside the paper, or responses by request: {"12": {"text": "…", '
            '"objections": [{"ground": "…", "withheld": false}]}}.'
        )


@dataclass(frozen=True, slots=True)
class ResponsesFile:
    """One file of responses."""

    #: The file, as errors name it.
    origin: str
    #: By number as the file has it, or "set/number".
    responses: Mapping[str, Response]
    #: The set it answers; "" where neither the file nor who gave it says.
    set: str = ""
    kind: RequestKind | None = None


def read(text: str, name: str, set_: str = "") -> ResponsesFile:
    """Read a file of responses; `set_` is the set it answers, where who gave it says so.

    Raises ResponsesUnreadableError.
    """
    try:
        shallow(text)
        whole = json.loads(text)
    except ValueError as wrong:
        raise ResponsesUnreadableError(name, f"it is not JSON ({wrong})") from wrong
    if not isinstance(whole, dict):
        raise ResponsesUnreadableError(name, "it is not a table of responses")
    if "form" not in whole:
        return ResponsesFile(name, _responses(whole, name), set_)
    if whole["form"] != RESPONSES_FORM:
        raise ResponsesUnreadableError(
            name, f"its form is {whole['form']!r}, not {RESPONSES_FORM!r}"
        )
    about = _table(whole.get("set"), "set", name)
    kind = about.get("kind")
    if kind not in {known.value for known in RequestKind}:
        raise ResponsesUnreadableError(name, f"{kind!r} is no kind of requests")
    responses = _responses(_table(whole.get("responses"), "responses", name), name)
    return ResponsesFile(name, responses, set_ or str(about.get("name", "")), RequestKind(kind))


def _table(value: Any, key: str, name: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ResponsesUnreadableError(name, f"{key!r} is no table in it")
    return value


def _responses(bodies: Mapping[str, Any], name: str) -> dict[str, Response]:
    try:
        return {key: Response.from_body(key, body) for key, body in bodies.items()}
    except BodyError as wrong:
        raise ResponsesUnreadableError(name, f"{wrong.what}: {wrong.problem}") from wrong
