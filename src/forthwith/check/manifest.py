"""The papers a volume is sealed with, against what came (PA): its manifest, and its letter.

A manifest of ours names every file with its digest and every document with its numbers; a letter
states how many there are and from which number to which. Whatever left the volume together with all
its traces in the load files is still in these. Where one paper names what another does not, that is
told too: papers can be changed as well. Manifests of other forms are not read.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from forthwith.check.context import CheckContext, Findings
from forthwith.check.volume import Page, Volume, is_paper
from forthwith.check.workers import Pool
from forthwith.domain.evidence import Budget, Hint, InMemory, Limits
from forthwith.domain.finding import Finding
from forthwith.formats import readers
from forthwith.plain.messages import without_places
from forthwith.plain.regular_files import read_regular

#: How the format of our manifests begins.
_OURS = "forthwith-volume-manifest/"
#: Papers read no further than this, bytes.
_LARGEST = 2**30
_LETTER = 2**24
#: A document of more pages than this is not counted page by page.
_WIDEST = 1_000_000
#: Findings of files that are not there.
_ABSENT = frozenset({"NT01", "TX01", "IM01"})
_DIGEST = re.compile(r"[0-9a-fA-F]{64}")

#: Names that a manifest has and a seal calls otherwise.
_SAID = {"matter_number": "number"}


@dataclass(frozen=True, slots=True)
class Manifest:
    """What one manifest says."""

    path: str
    #: SHA-256 by path, "/" separated.
    files: Mapping[str, str] = field(default_factory=dict)
    #: (first, last) of each document, in order.
    documents: Sequence[tuple[str, str]] = ()
    counts: Mapping[str, int] = field(default_factory=dict)
    #: Why it cannot be relied on; "" when it can.
    fault: str = ""
    #: Fingerprint of the key it says it is signed with; "" for none.
    sealed_by: str = ""
    #: What it says of itself, by the names that a seal has for it: volume, matter, number, day …
    says: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Letter:
    """What one letter says."""

    path: str
    #: Numbers of "Count of" rows, by the name of the thing: "documents", "pages", "natives".
    counts: Mapping[str, int]
    #: First and last number; "" where it states none.
    first: str = ""
    last: str = ""
    #: Documents by custodian.
    custodians: Mapping[str, int] = field(default_factory=dict)
    #: True when it says that a manifest lies beside the load files.
    names_manifest: bool = False
    #: True when it says that a signed seal lies there.
    names_seal: bool = False


@dataclass(frozen=True, slots=True)
class Papers:
    """What the papers of a volume say."""

    manifests: Sequence[Manifest] = ()
    letters: Sequence[Letter] = ()
    #: Letters nobody could read, with the reason: what they state is held against nothing.
    unread: Sequence[str] = ()

    @property
    def manifest(self) -> Manifest | None:
        """The one manifest of ours that can be relied on."""
        sound = [manifest for manifest in self.manifests if not manifest.fault]
        return sound[0] if len(sound) == 1 else None

    @property
    def custodians(self) -> frozenset[str]:
        """Names the letters give, as they spell them."""
        return frozenset(name for letter in self.letters for name in letter.custodians)


def read(volume: Volume, pool: Pool) -> Papers:
    """Read the papers that lie in a volume's folder."""
    manifests = [
        manifest
        for path in volume.folder.with_suffix("_manifest.json")
        if (manifest := _manifest(volume, path)) is not None
    ]
    sizes = volume.folder.sizes
    paths = [path for path in sizes if is_paper(path) and "_transmittal." in path.lower()]
    jobs = [
        (path, (str(volume.folder.root / path), path)) for path in paths if sizes[path] <= _LETTER
    ]
    told = dict(pool.over(_letter, jobs, str))
    told.update((path, "it is too large for a letter") for path in paths if path not in told)
    letters = [letter for _, letter in sorted(told.items()) if isinstance(letter, Letter)]
    unread = [f"{path}: {why}" for path, why in sorted(told.items()) if isinstance(why, str)]
    return Papers(manifests, letters, unread)


def _manifest(volume: Volume, path: str) -> Manifest | None:
    """Read one manifest; None where it is of another form."""
    if volume.folder.sizes[path] > _LARGEST:
        return Manifest(path, fault="it is too large to be read")
    try:
        data = json.loads(volume.folder.read(path, _LARGEST))
    except (OSError, ValueError, RecursionError) as error:
        why = getattr(error, "strerror", None) or "it is not sound JSON"
        return Manifest(path, fault=str(why))
    if not isinstance(data, dict) or not str(data.get("format", "")).startswith(_OURS):
        # Another program's manifest has a form of its own; ours without its first words is damaged.
        ours = isinstance(data, dict) and {"files", "documents", "counts"} <= data.keys()
        return Manifest(path, fault="it does not say which form it has") if ours else None
    return _checked(path, data)


