"""The house: what is imported late, and why; the floors themselves are in pyproject.toml."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[1] / "src" / "forthwith"
#: Every import inside a function, by file and module, with the CPU seconds that it saves whoever
#: does not need it (measured on one core of 2.1 GHz; the first import of its kind in a process).
#: Imports belong at the top of a file: a new line here says which command would wait, and how long.
LATE = {
    # Doors: what one way of typing a command needs, and the others do not.
    ("cli/check.py", "forthwith.workflows.compare"): 0.47,
    ("cli/custody/coalitions.py", "forthwith.workflows.custody.facts"): 0.25,
    # Desks: a sealed volume is opened where a paper or a claim is about it.
    ("workflows/case_file.py", "forthwith.check.volume"): 0.17,
    ("workflows/case_file.py", "forthwith.check.received"): 0.17,
    ("workflows/case_file.py", "forthwith.workflows.books.claims"): 0.30,
    ("workflows/books/pictures.py", "forthwith.plain.drawings.plotted"): 0.44,
    ("workflows/privilege.py", "forthwith.review.privilege.log_files"): 0.10,
    ("workflows/custody/picture_pages.py", "forthwith.plain.drawings.plotted"): 0.44,
    # Rooms and shelves: libraries that take long, or that are not installed everywhere.
    ("custody/minimal_sets/__init__.py", "forthwith.custody.minimal_sets.oxidd"): 0.04,
    ("custody/minimal_sets/__init__.py", "forthwith.custody.minimal_sets.both_libraries"): 0.04,
    ("review/quality.py", "scipy.special"): 1.90,
    ("review/ranking.py", "scipy"): 0.60,
    ("review/ranking.py", "sklearn"): 1.50,
    ("review/ranking.py", "sklearn.exceptions"): 1.50,
    ("review/ranking.py", "sklearn.svm"): 1.50,
    ("review/screen/classifier.py", "sklearn.feature_extraction.text"): 1.40,
    ("review/screen/classifier.py", "sklearn.svm"): 0.60,
    ("record/tables.py", "alembic"): 0.14,
    ("record/tables.py", "alembic.config"): 0.14,
    ("formats/pages/pdf.py", "forthwith.formats.pages.pdf_structure"): 0.04,
    ("exports/bitcoin/signed_message.py", "bip322"): 0.03,
    ("parcels/zips.py", "pyzipper"): 0.06,
    ("exports/ethereum/signed_message.py", "eth_account"): 0.58,
    ("exports/chain/evm_etl.py", "pyarrow"): 0.15,
}


def late_imports(path: Path) -> Iterator[str]:
    """Yield the modules that functions of a file import, the standard library's left out."""
    for function in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        for node in ast.walk(function):
            names: list[str] = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.module:
                names = [_module(node.module, alias.name) for alias in node.names]
            yield from (name for name in names if name.split(".")[0] not in sys.stdlib_module_names)


def _module(package: str, name: str) -> str:
    """Return the module that `from package import name` loads, as far as it is ours."""
    inside = SOURCE.parent.joinpath(*package.split("."), name)
    ours = inside.with_suffix(".py").is_file() or (inside / "__init__.py").is_file()
    return f"{package}.{name}" if ours else package


def test_imports_stand_at_the_top_but_for_start_up() -> None:
    found = {
        (path.relative_to(SOURCE).as_posix(), module)
        for path in SOURCE.rglob("*.py")
        for module in late_imports(path)
    }

    assert found == set(LATE)


def test_each_late_import_saves_something() -> None:
    assert {place for place, seconds in LATE.items() if seconds < 0.03} == set()
