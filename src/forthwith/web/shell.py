"""The frame every page of the room stands in: the bar with what this person may go to.

A link is left out where it would only lead to a refusal; what may be seen behind it is decided by
the page's own desk, never here.
"""

from __future__ import annotations

from typing import Any

from litestar import MediaType, Request
from litestar.response import Template

from forthwith.domain.users import Right, Seer

#: Key, address, words, and the rights of which one is enough (none: whoever has signed in).
PAGES: tuple[tuple[str, str, str, tuple[Right, ...]], ...] = (
    ("home", "/", "Home", ()),
    ("documents", "/documents", "Documents", (Right.LIST,)),
    ("batches", "/batches", "Batches", (Right.CODE, Right.MANAGE)),
    ("redactions", "/redactions", "Redactions", (Right.PROPOSE, Right.REDACT)),
    ("conflicts", "/conflicts", "Conflicts", (Right.OVERTURN, Right.MANAGE)),
    ("privilege", "/privilege", "Privilege", (Right.CLAIM, Right.PROPOSE)),
    ("quality", "/quality", "Quality", (Right.OVERTURN, Right.MANAGE)),
    ("ranking", "/ranking", "Ranking", (Right.MANAGE,)),
    ("production", "/productions/draft", "Production", (Right.PRODUCE, Right.MANAGE)),
    ("received", "/received", "Received", (Right.CHALLENGE, Right.MANAGE, Right.PRODUCE)),
    ("privilege-log", "/privilege-log", "Privilege log", (Right.CHALLENGE,)),
    ("chronology", "/chronology", "Chronology", (Right.OPEN,)),
    ("exhibits", "/exhibits", "Exhibits", (Right.OPEN,)),
    ("journal", "/journal", "Journal", (Right.MANAGE, Right.USERS)),
    ("users", "/users", "People", (Right.USERS,)),
)


def page(
    request: Request[Any, Any, Any],
    template: str,
    here: str = "",
    *,
    wrong: str = "",
    status: int = 200,
    **context: Any,
) -> Template:
    """Return a page in its frame; `here` is the key of the page the bar marks.

    `wrong` is why what was sent was refused: its sentence stands on the page, whose status is 422.

    The session's token against forged requests (`csrf` of the scope) goes into the page's head,
    whence the scripts take it, and into its forms.
    """
    seer: Seer | None = request.scope.get("seer")  # type: ignore[assignment]
    nav = [
        (key, address, words)
        for key, address, words, rights in PAGES
        if seer and (not rights or any(seer.may(right) for right in rights))
    ]
    frame = {
        "here": here,
        "nav": nav,
        "matter": request.app.state.get("matter", ""),
        "user": seer.user if seer else None,
        "csrf": request.scope.get("csrf", ""),
        "status": status,
        "wrong": wrong,
    }
    return Template(
        template,
        context={**frame, **context},
        status_code=422 if wrong else status,
        media_type=MediaType.HTML,
    )
