"""Files of a directory's API as lists of records: pages, envelopes, arrays and JSON lines alike.

What a listing is *of* (the group of its members, the user of its roles) stands in its records, in
an envelope such as {"groupId": …, "members": […]}, in the address of its next page, or in the name
of its file; where it stands nowhere the listing is refused: a member of no group would be lost.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from forthwith.plain import json_document
from forthwith.plain import json_values as js

#: Names under which listings stand, in the APIs and in dumps that people put together.
_LISTS = (
    "value", "users", "groups", "members", "owners", "roles", "items", "apps", "roleAssignments",
    "roleDefinitions", "directoryRoles", "roleEligibilitySchedules",
    "roleEligibilityScheduleInstances", "roleAssignmentSchedules",
    "roleAssignmentScheduleInstances", "eligibilitySchedules", "eligibilityScheduleInstances",
    "assignments", "results", "data",
)  # fmt: skip
#: Names under which an envelope says what its listing is of.
_OWNERS = (
    "groupId", "groupKey", "groupEmail", "group", "roleId", "directoryRoleId", "roleTemplateId",
    "userId", "userKey", "user", "appId", "app",
)  # fmt: skip
_NEXT = ("@odata.nextLink", "nextPageToken", "nextLink", "odata.nextLink")
#: ".../groups/ID/members", ".../directoryRoles('ID')/members": what a page says of its own address.
_ADDRESS = re.compile(
    r"(groups|directoryRoles|users|apps)(?:/|\(')([^/?'()]+)(?:'\))?/"
    r"(members|owners|users|roles|groups|transitiveMembers)\b",
    re.IGNORECASE,
)
_MOST_LINES = 2_000_000


class NotAListingError(ValueError):
    """A file is no listing of records; the message says why."""


@dataclass(slots=True)
class Part:
    """One listing, or one page of it."""

    file: str
    records: list[dict[str, Any]]
    #: The name it stands under in its file: "users", "members"; "" for a bare list.
    name: str = ""
    #: Id, address or name of what it is of, as the file says; "" where it does not.
    owner: str = ""
    #: The words beside the listing: context and address of the next page.
    address: str = ""
    #: A further page is said to follow.
    more: bool = False
    #: Names beside the listing that nothing took.
    unread: list[str] = field(default_factory=list)

    @property
    def words(self) -> frozenset[str]:
        """Return what the file's name, the listing's name and its address speak of, in words."""
        name = self.file.rsplit("/", 1)[-1].rsplit(".", 1)[0]
        text = f"{name} {self.name} {self.address}"
        apart = re.sub(r"([a-z])([A-Z])", r"\1 \2", text)
        return frozenset(re.findall(r"[a-z]+", apart.lower()))


def read(file: str, data: bytes, known: Mapping[str, Any]) -> list[Part]:
    """Return the listings of one file. Raises NotAListingError.

    `known` tells a record from an envelope: the names no envelope has.
    """
    parts = [part for value in _documents(data) for part in _parts(file, _as_the_api(value), known)]
    for part in parts:
        part.owner = id_of(part.owner)
    return parts


#: How PowerShell 5 writes an instant: milliseconds since 1970.
_POWERSHELL_TIME = re.compile(r"/Date\((-?\d{1,15})\)/")
_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


def id_of(text: str) -> str:
    """Return an id as its system compares it: GUIDs are one in any case, others are not."""
    return text.lower() if _GUID.fullmatch(text) else text


def _as_the_api(value: Any) -> Any:
    """Return a document as the API gives it, where PowerShell's objects were written instead.

    Their names begin with capitals, what a class has no name for stands in AdditionalProperties,
    and instants are milliseconds. Ids are written as `id_of` has them.
    """
    if isinstance(value, list):
        return [_as_the_api(inner) for inner in value]
    if isinstance(value, str):
        if shape := _POWERSHELL_TIME.fullmatch(value):
            at = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=int(shape[1]))
            return at.isoformat()
        return id_of(value)
    if not isinstance(value, dict):
        return value
    members = value
    if value.keys() & {"Id", "UserPrincipalName", "PrincipalId"} and all(
        name[:1].isupper() for name in value
    ):
        more = value.get("AdditionalProperties")
        members = {
            name[:1].lower() + name[1:]: inner
            for name, inner in value.items()
            if name != "AdditionalProperties" and inner not in (None, [], {})
        } | (more if isinstance(more, dict) else {})
    return {name: _as_the_api(inner) for name, inner in members.items()}


def _documents(data: bytes) -> list[Any]:
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        # What PowerShell writes with ">".
        try:
            data = data.decode("utf-16").encode()
        except UnicodeError as wrong:
            raise NotAListingError("it begins as UTF-16 text and is none") from wrong
    try:
        return [json_document.load(data)]
    except json_document.NotJsonError as wrong:
        why = str(wrong)
        lines = [line for line in data.splitlines()[:_MOST_LINES] if line.strip()]
        if len(lines) < 2 or not all(line.lstrip()[:1] in (b"{", b"[") for line in lines[:50]):
            raise NotAListingError(f"it {why}") from wrong
    documents: list[Any] = []
    for number, line in enumerate(data.splitlines(), 1):
        if not line.strip():
            continue
        try:
            documents.append(json_document.load(line))
        except json_document.NotJsonError as wrong:
            # What is no JSON as a whole, and breaks at its second line, was one document.
            told = why if number < 3 else f"{wrong} (line {number})"
            raise NotAListingError(f"it {told}") from wrong
    objects = [value for value in documents if isinstance(value, dict)]
    if len(objects) == len(documents):
        # One list of records or of pages: `_parts` tells which.
        return [objects]
    return documents


def _listing(value: Mapping[str, Any]) -> list[str]:
    """Return the names under which an object holds listings."""
    return [
        name
        for name in _LISTS
        if isinstance(value.get(name), list)
        and all(isinstance(inner, dict) for inner in value[name])
    ]


def _parts(file: str, value: object, known: Mapping[str, Any]) -> Iterator[Part]:
    if isinstance(value, list):
        if not all(isinstance(inner, dict) for inner in value):
            raise NotAListingError("its list holds something else than objects")
        pages = [page for page in value if _is_envelope(page, known)]
        if pages and len(pages) == len(value):
            for inner in value:
                yield from _parts(file, inner, known)
        else:
            yield Part(file, value)
        return
    if not isinstance(value, dict):
        raise NotAListingError("it is neither a list nor an object")
    if not _is_envelope(value, known):
        yield Part(file, [value])
        return
    yield from _of_envelope(file, value)


def _is_envelope(value: Mapping[str, Any], known: Mapping[str, Any]) -> bool:
    names = _listing(value)
    if not names and not any(_by_owner(value, name) for name in _LISTS):
        return False
    return not any(value.keys() & names_of for names_of in known.values())


def _by_owner(value: Mapping[str, Any], name: str) -> bool:
    """Tell whether a dump holds listings by what they are of: {"members": {"00g…": […]}}."""
    inner = value.get(name)
    return (
        isinstance(inner, dict)
        and bool(inner)
        and all(isinstance(listing, list) for listing in inner.values())
    )


def _of_envelope(file: str, value: Mapping[str, Any]) -> Iterator[Part]:
    lists = _listing(value)
    mapped = [name for name in _LISTS if _by_owner(value, name)]
    address = " ".join(js.text(value.get(name)) for name in ("@odata.context", *_NEXT))
    said = _ADDRESS.search(address)
    owner: str = next(filter(None, (_named(value.get(name)) for name in _OWNERS)), "")
    if not owner and lists in (["members"], ["owners"]):
        owner = js.text(value.get("id"))
    taken = {*lists, *mapped, *_OWNERS, *_NEXT, "@odata.context", "@odata.count", "kind", "etag"}
    unread = sorted(value.keys() - taken - {"id"})
    more = any(value.get(name) for name in _NEXT)
    for name in lists:
        of = owner or (said[2] if said else "")
        yield Part(file, value[name], name, of, address, more, unread)
        unread = []
    for name in mapped:
        for key, listing in value[name].items():
            if not all(isinstance(inner, dict) for inner in listing):
                raise NotAListingError(
                    f"its {name} of {key[:60]!r} hold something else than objects"
                )
            yield Part(file, listing, name, key, address, more, unread)
            unread = []


def _named(value: object) -> str:
    """Return an owner given as text, or as an object with an id or an address."""
    if isinstance(value, dict):
        return js.text(value.get("id")) or js.text(value.get("email"))
    return js.text(value)
