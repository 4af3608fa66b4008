"""Which responses answer which requests: sets are matched by name, requests by number.

Number 12 of one set is not number 12 of another, so a file of responses whose set is not certain
is refused: an answer put under the wrong set would hide a request nobody answered.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import PurePath

from forthwith.check.responses.file import ResponsesFile
from forthwith.domain.errors import ForthwithError
from forthwith.domain.requests import Request, RequestKind, Response

_NUMBER = re.compile(r"(?:no|number|#)\.?\s*(?=\d)", re.IGNORECASE)


class SetTwiceError(ForthwithError):
    """Two papers of requests go by one name."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"Two files of requests go by the name {name!r}. Give each a name of its own: "
            '--requests "First RFPs=FILE" --requests "Second RFPs=FILE".'
        )


class UnmatchedResponsesError(ForthwithError):
    """A file of responses answers no set that was given."""

    def __init__(self, given: ResponsesFile, asked: Iterable[str]) -> None:
        which = (
            f"answers the set {given.set!r}" if given.set else "does not say which set it answers"
        )
        known = ", ".join(repr(name) for name in asked) or "none"
        super().__init__(
            f"{given.origin} {which}; the requests given are {known}. Call the requests what the "
            f'responses call them, --requests "{given.set or "NAME"}=FILE", or say which set the '
            'responses answer, --responses "NAME=FILE".'
        )


@dataclass(frozen=True, slots=True)
class ServedSet:
    """One served paper of requests, under the name that keys its requests."""

    name: str
    requests: tuple[Request, ...]


@dataclass(frozen=True, slots=True)
class Answered:
    """A set of requests with what answers it."""

    name: str
    requests: tuple[Request, ...]
    #: None where neither the responses nor the name say.
    kind: RequestKind | None = None
    #: By the request's key.
    responses: Mapping[str, Response] = field(default_factory=dict)
    #: Whether any file of responses was given for it.
    served: bool = False
    #: Numbers answered that no request of the set has.
    strays: tuple[str, ...] = ()


def answered(asked: Sequence[ServedSet], given: Sequence[ResponsesFile]) -> list[Answered]:
    """Return each set with its responses; of two responses to a request the later given stands.

    Raises SetTwiceError and UnmatchedResponsesError.
    """
    names: dict[str, str] = {}
    for served in asked:
        if _folded(served.name) in names:
            raise SetTwiceError(names[_folded(served.name)])
        names[_folded(served.name)] = served.name
    answers: dict[str, list[ResponsesFile]] = {}
    for file in given:
        for part in _by_set(file, names):
            answers.setdefault(part.set, []).append(part)
    return [_together(served, answers.get(served.name, ())) for served in asked]


def _by_set(file: ResponsesFile, names: Mapping[str, str]) -> Iterable[ResponsesFile]:
    """Return a file once for each set it answers, under the name the requests have."""
    by_set: dict[str, dict[str, Response]] = {}
    if file.set:
        by_set[_known(file, file.set, names)] = {}
    for key, response in file.responses.items():
        name, slash, number = key.rpartition("/")
        if file.set or not slash:
            name, number = file.set, key
        by_set.setdefault(_known(file, name, names), {})[number] = response
    return [replace(file, set=name, responses=part) for name, part in by_set.items()]


def _known(file: ResponsesFile, name: str, names: Mapping[str, str]) -> str:
    if _folded(name) in names:
        return names[_folded(name)]
    if not name and len(names) == 1:
        return next(iter(names.values()))
    if not name and (stem := _folded(PurePath(file.origin).stem)) in names:
        return names[stem]
    raise UnmatchedResponsesError(replace(file, set=name), names.values())


def _together(asked: ServedSet, given: Sequence[ResponsesFile]) -> Answered:
    keys = {_number(request.number): request.key for request in asked.requests}
    responses: dict[str, Response] = {}
    strays: dict[str, None] = {}
    for file in given:
        for number, response in file.responses.items():
            if (key := keys.get(_number(number))) is None:
                strays[number] = None
            else:
                responses[key] = replace(response, request=key)
    kind = next((file.kind for file in reversed(given) if file.kind), _called(asked.name))
    return Answered(asked.name, asked.requests, kind, responses, bool(given), tuple(strays))


def _called(name: str) -> RequestKind | None:
    """Return the kind a name says: who calls a set "First Interrogatories" has said what it is."""
    words = _folded(name)
    if "interrogator" in words and "request" not in words:
        return RequestKind.INTERROGATORY
    return None


def _folded(name: str) -> str:
    return " ".join(re.findall(r"[^\W_]+", name.casefold()))


def _number(text: str) -> str:
    return _NUMBER.sub("", text.strip()).rstrip(".").upper()