def _checked(path: str, data: dict[str, object]) -> Manifest:
    """Return a manifest's lists, or say how it contradicts itself."""
    files, documents, counts = (data.get(name) for name in ("files", "documents", "counts"))
    if not (isinstance(files, list) and isinstance(documents, list) and isinstance(counts, dict)):
        return Manifest(path, fault="it lacks its list of files, of documents, or its counts")
    digests: dict[str, str] = {}
    for entry in files:
        if not (isinstance(entry, dict) and isinstance(entry.get("path"), str)):
            return Manifest(path, fault="an entry of its list of files names no file")
        digest = str(entry.get("sha256", ""))
        if not _DIGEST.fullmatch(digest):
            return Manifest(path, fault=f"it has no digest of {entry['path']}")
        digests[entry["path"].replace("\\", "/")] = digest.lower()
    spans = [
        (str(entry.get("first", "")), str(entry.get("last", "")))
        for entry in documents
        if isinstance(entry, dict)
    ]
    stated = {str(name): value for name, value in counts.items() if isinstance(value, int)}
    fault = _contradiction(data, digests, spans, stated)
    says = {_SAID.get(name, name): value for name, value in data.items() if isinstance(value, str)}
    return Manifest(path, digests, spans, stated, fault, _fingerprint(data), says)


def _fingerprint(data: Mapping[str, object]) -> str:
    stated = data.get("sealed_by")
    return stated.lower() if isinstance(stated, str) and _DIGEST.fullmatch(stated) else ""


def _contradiction(
    data: Mapping[str, object],
    files: Mapping[str, str],
    documents: Sequence[tuple[str, str]],
    counts: Mapping[str, int],
) -> str:
    if counts.get("documents") != len(documents):
        return f"it counts {counts.get('documents')} documents and lists {len(documents)}"
    for name, folder in (("natives", "natives/"), ("texts", "text/")):
        listed = sum(path.lower().startswith(folder) for path in files)
        if name in counts and counts[name] != listed:
            return f"it counts {counts[name]:,} {name} and lists {listed:,}"
    images = sum(path.lower().startswith("images/") for path in files)
    stated = [counts[name] for name in ("images_tif", "images_jpg") if name in counts]
    if len(stated) == 2 and sum(stated) != images:
        return f"it counts {sum(stated):,} images and lists {images:,}"
    if documents and (data.get("first"), data.get("last")) != (documents[0][0], documents[-1][1]):
        return "its first and last number are not those of its documents"
    return ""


_COUNTS = {
    "documents": "documents", "pages numbered": "pages", "pages": "pages",
    "native files": "natives", "natives": "natives", "text files": "texts",
    "image files, tiff": "tiff", "image files, jpeg": "jpeg", "attachments": "attachments",
}  # fmt: skip
_ROW = re.compile(
    r"^\s*(?P<name>[A-Za-z][A-Za-z, ]*?)\s*(?:\t|\s{2,}|\|)\s*(?P<count>\d[\d,]*)\s*\|?\s*$"
)
_RANGE = re.compile(
    r"Bates range\s+(?P<first>\S+)\s+(?:to|through|-)\s+(?P<last>\S+)", re.IGNORECASE
)
#: How a letter speaks of a signed seal.
_SEAL = re.compile(r"_SEAL\.JSON is the signature of", re.IGNORECASE)
_PERSON = re.compile(
    r"^\s*(?P<name>\S.*?)\s*(?:\t|\s{2,})\s*(?P<first>\S+\d)\s*(?:\t|\s{2,})\s*(?P<last>\S+\d)"
    r"\s*(?:\t|\s{2,})\s*(?P<count>\d[\d,]*)\s*$"
)


def _letter(job: tuple[str, str]) -> Letter | str | None:
    """Read one letter, TXT, DOCX or PDF; None where it states nothing that is looked for.

    The text says why it could not be read.
    """
    place, path = job
    try:
        source = InMemory(read_regular(place, _LETTER))
        hint = Hint(path.rpartition("/")[2], "", Budget(Limits()))
        return letter_of(readers.read(source, hint).text, path)
    except ImportError:
        raise
    except Exception as error:  # noqa: BLE001 - the rim: a letter may break its reader
        return without_places(error)


def letter_of(text: str, path: str = "") -> Letter | None:
    """Read what a letter states; None where it states nothing that is looked for."""
    counts: dict[str, int] = {}
    people: dict[str, int] = {}
    for line in text.splitlines():
        if (row := _ROW.match(line)) is not None:
            name = _COUNTS.get(" ".join(row["name"].casefold().split()))
            if name is not None:
                counts.setdefault(name, int(row["count"].replace(",", "")))
        elif (person := _PERSON.match(line)) is not None:
            people[person["name"]] = int(person["count"].replace(",", ""))
    span = _RANGE.search(" ".join(text.split()))
    if not counts and span is None:
        return None
    first, last = (span["first"], span["last"].rstrip(".,;")) if span else ("", "")
    words = " ".join(text.split())
    sealed = _SEAL.search(words) is not None
    return Letter(path, counts, first, last, people, "with the manifest" in words, sealed)


