"""Requests as served and responses to them, opened for `deficiency` and matched set by set."""

from __future__ import annotations

from collections.abc import Sequence

from forthwith.check.responses import file as responses_file
from forthwith.check.responses.answered_requests import Answered, ServedSet, answered
from forthwith.check.responses.file import ResponsesFile, ResponsesUnreadableError
from forthwith.domain.requests import Request
from forthwith.formats.served import requests as requests_served
from forthwith.workflows.named_file import Named


def sets(requests: Sequence[Named], responses: Sequence[Named]) -> list[Answered]:
    """Return each set of requests with its responses.

    Raises UnreadablePaperError, ResponsesUnreadableError, SetTwiceError, UnmatchedResponsesError.
    """
    return answered([_asked(each) for each in requests], [_given(each) for each in responses])


def _asked(file: Named) -> ServedSet:
    name = file.name or file.path.stem
    served = requests_served.read(file.path.name, file.path.read_bytes())
    return ServedSet(name, tuple(Request(name, number, text) for number, text in served.requests))


def _given(file: Named) -> ResponsesFile:
    try:
        text = file.path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as wrong:
        raise ResponsesUnreadableError(file.path.name, "it is no text in UTF-8") from wrong
    return responses_file.read(text, file.path.name, file.name)
