"""PDF: every file wherever it hangs, what is listed and absent, addresses, scripts."""

from __future__ import annotations

import io
from collections.abc import Callable

import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name, Pdf, String

from forthwith.domain.evidence import Child, Fault, FaultReason, Hint, InMemory, Reading
from forthwith.formats.pages import pdf
from tests.builders import pdf as build


def read(change: Callable[[Pdf], None]) -> Reading:
    return pdf.read(InMemory(build.altered(change)), Hint())


def inside(reading: Reading) -> list[tuple[str, bytes]]:
    entries = list(reading.children()) if reading.children else []
    assert len(entries) == reading.declared
    assert len({entry.step for entry in entries}) == len(entries)
    return [
        (entry.name, data)
        for entry in entries
        if isinstance(entry, Child) and isinstance(data := entry.load(), bytes)
    ]


def absent(reading: Reading) -> list[Fault]:
    return [entry for entry in reading.children() if isinstance(entry, Fault)]  # type: ignore[misc]


def spec(document: Pdf, name: str, data: bytes = b"1,2\n") -> pikepdf.Object:
    return document.make_indirect(
        Dictionary(
            Type=Name.Filespec, F=name, EF=Dictionary(F=document.make_stream(data)), Desc="Rates"
        )
    )


def on_page(document: Pdf, **note: object) -> None:
    note = {"Type": Name.Annot, "Rect": Array([0, 0, 9, 9]), **note}
    document.pages[0].obj.Annots = Array([document.make_indirect(Dictionary(note_keys(note)))])


def note_keys(note: dict[str, object]) -> dict[str, object]:
    return {f"/{key}": value for key, value in note.items()}


def associated(place: str) -> Callable[[Pdf], None]:
    def change(document: Pdf) -> None:
        files = Array([spec(document, "rates.csv")])
        page = document.pages[0].obj
        if place == "catalogue":
            document.Root.AF = files
        elif place == "page":
            page.AF = files
        elif place == "annotation":
            on_page(document, Subtype=Name.Square, AF=files)
        elif place == "picture":
            form = document.make_stream(b"", Type=Name.XObject, Subtype=Name.Form, AF=files)
            page.Resources = Dictionary(XObject=Dictionary(X=form))
        elif place == "structure":
            element = document.make_indirect(Dictionary(Type=Name.StructElem, S=Name.P, AF=files))
            document.Root.StructTreeRoot = Dictionary(K=Array([element]))
        else:
            document.Root.DPartRoot = Dictionary(DPartRootNode=Dictionary(AF=files))

    return change


@pytest.mark.parametrize(
    "place", ["catalogue", "page", "annotation", "picture", "structure", "part"]
)
def test_an_associated_file_is_a_child_wherever_it_hangs(place: str) -> None:
    reading = read(associated(place))

    assert inside(reading) == [("rates.csv", b"1,2\n")]
    assert reading.value("embedded_objects") == "1"


def test_media_on_the_page_are_children() -> None:
    """Rich media, a screen's clip, a film and a sound each keep bytes of their own."""

    def rich(document: Pdf) -> None:
        names = Array([String("a"), spec(document, "show.swf", b"FWS")])
        on_page(
            document,
            Subtype=Name.RichMedia,
            RichMediaContent=Dictionary(Assets=Dictionary(Names=names)),
        )

    def screen(document: Pdf) -> None:
        clip = Dictionary(S=Name.MCD, D=spec(document, "call.mp4", b"ftyp"))
        action = Dictionary(S=Name.Rendition, R=Dictionary(S=Name.MR, C=clip))
        on_page(document, Subtype=Name.Screen, A=action)

    def film(document: Pdf) -> None:
        on_page(document, Subtype=Name.Movie, Movie=Dictionary(F=spec(document, "a.mov", b"moov")))

    def sound(document: Pdf) -> None:
        on_page(document, Subtype=Name.Sound, Sound=document.make_stream(b"\0\1\2", R=8000))

    assert inside(read(rich)) == [("show.swf", b"FWS")]
    assert inside(read(screen)) == [("call.mp4", b"ftyp")]
    assert inside(read(film)) == [("a.mov", b"moov")]
    assert inside(read(sound)) == [("sound.raw", b"\0\1\2")]


