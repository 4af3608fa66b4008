"""Where the demo may be written."""

from __future__ import annotations

from pathlib import Path

import pytest

from forthwith.example import run


def test_a_demo_is_written_over_in_the_folder_one_stands_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No system removes the folder ".": it is emptied, and what a link points at stays."""
    kept = tmp_path / "kept.txt"
    kept.write_text("not the demo's")
    folder = tmp_path / "demo"
    run.empty(folder)
    (folder / "evidence" / "mail").mkdir(parents=True)
    (folder / "overview.html").touch()
    (folder / "link").symlink_to(tmp_path)
    monkeypatch.chdir(folder)

    run.empty(Path())

    assert [path.name for path in Path().iterdir()] == [".forthwith-demo"]
    assert kept.exists()


def test_a_folder_with_something_else_is_left_alone(tmp_path: Path) -> None:
    """A mistyped name must not cost somebody a folder."""
    (tmp_path / "thesis.txt").touch()

    with pytest.raises(run.NotADemoError, match="something else"):
        run.empty(tmp_path)

    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]
