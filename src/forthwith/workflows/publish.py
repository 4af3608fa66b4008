"""Publishing a paper: its files under the next version, sealed by an act of the journal.

Nothing is ever overwritten: a version number is used once, and a file that is there stops the act.
The files get their names once the journal tells of them: what an interrupted run leaves is finished
by the next command, or written anew.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from forthwith.domain.acts import Act, Acts
from forthwith.domain.errors import ForthwithError
from forthwith.papers import docx as paper_docx
from forthwith.papers import pdf as paper_pdf
from forthwith.papers import text as paper_text
from forthwith.papers.blocks import Paper
from forthwith.record import interrupted
from forthwith.workflows.case_file import CaseFile
from forthwith.workflows.sealer import Seal

PAPER = "paper"
#: What tells papers of one kind apart.
_ABOUT = ("set", "signer", "volume", "style")


class PaperExistsError(ForthwithError):
    """A file of this name lies where a paper was to go."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            f"{path} is there already, the journal does not tell of it, and papers are never "
            "overwritten. Move it away, or name another folder with --into DIR. If it was served, "
            "matter.db is older than the paper: put back the newer copy instead."
        )


@dataclass(frozen=True, slots=True)
class PublishedPaper:
    """A paper as written and sealed."""

    #: "responses/2".
    key: str
    files: tuple[Path, ...]
    #: File name -> SHA-256.
    sha256: Mapping[str, str]
    #: False for a version that was there already.
    new: bool = True

    def as_json(self) -> dict[str, object]:
        """Return it as plain data."""
        return {
            "paper": self.key,
            "files": [str(path) for path in self.files],
            "sha256": dict(self.sha256),
            "signed": False,
        }


def next_version(acts: Acts, kind: str) -> int:
    """Return the number after the last version of a kind of paper."""
    versions = [act.body["version"] for act in acts.of(PAPER).values() if act.body["kind"] == kind]
    return max(versions, default=0) + 1


def publish(
    case: CaseFile,
    kind: str,
    paper: Paper,
    into: Path | None = None,
    *,
    facts: Mapping[str, object] | None = None,
    more: Callable[[str], Iterable[Act]] = lambda _key: (),
    beside: Mapping[str, bytes] | None = None,
    again: bool = True,
) -> PublishedPaper:
    """Write DOCX, PDF and TXT and seal them in the journal, with the acts that `more` gives.

    `facts` go into the act beside the digests; `beside` are further files by their ending. Without
    `again`, a paper that says what its last version says (its table, where it has one as CSV) is
    not published a second time: that version is returned. The caller holds the matter
    (`CaseFile.alone`). Raises PaperExistsError.
    """
    extra = dict(beside or {})
    text = paper_text.as_text(paper.blocks)
    telling = (".csv", extra[".csv"]) if ".csv" in extra else (".txt", text)
    if not again and (last := _as_before(case.acts, kind, telling, facts or {})):
        return last
    version = next_version(case.acts, kind)
    key = f"{kind}/{version}"
    folder = into or case.folder / interrupted.PAPERS
    folder.mkdir(parents=True, exist_ok=True)
    forms = {
        folder / f"{kind}-{version}.docx": paper_docx.as_docx(paper),
        folder / f"{kind}-{version}.pdf": paper_pdf.as_pdf(paper),
        folder / f"{kind}-{version}.txt": text,
    }
    forms |= {folder / f"{kind}-{version}{end}": data for end, data in extra.items()}
    digests = {path.name: hashlib.sha256(data).hexdigest() for path, data in forms.items()}
    seal = _seal(case, key, paper, facts or {}, digests)
    if seal is not None:
        forms[folder / f"{kind}-{version}.seal.json"] = seal.data
        digests[f"{kind}-{version}.seal.json"] = seal.sha256
    body = {
        **(facts or {}),
        "kind": kind,
        "version": version,
        "title": paper.title,
        "day": paper.day.isoformat(),
        "folder": interrupted.PAPERS if into is None else str(into.resolve()),
        "sha256": digests,
        "signed": False,
        **({} if seal is None else {"seal": seal.fingerprint}),
    }
    _write(forms, lambda: case.write([Act(PAPER, key, body), *more(key)]))
    return PublishedPaper(key, tuple(forms), digests)


def _seal(
    case: CaseFile,
    key: str,
    paper: Paper,
    facts: Mapping[str, object],
    forms: Mapping[str, str],
) -> Seal | None:
    """Sign a paper in all its forms; None where no key seals the matter."""
    sealer = case.sealer
    if sealer is None:
        return None
    about = {name: value for name in _ABOUT if isinstance(value := facts.get(name), str)}
    said = {
        **({"about_signer": about.pop("signer")} if "signer" in about else {}),
        **about,
        "paper": key,
        "title": paper.title,
        "matter": case.settings.name,
        "number": case.settings.number,
        "day": paper.day.isoformat(),
    }
    return sealer.paper(said, forms, case.head)


def _as_before(
    acts: Acts, kind: str, telling: tuple[str, bytes], facts: Mapping[str, object]
) -> PublishedPaper | None:
    """Return the last version about the same thing, where its text is the same."""
    about = [
        (key, act.body["sha256"])
        for key, act in acts.of(PAPER).items()
        if act.body["kind"] == kind
        and all(act.body.get(name) == facts.get(name) for name in _ABOUT)
    ]
    if not about:
        return None
    key, digests = about[-1]
    ending, data = telling
    same = digests.get(f"{key.replace('/', '-')}{ending}") == hashlib.sha256(data).hexdigest()
    return PublishedPaper(key, (), digests, new=False) if same else None


def _write(forms: Mapping[Path, bytes], seal: Callable[[], None]) -> None:
    """Write every file, then the journal, then give the files their names.

    Leaves no file behind when one of them cannot be written, or the journal cannot.
    """
    left = {place: interrupted.new_paper(place) for place in forms}
    try:
        for place, data in forms.items():
            if os.path.lexists(place):
                raise PaperExistsError(place)
            interrupted.write_new(left[place], data)
            left[place].chmod(0o444)
        seal()
    except BaseException:
        for path in left.values():
            path.unlink(missing_ok=True)
        raise
    for place, path in left.items():
        try:
            interrupted.move(path, place)
        except FileExistsError as taken:
            raise PaperExistsError(place) from taken


def write_letter(
    paper: Paper, into: Path, name: str, beside: Sequence[tuple[str, bytes]]
) -> list[Path]:
    """Write a letter in its three forms, and what goes with it; returns the files."""
    into.mkdir(parents=True, exist_ok=True)
    files = [
        (f"{name}.docx", paper_docx.as_docx(paper)),
        (f"{name}.pdf", paper_pdf.as_pdf(paper)),
        (f"{name}.txt", paper_text.as_text(paper.blocks)),
        *beside,
    ]
    for file, data in files:
        (into / file).write_bytes(data)
    return [into / file for file, _ in files]
