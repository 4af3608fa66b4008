"""One list of kinds of export, one signature of lifts, and the documented steps to add a kind."""

from __future__ import annotations

import dataclasses
import inspect
import json
import os
import shutil
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

import forthwith
from forthwith.exports.kinds import KINDS
from forthwith.exports.options import Files, ImportOptions

BADGES = '''"""Badges of a vault's doors: who could come to the safe, since when."""

import json

from forthwith.domain.fact_tables import FactRow, Lifted


def lift(files, options):
    """Return a possession for each badge."""
    cells = [(name, badge) for name, data in files for badge in json.loads(data)]
    rows = [
        FactRow("possessions", {**options.stamp.cells(), **badge}, name) for name, badge in cells
    ]
    return Lifted(tuple(rows), notes=(f"wallet {options.wallet}",))
'''


@pytest.mark.parametrize("name", KINDS)
def test_every_kind_is_lifted_by_one_signature(name: str) -> None:
    """Whoever adds a kind copies any other; the command knows nothing of a kind but its line."""
    lift = import_module(f"forthwith.exports.{KINDS[name].module}").lift

    assert list(inspect.signature(lift).parameters) == ["files", "options"]
    assert inspect.get_annotations(lift, eval_str=True)["files"] == Files
    assert inspect.get_annotations(lift, eval_str=True)["options"] is ImportOptions


@pytest.mark.parametrize("name", KINDS)
def test_every_option_a_kind_takes_is_one_of_the_options(name: str) -> None:
    """A misspelt name would refuse the option for ever."""
    known = {field.name for field in dataclasses.fields(ImportOptions)} - {"stamp"}

    assert set(KINDS[name].options) <= known


def test_a_kind_is_added_by_a_folder_and_a_line(tmp_path: Path) -> None:
    """The steps of docs/architecture.md are all there are: no other file of the package changes."""
    package = tmp_path / "src" / "forthwith"
    shutil.copytree(
        Path(forthwith.__file__).parent, package, ignore=shutil.ignore_patterns("__pycache__")
    )
    (package / "exports" / "badges").mkdir()
    (package / "exports" / "badges" / "lift.py").write_text(BADGES, encoding="utf-8")
    kinds = package / "exports" / "kinds.py"
    line = '    "badges": ExportKind("badges.lift", ("wallet",)),\n}\n'
    text = kinds.read_text(encoding="utf-8")
    kinds.write_text(text.removesuffix("}\n") + line, encoding="utf-8")
    badges = [{"person": "ana", "means": "safe-room"}]
    (tmp_path / "badges.json").write_text(json.dumps(badges), encoding="utf-8")
    people = "id,name,standing\nana,Ana Ortega,system record\n"
    means = "id,kind,label,of,standing\nsafe-room,device,,,system record\n"
    (tmp_path / "facts").mkdir()
    (tmp_path / "facts" / "people.csv").write_text(people, encoding="utf-8")
    (tmp_path / "facts" / "means.csv").write_text(means, encoding="utf-8")

    done = subprocess.run(
        [sys.executable, "-m", "forthwith", "custody", "import", "badges", "badges.json", "--from",
         "2023-06-17", "--wallet", "w1", "--into", "facts", "--json"],
        cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(tmp_path / "src")},
        capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert done.returncode == 0, done.stderr
    body = json.loads(done.stdout)
    assert (body["kind"], body["rows"], body["notes"]) == (
        "badges",
        {"possessions": 1},
        ["wallet w1"],
    )
    assert "ana,safe-room" in (tmp_path / "facts" / body["files"][0]).read_text(encoding="utf-8")