def test_an_entry_without_its_file_is_expected_but_absent() -> None:
    """A portfolio that lists a file and lacks it must not pass for one with fewer files."""

    def change(document: Pdf) -> None:
        outside = Dictionary(Type=Name.Filespec, F=r"\\fs01\deals\side letter.pdf")
        empty = Dictionary(Type=Name.Filespec, F="ledger.pdf", EF=Dictionary())
        names = Array([String("a"), outside, String("b"), empty])
        document.Root.Names = Dictionary(EmbeddedFiles=Dictionary(Names=names))

    reading = read(change)
    faults = absent(reading)

    assert [fault.reason for fault in faults] == [FaultReason.MISSING] * 2
    assert "'side letter.pdf'" in faults[0].detail
    assert "'ledger.pdf'" in faults[1].detail
    assert reading.value("links") == r"\\fs01\deals\side letter.pdf"


def test_a_film_or_a_clip_that_lies_elsewhere_is_absent() -> None:
    def film(document: Pdf) -> None:
        on_page(document, Subtype=Name.Movie, Movie=Dictionary(F="tour.mov"))

    def clip(document: Pdf) -> None:
        media = Dictionary(S=Name.MCD, D=Dictionary(F="call.mp4"))
        action = Dictionary(S=Name.Rendition, R=Dictionary(S=Name.MR, C=media))
        on_page(document, Subtype=Name.Screen, A=action)

    assert ["tour.mov" in fault.detail for fault in absent(read(film))] == [True]
    assert ["call.mp4" in fault.detail for fault in absent(read(clip))] == [True]


@pytest.mark.parametrize(
    ("action", "link"),
    [
        (Dictionary(S=Name.URI, URI="https://north.example/a"), "https://north.example/a"),
        (Dictionary(S=Name.Launch, F=r"\\fs01\run.exe"), r"\\fs01\run.exe"),
        (Dictionary(S=Name.Launch, Win=Dictionary(F="calc.exe")), "calc.exe"),
        (Dictionary(S=Name.GoToR, F=Dictionary(Type=Name.Filespec, F="b.pdf")), "b.pdf"),
        (Dictionary(S=Name.SubmitForm, F=Dictionary(FS=Name.URL, F="https://x.example")),
         "https://x.example"),
    ],
)  # fmt: skip
def test_where_a_link_leads_is_kept_and_no_file_expected(action: pikepdf.Object, link: str) -> None:
    reading = read(lambda document: on_page(document, Subtype=Name.Link, A=action))

    assert (reading.value("links"), reading.declared) == (link, 0)


def test_scripts_are_counted_and_not_run() -> None:
    def change(document: Pdf) -> None:
        script = Dictionary(S=Name.JavaScript, JS="app.alert('a') ; this.print()")
        document.Root.Names = Dictionary(
            JavaScript=Dictionary(Names=Array([String("open"), script]))
        )

    reading = read(change)

    assert "[JavaScript: 1 script of 3 words, not run: open]" in reading.text
    assert reading.value("macros") == "yes"


def test_a_file_named_twice_is_one_child_and_variants_are_several() -> None:
    def change(document: Pdf) -> None:
        file = spec(document, "rates.csv")
        file.EF.DOS = document.make_stream(b"other")
        document.Root.AF = Array([file])
        document.pages[0].obj.AF = Array([file])

    assert inside(read(change)) == [("rates.csv", b"1,2\n"), ("rates.csv", b"other")]


def test_an_address_in_a_loop_of_objects_ends() -> None:
    def change(document: Pdf) -> None:
        kids = document.make_indirect(Dictionary(Kids=Array([])))
        kids.Kids = Array([kids, kids])
        document.Root.Names = Dictionary(EmbeddedFiles=kids, JavaScript=kids)
        nested = Array([])
        for _ in range(40):
            nested = Array([nested])
        document.Root.AF = nested

    assert read(change).declared == 0


def test_what_a_file_says_of_itself_is_kept() -> None:
    (child,) = read(associated("page")).children()  # type: ignore[misc]

    assert isinstance(child, Child)
    assert [(field.name, field.value) for field in child.fields] == [("description", "Rates")]


def test_a_child_is_found_again_by_its_step() -> None:
    data = build.altered(associated("page"))
    (child,) = pdf.read(InMemory(data), Hint()).children()  # type: ignore[misc]
    (again,) = pdf.read(InMemory(io.BytesIO(data).getvalue()), Hint()).children()  # type: ignore[misc]

    assert child.step == again.step
