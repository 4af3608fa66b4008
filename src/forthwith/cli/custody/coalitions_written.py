"""What `custody coalitions` writes, for people and for programs."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from forthwith.cli import console

if TYPE_CHECKING:
    from forthwith.custody.answers.coalitions import Coalitions
    from forthwith.custody.minimal_sets import NotDecided


def undecided(found: NotDecided, *, as_json: bool) -> int:
    """Say which bound was met; return the exit status."""
    if as_json:
        dump({"count": None, "decided": False, "why": found.why})
    else:
        console.say(found.why)
    return console.FINDINGS


def told(
    found: Coalitions, about: Mapping[str, str], names: Mapping[str, str], *, as_json: bool
) -> int:
    """Write what was found; `names` are those of people. Return the exit status."""
    if as_json:
        dump({**about, **_plain(found, names)})
    else:
        _print(found, about, names)
    return console.CLEAN


def _plain(found: Coalitions, names: Mapping[str, str]) -> dict[str, Any]:
    blocking = found.blocking_count is None or len(found.blocking) < found.blocking_count
    body = {
        "count": found.count,
        "sizes": by_size(found.sizes),
        "engine": found.engine,
        "coalitions": [sorted(each) for each in found.minimal],
        "complete": found.complete,
        "blocking": [sorted(each) for each in found.blocking],
        "blocking_count": found.blocking_count,
        "blocking_complete": not blocking,
        "alone": list(found.alone),
        "single_points": list(found.single_points),
    }
    shown = {name for each in (*found.minimal, *found.blocking) for name in each} & names.keys()
    people = {name: names[name] for name in sorted(shown)}
    return body | ({"people": people} if names else {}) | ({"why": found.why} if found.why else {})


def by_size(sizes: dict[int, int] | None) -> dict[str, int] | None:
    """Return the counts by size as JSON has them."""
    return None if sizes is None else {str(size): many for size, many in sorted(sizes.items())}


def dump(body: dict[str, Any]) -> None:
    """Write one JSON object."""
    console.raw(json.dumps(body, ensure_ascii=False))


def _print(found: Coalitions, about: Mapping[str, str], names: Mapping[str, str]) -> None:
    if about:
        console.say(f"{about['wallet']} on {about['on']}, facts {about['standing']} or better")
    if not found.count:
        console.say("Nobody listed is shown to be able to move it; that excludes nobody.")
        return
    _listing("can act together", found.minimal, found.count, names)
    for size, many in sorted((found.sizes or {}).items()):
        console.say(f"  of {size}: {many:,}")
    if found.blocking_count is None:
        console.say(f"Who can stop it: {found.why}")
    else:
        _listing("can stop it", found.blocking, found.blocking_count, names)
    _people("Alone", found.alone, names)
    _people("Without whom nobody can", found.single_points, names)
    if about:
        console.say("Shown by accepted facts; who else may is asked with `forthwith custody ask`.")


def _listing(
    what: str, sets: Sequence[frozenset[str]], count: int, names: Mapping[str, str]
) -> None:
    console.say(f"{console.count(count, 'minimal set')} {what}:")
    for each in sets:
        console.say(f"  {' + '.join(_named(sorted(each), names))}")
    if len(sets) < count:
        console.say(f"  … and {count - len(sets):,} more")


def _people(what: str, found: Sequence[str], names: Mapping[str, str]) -> None:
    console.say(f"{what}: {', '.join(_named(found, names)) or 'nobody'}")


def _named(ids: Iterable[str], names: Mapping[str, str]) -> list[str]:
    return [f"{names[each]} ({each})" if names.get(each) else each for each in ids]
