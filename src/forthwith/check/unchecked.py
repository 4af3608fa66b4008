"""What a standard leaves no means to check: said in every report, so that silence is no praise.

A standard may do without a column, as one without digests of natives. What rests on that column
cannot be looked into then, and nobody should think it was.
"""

from __future__ import annotations

from dataclasses import dataclass

from forthwith.domain import fields
from forthwith.standards import catalogue
from forthwith.standards.loader import Standard

#: Roles a check rests on: one of each group must have a column. Checks not named rest on none, or
#: on columns without which no standard is taken.
_RESTS: dict[str, tuple[tuple[str, ...], ...]] = {
    "FM01": (("children",),),
    "FM05": (("family_first", "family_last", "family_range"),),
    "FM07": (("parent",), ("children",)),
    "IM09": (("page_count",),),
    "MD01": (("custodian",),),
    "MD02": (("date_sent",),),
    "MD05": (tuple(f"date_{each}" for each in sorted(fields.INSTANTS)),),
    "MD06": (tuple(f"date_{each}" for each in sorted(fields.INSTANTS)),),
    "MD07": (tuple(f"time_{each}" for each in sorted(fields.INSTANTS)),),
    "MD08": (("date_sent",),),
    "MD09": (("from",),),
    "MD10": (("subject",),),
    "MD11": (("message_id",),),
    "MD13": (("file_name",),),
    "MD14": (("date_modified",),),
    "MD15": (("time_zone",),),
    "MD16": (("md5", "sha1", "sha256", "size", "page_count"),),
    "NT02": (("md5", "sha1", "sha256"),),
    "NT04": (("extension",),),
    "NT07": (("size",),),
}


@dataclass(frozen=True, slots=True)
class NotChecked:
    """One check that a standard gives no means for."""

    code: str
    title: str
    why: str


def not_checked(standard: Standard) -> tuple[NotChecked, ...]:
    """Return the checks `standard` gives no means for, by code."""
    found = {code: _lacking(standard, groups) for code, groups in _RESTS.items()}
    digest = standard.natives.digest
    if not standard.has(digest):
        found["MD03"] = f"the standard has no column of the role {digest}"
    if standard.images.endorse == "none":
        found["IM13"] = "the standard asks for no endorsement"
    if not standard.text.one_encoding_per_production:
        found["EN04"] = "the standard lets every text have an encoding of its own"
    checks = catalogue.kinds(standard)
    return tuple(
        NotChecked(code, checks[code].title, why) for code, why in sorted(found.items()) if why
    )


def _lacking(standard: Standard, groups: tuple[tuple[str, ...], ...]) -> str:
    for group in groups:
        if not any(standard.has(role) for role in group):
            roles = " or ".join(group[:3])
            return f"the standard has no column of the role {roles}"
    return ""
