"""The map of a platform's export: a YAML file that says which field is what.

It has a section for each list (users, groups, accounts, rules). In it, `list` and `file` say where
the list lies; other keys name paths in its records (`who.users`, or several in a list), or give
words the vendor uses. A path that begins with = is no path but the value itself. Every path must
be in at least one record, and every key must be known: a misspelt one would read less in silence.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from forthwith.domain.fact_tables import RowFault
from forthwith.exports.tables import yaml
from forthwith.plain.table_names import FileFaultError, nearest, short

_WHERE = frozenset(("file", "list", "separator"))
#: Section → keys that are paths, of which the first must be there.
PATHS: Mapping[str, tuple[str, ...]] = {
    "users": ("id", "name", "mail", "login", "number", "role", "status", "kind"),
    "groups": ("id", "members"),
    "accounts": ("id", "name", "asset", "class", "address"),
    "rules": ("initiators", "name", "order", "action", "kind", "source", "destination", "asset",
              "min", "max", "unit", "seconds", "signers", "approvers", "quorum", "conditions",
              "idle"),
}  # fmt: skip
#: Section → keys whose values are the vendor's words.
_WORDS: Mapping[str, frozenset[str]] = {
    "users": frozenset(("active", "roles", "programs")),
    "groups": frozenset(),
    "accounts": frozenset(),
    "rules": frozenset(("approvals", "everybody", "allow", "deny", "transfers", "signing",
                        "otherwise", "own_approval", "every_group")),
}  # fmt: skip
_APPROVALS = ("list", "approvers", "quorum")
_ROOT = frozenset(("platform", "policy_quorum", *PATHS))
RIGHTS = frozenset(("initiate", "sign", "approve", "admin"))
#: Key of `rules` → the words it takes.
_CHOICES = {
    "signing": ("initiator", "platform"),
    "otherwise": ("deny", "allow"),
    "own_approval": ("yes", "no"),
    "every_group": ("yes", "no"),
}


@dataclass(frozen=True, slots=True)
class Section:
    """Where one list lies, and what its fields are."""

    name: str
    #: Pattern of file names, "" for any.
    file: str
    #: Path of the list in a JSON file, "" for the file itself.
    place: str
    #: What parts several values in one text; "" where a text is one value.
    separator: str
    #: Key → paths, or a value behind "=".
    paths: Mapping[str, tuple[str, ...]]
    words: Mapping[str, Any]

    def literal(self, key: str) -> str | None:
        """Return the value that a key gives instead of a path."""
        (first, *more) = self.paths.get(key, ("",))
        return first[1:].strip() if first.startswith("=") and not more else None

    def one(self, record: Any, key: str) -> str:
        """Return the one text of a field, "" where there is none."""
        if (value := self.literal(key)) is not None:
            return value
        found = [text for path in self.paths.get(key, ()) for text in texts_in(record, path)]
        return " ".join(" ".join(found).split())

    def many(self, record: Any, paths: Sequence[str]) -> list[str]:
        """Return the texts at some paths, parted at the section's separator."""
        return [text for path in paths for text in texts_in(record, path, self.separator)]

    def listed(self, key: str) -> tuple[str, ...]:
        """Return a key's words; a single one stands for a list of it."""
        return tuple(map(str, _words(self.words.get(key, []))))