def documents(seen: CheckContext, papers: Papers) -> Findings:
    """Report documents the manifest has and the load file lacks, run by run, and the other way."""
    manifest = papers.manifest
    if manifest is None:
        return
    numbers = {number.strip() for number in seen.volume.bates}
    runs: list[list[tuple[str, str]]] = [[]]
    for first, last in manifest.documents:
        page = seen.volume.numberer.one(first)
        if first in numbers or page in seen.accounted:
            runs.append([])
        else:
            runs[-1].append((first, last))
    for run in filter(None, runs):
        many = f"{len(run):,} document{'s' * (len(run) > 1)}"
        message = f"the manifest has {many} that the load file lacks: {run[0][0]} to {run[-1][1]}"
        stated = manifest.counts.get("documents")
        if any(letter.counts.get("documents") == stated for letter in papers.letters):
            message += f"; the letter counts {stated:,} documents too"
        yield seen.report("PA03", message, bates=run[0][0], file=manifest.path)
        seen.accounted.update(_pages(seen, run))
    listed = {first for first, _ in manifest.documents}
    for row, number in enumerate(seen.volume.bates):
        if number.strip() not in listed and row not in seen.misnumbered:
            yield seen.report("PA05", "the manifest has no such document", row=row)


def _pages(seen: CheckContext, spans: Iterable[tuple[str, str]]) -> Iterator[Page]:
    """Yield every page of these documents."""
    for first, last in spans:
        start, end = seen.volume.numberer.one(first), seen.volume.numberer.one(last)
        if start is not None and end is not None and start <= end < start + _WIDEST:
            yield from range(start, end + 1)


def papers_and_files(
    seen: CheckContext, papers: Papers, digests: Mapping[str, str], before: Sequence[Finding]
) -> Findings:
    """Report files that are not as the manifest has them, and papers that disagree.

    `digests` are SHA-256 by path, as far as they were taken; `before` is what is found already: a
    file that a finding is about is not told again.
    """
    for manifest in papers.manifests:
        if manifest.fault:
            message = f"the manifest cannot be relied on: {manifest.fault}"
            yield seen.report("PA04", message, file=manifest.path)
    named = next((letter for letter in papers.letters if letter.names_manifest), None)
    if named is not None and not papers.manifests:
        message = "the letter speaks of a manifest; there is none"
        yield seen.report("PA04", message, file=named.path)
    seen.notes += [f"the letter was not read: {why}" for why in papers.unread]
    if papers.manifest is not None:
        yield from _files(seen, papers.manifest, digests, before)
    yield from _letters(seen, papers)


def _files(
    seen: CheckContext,
    manifest: Manifest,
    digests: Mapping[str, str],
    before: Sequence[Finding],
) -> Findings:
    volume = seen.volume
    load_files = {*volume.data_files, *volume.pointer_files}
    told = {finding.file for finding in before} - load_files
    absent = {finding.bates for finding in before if finding.code in _ABSENT}
    there = {path.lower(): path for path in volume.folder.sizes}
    known = {number.strip() for number in (*volume.bates, *volume.pages.ids)}
    known.update(first for first, _ in manifest.documents)
    for path, digest in manifest.files.items():
        ours = there.get(path.lower())
        stem = path.rpartition("/")[2].rpartition(".")[0]
        page = volume.numberer.one(stem)
        number = stem if stem in known else ""
        if ours is None:
            if page is None or (page not in seen.accounted and number not in absent):
                message = f"the manifest names {path}; it is not in the volume"
                yield seen.report("PA02", message, bates=number, file=path)
        elif ours not in told and digests.get(ours, digest) != digest:
            message = f"{path} is not the file the manifest has"
            yield seen.report("PA01", message, bates=number, file=ours)
    named = {path.lower() for path in manifest.files}
    for lower, path in sorted(there.items()):
        sealing = lower.endswith(("_seal.json", "_seal.tsr"))
        if lower not in named and not sealing and path not in {manifest.path, *told, *volume.laid}:
            yield seen.report("PA05", f"the manifest does not name {path}", file=path)


def _letters(seen: CheckContext, papers: Papers) -> Findings:
    """Report a letter that counts otherwise, unless it counts what the manifest does."""
    volume, manifest = seen.volume, papers.manifest
    ours = {"documents": len(volume)}
    if volume.pointer is not None:
        ours["pages"] = len(volume.pages.ids)
    for name, role in (("natives", "native_path"), ("texts", "text_path")):
        if volume.has(role):
            ours[name] = sum(1 for cell in volume.column(role) if cell.strip())
    # Where documents are told to be lost, the letter that counts them is right.
    sealed = {} if manifest is None else manifest.counts
    short = manifest is not None and len(manifest.documents) > len(volume)
    for letter in papers.letters:
        differing = [
            f"{count:,} {name} (here {ours[name]:,})"
            for name, count in letter.counts.items()
            if name in ours and count != ours[name] and not (short and count == sealed.get(name))
        ]
        if letter.last and len(volume):
            ends = volume.bates[0].strip(), volume.cell("last_bates", len(volume) - 1)
            known = short and manifest is not None and letter.last == manifest.documents[-1][1]
            if (letter.first, letter.last) != ends and not known:
                differing.append(f"{letter.first} to {letter.last} (here {ends[0]} to {ends[1]})")
        if differing:
            yield seen.report("PA06", f"the letter states {', '.join(differing)}", file=letter.path)
            return  # its other forms say the same
