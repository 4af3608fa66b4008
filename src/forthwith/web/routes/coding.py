"""Coding by JSON: save, save many, undo, history, forms."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

import msgspec
from litestar import Request, Response, get, post, put
from litestar.params import Parameter

from forthwith.domain.coding import Coding
from forthwith.domain.errors import ForthwithError
from forthwith.domain.users import Right, Seer
from forthwith.plain.counting import count
from forthwith.record.codings import StaleError
from forthwith.record.forms import NoFormError
from forthwith.review.coding import forms as form_rules
from forthwith.workflows.room import bulk as bulk_desk
from forthwith.workflows.room import coding as desk
from forthwith.workflows.room import forms as form_desk
from forthwith.workflows.room import reach
from forthwith.workflows.room.bulk import Preview, PreviewError, Selection
from forthwith.workflows.room.coder import MissingMarksError
from forthwith.workflows.room.coding import NothingToUndoError
from forthwith.workflows.room.room import Room

#: Bytes of a list of control numbers, or of a form.
_LARGE = 8_000_000


class VersionError(ForthwithError):
    """A save does not say over which version it is made."""

    def __init__(self) -> None:
        super().__init__(
            "Nothing was saved: say in If-Match which version you looked at, 0 where there was "
            "none."
        )


class Coded(msgspec.Struct, forbid_unknown_fields=True):
    """What a page sends to save one document."""

    body: dict[str, Any]
    pass_: str = msgspec.field(name="pass", default="")
    because: str = ""
    #: Save every member of the family that nobody coded alike.
    family: bool = False


class Select(msgspec.Struct, forbid_unknown_fields=True):
    """Documents of a bulk save."""

    query: str = ""
    controls: list[str] = []
    #: A document whose whole family is meant, or true for the families of all that is found.
    family: str | bool = ""
    suggested: bool = False


class Bulk(msgspec.Struct, forbid_unknown_fields=True):
    """What a page sends to save many; without a token it is previewed."""

    select: Select
    body: dict[str, Any] = {}
    form: str = ""
    pass_: str = msgspec.field(name="pass", default="")
    because: str = ""
    token: str = ""


def coding_json(coding: Coding) -> dict[str, Any]:
    """Return one coding as plain data."""
    return {
        "id": coding.id,
        "control": coding.control,
        "version": coding.version,
        "who": coding.who,
        "at": coding.at,
        "pass": coding.pass_.value,
        "batch": coding.batch,
        "form": coding.form,
        "form_version": coding.form_version,
        "body": {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in coding.body.items()
        },
        "because": coding.because,
    }


def _stale(_: Request[Any, Any, Any], error: StaleError) -> Response[dict[str, Any]]:
    body = {"error": str(error), "theirs": [coding_json(row) for row in error.theirs]}
    return Response({**body, "stale": list(error.stale)}, status_code=409)


def _changed(_: Request[Any, Any, Any], error: PreviewError) -> Response[dict[str, Any]]:
    body = {"error": str(error), "preview": preview_json(error.preview)}
    return Response(body, status_code=409)


def _not_undone(_: Request[Any, Any, Any], error: NothingToUndoError) -> Response[dict[str, Any]]:
    return Response({"error": str(error)}, status_code=409)


def _missing(_: Request[Any, Any, Any], error: MissingMarksError) -> Response[dict[str, Any]]:
    return Response({"error": str(error), "missing": list(error.missing)}, status_code=422)


def _no_form(_: Request[Any, Any, Any], error: NoFormError) -> Response[dict[str, Any]]:
    return Response({"error": str(error)}, status_code=404)


def _no_version(_: Request[Any, Any, Any], error: VersionError) -> Response[dict[str, Any]]:
    return Response({"error": str(error)}, status_code=428)


_SAID: dict[int | type[Exception], Any] = {
    StaleError: _stale,
    PreviewError: _changed,
    NothingToUndoError: _not_undone,
    MissingMarksError: _missing,
    NoFormError: _no_form,
    VersionError: _no_version,
}


@put("/api/codings/{control:str}", sync_to_thread=True, exception_handlers=_SAID)
def save(
    room: Room,
    seer: Seer,
    control: str,
    data: Coded,
    if_match: Annotated[str, Parameter(header="If-Match")] = "",
) -> dict[str, Any]:
    """Save one document over the version looked at: {control, version, next, kept}."""
    version = if_match.removeprefix("W/").strip().strip('"')
    if not (version.isascii() and version.isdecimal() and len(version) < 10):
        raise VersionError
    act = desk.save_family if data.family else desk.save
    saved = act(
        room, seer, control, data.body, int(version), pass_=data.pass_, because=data.because
    )
    return {
        "control": control,
        "version": saved.version,
        "next": saved.next,
        "controls": [coding.control for coding in saved.codings],
        "kept": list(saved.kept),
    }


@get("/api/codings/last", sync_to_thread=True)
def last(room: Room, seer: Seer) -> dict[str, Any]:
    """Return the marks saved last: {body}."""
    return {"body": desk.last(room, seer)}


@get("/api/codings/{control:str}", sync_to_thread=True)
def history(room: Room, seer: Seer, control: str) -> dict[str, Any]:
    """Return the codings of a document, the first one first, and what is suggested to it."""
    return {
        "control": control,
        "codings": [coding_json(row) for row in desk.history(room, seer, control)],
        "suggestions": [asdict(row) for row in desk.suggested(room, seer, control)],
    }


@post(
    "/api/codings/bulk",
    sync_to_thread=True,
    status_code=200,
    exception_handlers=_SAID,
    opt={"body": _LARGE},
)
def bulk(room: Room, seer: Seer, data: Bulk) -> dict[str, Any]:
    """Preview a save of many; with the token of the preview, save it."""
    family = data.select.family
    controls = (*data.select.controls, *([family] if isinstance(family, str) and family else []))
    side = next(
        (form.side for form in form_desk.every(room, seer) if data.form and form.id == data.form),
        "",
    )
    selection = Selection(
        data.select.query, tuple(controls), data.select.suggested, bool(family), side
    )
    more = {"pass_": data.pass_, "because": data.because}
    if not data.token:
        return preview_json(bulk_desk.preview(room, seer, selection, data.body, **more))
    saved = bulk_desk.bulk(room, seer, selection, data.body, data.token, **more)
    number = len(saved.codings)
    return {"saved": number, "sentence": f"{count(number, 'document')} coded."}


def preview_json(preview: Preview) -> dict[str, Any]:
    """Return a preview as plain data."""
    return {
        "token": preview.token,
        "documents": preview.documents,
        "families": preview.families,
        "coded": preview.own + preview.overturned,
        "others": preview.overturned,
        "confirmed": preview.confirmed,
        "unchanged": preview.unchanged,
        "refused": preview.not_theirs,
        "incomplete": preview.incomplete,
        "proposed": preview.proposed,
        "partial": preview.split_families,
        "conflicts": list(preview.conflicts[:200]),
        "missing": dict(preview.missing),
        "why": preview.refused,
        "first": list(preview.first),
        "sentences": bulk_desk.sentences(preview),
    }


@post("/api/codings/undo", sync_to_thread=True, status_code=200, exception_handlers=_SAID)
def undo(room: Room, seer: Seer) -> dict[str, Any]:
    """Take one's last save back: {control, version, controls, sentence}."""
    undone = desk.undo(room, seer)
    controls = [coding.control for coding in undone.codings]
    return {
        "control": controls[0],
        "version": undone.version,
        "controls": controls,
        "sentence": desk.undone(undone),
    }


@get("/api/forms", sync_to_thread=True)
def forms(room: Room, seer: Seer) -> dict[str, Any]:
    """Return the forms documents are coded by: {forms}."""
    return {"forms": [form_rules.body(form) for form in form_desk.every(room, seer)]}


@put("/api/forms/{name:str}", sync_to_thread=True, opt={"body": 1_000_000})
def put_form(room: Room, seer: Seer, name: str, data: dict[str, Any]) -> dict[str, Any]:
    """Keep a form as its next version: {form}."""
    reach.require(seer, Right.MANAGE, "change forms")
    form = form_rules.form_of({"id": name, **data}, name)
    return {"form": form_rules.body(form_desk.keep(room, seer, form))}


ALL = (save, last, history, bulk, undo, forms, put_form)