@dataclass(slots=True)
class MapFile:
    """A map as read; `faults` says what is wrong with it."""

    file: str
    sections: dict[str, Section] = field(default_factory=dict)
    #: How many administrators may change the policy; None: not said.
    quorum: int | None = None
    faults: list[RowFault] = field(default_factory=list)

    @classmethod
    def read(cls, data: bytes, file: str) -> MapFile:
        """Read the map."""
        found = cls(file)
        try:
            body = yaml.document(data, file)
        except FileFaultError as stop:
            found.faults.append(stop.fault)
            return found
        if not isinstance(body, dict):
            found.fault("it is not sections by name", "Write rules: and its fields under it")
            return found
        found._unknown("", body, _ROOT)
        for name in PATHS:
            if name in body:
                found._section(name, body[name])
        quorum = body.get("policy_quorum")
        if quorum is not None:
            if isinstance(quorum, str) and quorum.isdecimal() and int(quorum[:6]) > 0:
                found.quorum = int(quorum[:6])
            else:
                found.fault("policy_quorum is not a number of people", "Write it as 2")
        if "rules" not in body:
            found.fault("it has no rules", "Say where the rules lie and what their fields are")
        return found

    def fault(self, what: str, do: str) -> None:
        """Say what is wrong with the map."""
        self.faults.append(RowFault(self.file, 0, what, do))

    def _unknown(self, where: str, body: Mapping[str, Any], known: frozenset[str]) -> None:
        for key in sorted(body.keys() - known):
            what = f"{where}{short(key)} is not a key of a map"
            self.fault(what, nearest(key, sorted(known), "Keys are"))

    def _section(self, name: str, body: Any) -> None:
        if not isinstance(body, dict):
            self.fault(f"{name} is not keys with paths", f"Write {PATHS[name][0]}: and a path")
            return
        known = frozenset(PATHS[name]) | _WORDS[name] | _WHERE
        self._unknown(f"{name}: ", body, known)
        paths = {
            key: found
            for key in PATHS[name]
            if key in body and (found := self._paths(f"{name}.{key}", body[key]))
        }
        words = {key: body[key] for key in sorted(_WORDS[name]) if key in body}
        for key in words.keys() - {"roles", "approvals", *_CHOICES}:
            if not all(isinstance(word, str) for word in _words(words[key])):
                self.fault(f"{name}.{key} is not words", "Write a list of the words: [ACTIVE]")
                return
        where = [body.get(key, "") for key in ("file", "list", "separator")]
        if not all(isinstance(text, str) for text in where):
            self.fault(f"{name}: file, list and separator are texts", "Write one text for each")
            return
        section = Section(name, where[0], where[1], where[2], paths, words)
        self.sections[name] = section
        missing = [key for key in PATHS[name][:1] if key not in paths]
        missing += [key for key in ("members",) if name == "groups" and key not in paths]
        for key in missing:
            self.fault(f"{name} does not say what {key} is", f"Write {key}: and its path")
        if name == "users":
            self._check_users(section)
        elif name == "rules":
            self._check_rules(section)

    def _paths(self, where: str, value: Any) -> tuple[str, ...]:
        paths = (value,) if isinstance(value, str) else value
        if (
            isinstance(paths, list | tuple)
            and paths
            and all(isinstance(path, str) and path for path in paths)
        ):
            return tuple(paths)
        self.fault(f"{where} is no path", "Write one path, or a list of them")
        return ()

    def _check_users(self, section: Section) -> None:
        if "status" in section.paths and not section.listed("active"):
            do = "List the words that mean it: active: [ACTIVE]"
            self.fault("users does not say which status is active", do)
        roles = section.words.get("roles", {})
        if not isinstance(roles, dict):
            self.fault("users.roles is not rights by role", "Write TRADER: [initiate, sign]")
            return
        if bool(roles) != ("role" in section.paths):
            self.fault("users has role without roles, or the other way round", "Write both")
        for role, rights in roles.items():
            given = [rights] if isinstance(rights, str) and rights else rights or []
            for right in given:
                if not isinstance(right, str) or right not in RIGHTS:
                    what = f"users.roles: {short(str(right))} of {short(role)} is no right"
                    self.fault(what, f"Rights are {', '.join(sorted(RIGHTS))}, or none: []")

    def _check_rules(self, section: Section) -> None:
        for key, choices in _CHOICES.items():
            value = section.words.get(key)
            if value is None and key in ("signing", "otherwise"):
                self.fault(f"rules does not say {_ASKED[key]}", f"Write {key}: {choices[0]} or "
                           f"{key}: {choices[1]}")  # fmt: skip
            elif value is not None and value not in choices:
                self.fault(f"rules.{key} is {short(str(value))}", f"Write {' or '.join(choices)}")
        paths = section.paths.keys()
        for wrong, what, do in (
            ("action" in paths and not section.listed("allow"),
             "rules does not say which action allows", "Write allow: [ALLOW]"),
            ("kind" in paths and not section.listed("transfers"),
             "rules does not say which kind is a transfer", "Write transfers: [TRANSFER]"),
            (paths & {"min", "max"} and "unit" not in paths,
             "rules has amounts and no unit", "Write unit: and its path, or unit: =USD"),
            (("approvers" in paths) != ("quorum" in paths),
             "rules has approvers without a quorum, or the other way round",
             "Write both; a number of its own as quorum: =1"),
            ("approvers" in paths and "approvals" in section.words,
             "rules has approvers and approvals", "Write one of the two"),
        ):  # fmt: skip
            if wrong:
                self.fault(what, do)
        self._check_approvals(section.words.get("approvals"))

    def _check_approvals(self, approvals: Any) -> None:
        if approvals is None:
            return
        if not isinstance(approvals, dict) or set(approvals) != set(_APPROVALS):
            self.fault(
                "rules.approvals is not a list of groups", "Write list, approvers and quorum"
            )
            return
        for key in _APPROVALS:
            self._paths(f"rules.approvals.{key}", approvals[key])
        if not isinstance(approvals["list"], str):
            self.fault("rules.approvals.list is not one path", "Write one path")


_ASKED = {
    "signing": "who signs where a rule names no signer",
    "otherwise": "what happens where no rule matches",
}


def _words(value: Any) -> list[Any]:
    """Return the vendor's words for something; a single one stands for a list of it."""
    if isinstance(value, str):
        return [value] if value else []
    return value if isinstance(value, list) else [value]


def several(value: Any) -> tuple[str, ...]:
    """Return a list of texts that may be written as one."""
    return (value,) if isinstance(value, str) else tuple(value)


def values(record: Any, path: str) -> Iterator[Any]:
    """Yield what lies at a path, lists on the way gone through; an empty list at its end as []."""
    if isinstance(record, dict) and path in record:
        yield record[path]
        return
    waiting: list[Any] = [record]
    for name in path.split("."):
        waiting = [
            inner[name]
            for value in waiting
            for inner in (value if isinstance(value, list) else [value])
            if isinstance(inner, dict) and name in inner
        ]
    yield from waiting


def texts_in(record: Any, path: str, separator: str = "") -> list[str]:
    """Return the texts and numbers at a path, in order, each cell parted where that is said."""
    found: list[str] = []
    waiting = [*values(record, path)][::-1]
    while waiting:
        value = waiting.pop()
        if isinstance(value, list):
            waiting += reversed(value)
        elif isinstance(value, str):
            parts = value.split(separator) if separator else [value]
            found += [part.strip() for part in parts if part.strip()]
        elif isinstance(value, int | float) and not isinstance(value, bool):
            found.append(str(value))
    return found


def leaves(record: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Yield every field of a record by the names that lead to it; lists are gone through."""
    waiting: list[tuple[tuple[str, ...], Any]] = [(path, record)]
    while waiting:
        where, value = waiting.pop()
        if isinstance(value, dict) and value:
            waiting += [((*where, key), inner) for key, inner in reversed(value.items())]
        elif isinstance(value, list) and any(isinstance(inner, dict | list) for inner in value):
            waiting += [(where, inner) for inner in reversed(value)]
        else:
            yield where, value
