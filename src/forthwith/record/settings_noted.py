"""matter.toml as the journal notes it: by digest, and key by key, so that a change is named.

`init` notes the settings, and whoever writes to the matter after they were edited notes them anew.
A value is noted as the beginning of its SHA-256; of the database's address neither the password nor
the options count, so nothing secret is in the journal, not even as a digest.
"""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import sqlalchemy as sa

from forthwith.record import journal

ACTION = "settings"
#: Entries that note settings.
_NOTING = ("init", ACTION)


def noted(toml: bytes) -> dict[str, Any]:
    """Return what an entry notes of the text of matter.toml: its digest, and one of each value."""
    return {"settings": hashlib.sha256(toml).hexdigest(), "values": dict(_values(toml))}


def note(connection: sa.Connection, toml: bytes) -> journal.Entry | None:
    """Write an entry where the settings are not those last noted; it names the keys that changed.

    Comments and blanks are no keys: an edit of these alone is noted with no key.
    """
    before = last(entry for action in _NOTING for entry in journal.of(connection, action))
    now = noted(toml)
    if before.get("settings") == now["settings"]:
        return None
    return journal.append(connection, ACTION, {**now, "changed": changed(before, now)})


def last(entries: Iterable[journal.Entry]) -> Mapping[str, Any]:
    """Return the body that noted the settings last; {} where none did."""
    noting = [entry for entry in entries if entry.action in _NOTING]
    bodies = (entry.facts() for entry in sorted(noting, key=lambda entry: -entry.seq))
    return next((body for body in bodies if isinstance(body, dict) and "settings" in body), {})


def changed(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """Return the keys whose values differ, sorted; [] where nothing was noted before."""
    was, is_now = before.get("values"), now["values"]
    if not isinstance(was, dict):
        return []
    return sorted(key for key in was.keys() | is_now.keys() if was.get(key) != is_now.get(key))


def broken(toml: bytes, entries: Iterable[journal.Entry]) -> Iterator[str]:
    """Yield a sentence where matter.toml is not what the journal noted last."""
    before = last(entries)
    if not before or before["settings"] == hashlib.sha256(toml).hexdigest():
        return
    keys = changed(before, noted(toml))
    what = f" ({', '.join(keys)})" if keys else ""
    yield (
        f"matter.toml: it was changed{what} since the journal last noted it. If you edited it, the "
        "next command that writes to the matter notes it; if nobody did, put it back from a copy"
    )


def _values(toml: bytes) -> Iterator[tuple[str, str]]:
    for table, content in sorted(tomllib.loads(toml.decode("utf-8")).items()):
        keys = content if isinstance(content, dict) else {"": content}
        for key, value in sorted(keys.items()):
            name = f"{table}.{key}" if key else table
            if name == "storage.database":
                url = sa.make_url(value)
                value = f"{url.drivername} {url.username} {url.host} {url.port} {url.database}"
            text = json.dumps(value, sort_keys=True, default=str)
            yield name, hashlib.sha256(text.encode()).hexdigest()[:16]
