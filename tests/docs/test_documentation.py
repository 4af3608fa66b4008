"""README and docs say what the code does: commands, limits, modules, formats, links."""

from __future__ import annotations

import dataclasses
import importlib
import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from forthwith.cli.main import main
from forthwith.domain.evidence import FaultReason, Limits
from forthwith.exports.kinds import KINDS
from forthwith.formats import readers
from forthwith.process import counts

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "forthwith"
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
COMMANDS_MD = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")
GUARANTEES_MD = (ROOT / "docs" / "guarantees.md").read_text(encoding="utf-8")
ARCHITECTURE_MD = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
FORMATS_MD = (ROOT / "docs" / "formats.md").read_text(encoding="utf-8")

_LINK = re.compile(r"\]\(([^)\s]+)\)")
#: Folders of one machine, and where packages come from.
_FOREIGN = re.compile(
    r"/w[o]rk/|/f[a]rm/|/t[m]p/|/h[o]me/|/r[o]ot/|pyp[i]\.org|python[h]osted|registry\.|index-url"
)


def section(name: str) -> str:
    """Return what docs/commands.md says of one command, its commands left out."""
    sections = re.split(r"^#{2,3} (.+)\n", COMMANDS_MD, flags=re.MULTILINE)
    return dict(zip(sections[1::2], sections[2::2]))[name]


def commands(group: click.Group = main, before: str = "") -> Iterator[tuple[str, click.Command]]:
    """Yield every command by its words, and those of a group after it."""
    for name, command in group.commands.items():
        yield before + name, command
        if isinstance(command, click.Group):
            yield from commands(command, f"{before}{name} ")


def named(page: Path) -> str:
    """Return a page's name for a test's title."""
    return str(page.relative_to(ROOT))


def anchors(page: Path) -> set[str]:
    """Return the places of a page a link can point to."""
    heads = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


def options() -> Iterator[tuple[str, str]]:
    """Yield every command with each of its options."""
    for name, command in commands():
        for parameter in command.params:
            if isinstance(parameter, click.Option):
                yield from ((name, option) for option in parameter.opts)


@pytest.mark.parametrize("name", dict(commands()))
def test_each_command_is_documented(name: str) -> None:
    # A name may stand before the last word: `forthwith rank NAME next`.
    words = "(?: [A-Z]+)? ".join(map(re.escape, name.split()))
    assert re.search(f"`forthwith {words}", section(name))


@pytest.mark.parametrize(("name", "option"), list(options()))
def test_each_option_is_documented(name: str, option: str) -> None:
    assert re.search(rf"^\| `{option}[` ]", section(name), re.MULTILINE)


@pytest.mark.parametrize("name", dict(commands()))
def test_no_other_option_is_documented(name: str) -> None:
    told = re.findall(r"^\| `(--[\w-]+)", section(name), re.MULTILINE)

    assert set(told) <= {option for command, option in options() if command == name}


def test_no_other_command_is_documented() -> None:
    told = re.findall(r"^#{2,3} (.+)$", COMMANDS_MD, re.MULTILINE)

    assert [name for name in told if " " not in name] == list(main.commands)
    assert sorted(told) == sorted(dict(commands()))


@pytest.mark.parametrize("name", [each.name for each in dataclasses.fields(counts.Counts)])
def test_each_count_of_status_is_documented(name: str) -> None:
    assert f"| `{name}` |" in section("status")


@pytest.mark.parametrize("limit", dataclasses.fields(Limits), ids=lambda limit: limit.name)
def test_each_default_limit_is_stated(limit: dataclasses.Field[float]) -> None:
    assert re.search(rf"^\| `{limit.name}` \| {limit.default}[ |]", GUARANTEES_MD, re.MULTILINE)


@pytest.mark.parametrize("reason", FaultReason)
def test_each_reason_of_a_fault_is_named(reason: FaultReason) -> None:
    assert reason.value in " ".join(GUARANTEES_MD.split())


def test_the_vector_of_the_recipe_is_the_pinned_one() -> None:
    pinned = (ROOT / "tests" / "process" / "test_identity.py").read_text(encoding="utf-8")
    (vector,) = re.findall(r"^[0-9a-f]{64}$", GUARANTEES_MD, re.MULTILINE)

    assert f'"{vector}"' in pinned


@pytest.mark.parametrize(
    "path", sorted(set(re.findall(r"`((?:[\w-]+/)+[\w-]+\.(?:py|toml))`", ARCHITECTURE_MD)))
)
def test_each_file_the_architecture_names_exists(path: str) -> None:
    assert (SOURCE / path).is_file() or (ROOT / path).is_file()


@pytest.mark.parametrize(
    "row", re.findall(r"^\| `(\w+)/` \| (.+) \|$", ARCHITECTURE_MD, re.MULTILINE)
)
def test_each_folder_holds_the_modules_named_for_it(row: tuple[str, str]) -> None:
    folder, text = row
    for name in re.findall(r"`(\w+)`", text):
        assert (SOURCE / folder / f"{name}.py").is_file(), name
    for name in re.findall(r"`(\w+)/`", text):
        assert (SOURCE / folder / name).is_dir(), name


def test_every_folder_of_the_house_has_its_row() -> None:
    folders = {place.parent.name for place in SOURCE.glob("*/__init__.py")}

    assert folders == set(re.findall(r"^\| `(\w+)/` \|", ARCHITECTURE_MD, re.MULTILINE))


@pytest.mark.parametrize("name", readers._MODULES)
def test_each_type_that_is_read_is_listed_with_its_module(name: str) -> None:
    module = importlib.import_module(f"forthwith.formats.{name}")

    assert f"`{name}`" in FORMATS_MD
    assert [each for each in module.MEDIA_TYPES if f"`{each}`" not in FORMATS_MD] == []


@pytest.mark.parametrize("name", KINDS)
def test_each_kind_of_export_is_listed_with_its_module(name: str) -> None:
    assert f"| `{name}` | `{KINDS[name].module}`;" in FORMATS_MD


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_each_link_leads_somewhere(page: Path) -> None:
    for link in _LINK.findall(page.read_text(encoding="utf-8")):
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_no_page_names_a_machine_or_a_registry(page: Path) -> None:
    assert _FOREIGN.findall(page.read_text(encoding="utf-8")) == []


def test_pictures_are_small() -> None:
    sizes = {each.name: each.stat().st_size for each in (ROOT / "docs/pictures").iterdir()}

    assert {name for name, size in sizes.items() if size > 100_000} == set()
