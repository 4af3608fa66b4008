"""PDF: words nobody sees are told as such; what only looks like it is not."""

from __future__ import annotations

from collections.abc import Callable

import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name, Pdf

from forthwith.domain.evidence import FaultReason, Hint, InMemory, Reading
from forthwith.formats.pages import ocr, pdf
from tests.builders.pdf import box, covered, drawn, words

SECRET = words("account 4471 9920")
OVER = box(15, 195, 140, 18)


def read(content: str, change: Callable[[Pdf], None] | None = None) -> Reading:
    return pdf.read(InMemory(drawn(content, change=change)), Hint())


def marks(reading: Reading) -> list[str]:
    return [line for line in reading.text.splitlines() if line.startswith("[")]


def annotation(**values: object) -> Callable[[Pdf], None]:
    note = {f"/{key}": value for key, value in {"Type": Name.Annot, **values}.items()}

    def change(document: Pdf) -> None:
        page = document.pages[0].obj
        page.Annots = Array([document.make_indirect(Dictionary(note))])

    return change


def looks(document: Pdf, content: bytes, **values: object) -> pikepdf.Object:
    form = {f"/{key}": value for key, value in values.items()}
    return document.make_stream(
        content, Dictionary({"/Type": Name.XObject, "/Subtype": Name.Form, **form})
    )


def test_words_under_a_black_box_are_told_and_are_a_fault() -> None:
    """The commonest failed redaction: the box hides the words from the eye and from nobody else."""
    reading = pdf.read(InMemory(covered()), Hint())
    (fault,) = reading.faults

    assert marks(reading) == ["[Under an opaque box: account 4471 9920]"]
    assert (fault.reason, fault.lost) == (FaultReason.NOT_REDACTED, False)
    assert "4471" not in fault.detail
    assert reading.value("not_redacted") == "page 1"
    assert reading.value("hidden_text") == "1"


@pytest.mark.parametrize("colour", ["0 g", "0.2 0.2 0.6 rg", "1 0 0 rg", "0.5 g", "0 0 0 1 k"])
def test_a_box_of_any_colour_hides(colour: str) -> None:
    assert marks(read(SECRET + box(15, 195, 140, 18, colour)))


def test_a_thick_line_is_a_box() -> None:
    assert marks(read(SECRET + "0 G 16 w 15 204 m 160 204 l S"))
    assert not marks(read(SECRET + "0 G 3 w 15 204 m 160 204 l S"))


def test_boxes_over_single_letters_are_one_mark() -> None:
    boxes = "".join(box(19 + 3 * place, 195, 4, 16) for place in range(60))

    assert marks(read(SECRET + boxes)) == ["[Under an opaque box: account 4471 9920]"]


@pytest.mark.parametrize("kind", [Name.Square, Name.Highlight, Name.Ink])
def test_an_annotation_drawn_by_the_reader_itself_covers(kind: Name) -> None:
    """Many tools leave it to the viewer to draw a black square, marker or pen."""
    quad = Array([15, 213, 155, 213, 15, 195, 155, 195])
    note = annotation(
        Subtype=kind, Rect=[15, 195, 155, 213], C=Array([0, 0, 0]), IC=Array([0, 0, 0]),
        QuadPoints=quad, InkList=Array([Array([15, 203, 155, 203])]),
        BS=Dictionary(W=18 if kind == Name.Ink else 1),
    )  # fmt: skip

    assert marks(read(SECRET, note)) == ["[Under an opaque box: account 4471 9920]"]


def test_a_part_of_a_line_is_told_and_the_rest_is_not() -> None:
    reading = read(SECRET + box(66, 195, 30, 18))

    assert marks(reading) == ["[Under an opaque box: 4471]"]


def test_a_label_on_the_box_does_not_hide_what_is_under_it() -> None:
    label = words("REDACTED", x=30, y=201, colour="1 g")

    assert marks(read(SECRET + OVER + label)) == ["[Under an opaque box: account 4471 9920]"]


def test_black_words_on_a_black_ground_are_under_a_box() -> None:
    """A word processor's black highlighter paints the ground first and the words in black on it."""
    assert marks(read(OVER + SECRET)) == ["[Under an opaque box: account 4471 9920]"]


def test_a_white_box_is_told_as_one() -> None:
    reading = read(SECRET + box(15, 195, 140, 18, "1 g"))

    assert marks(reading) == ["[Under a white box: account 4471 9920]"]
    assert FaultReason.NOT_REDACTED in {fault.reason for fault in reading.faults}


def test_white_invisible_and_layered_words_are_told_and_are_no_fault() -> None:
    white = read(words("keep this secret", colour="1 g"))
    unseen = read(words("keep this secret", mode=3))

    assert marks(white) == ["[Text in the colour of its ground: keep this secret]"]
    assert marks(unseen) == ["[Invisible text: keep this secret]"]
    assert white.faults == unseen.faults == ()
    assert (white.value("hidden_text"), white.value("not_redacted")) == ("1", "")


def layer(*, off: bool) -> Callable[[Pdf], None]:
    def change(document: Pdf) -> None:
        group = document.make_indirect(Dictionary(Type=Name.OCG, Name="Drafts"))
        document.pages[0].obj.Resources.Properties = Dictionary(MC0=group)
        usual = Dictionary(OFF=Array([group])) if off else Dictionary()
        document.Root.OCProperties = Dictionary(OCGs=Array([group]), D=usual)

    return change


def test_words_on_a_hidden_layer_are_told_with_its_name() -> None:
    content = f"/OC /MC0 BDC {words('first offer')} EMC\n" + words("second offer", y=100)

    assert marks(read(content, layer(off=True))) == ["[Hidden layer at Drafts: first offer]"]
    assert marks(read(content, layer(off=False))) == []


def test_words_of_a_hidden_form_are_told() -> None:
    """A layer may hide a whole form, which pdfium does not name."""

    def change(document: Pdf) -> None:
        group = document.make_indirect(Dictionary(Type=Name.OCG, Name="Drafts"))
        resources = document.pages[0].obj.Resources
        form = looks(document, words("first offer").encode(), BBox=[0, 0, 300, 300], OC=group,
                     Resources=Dictionary(Font=resources.Font))  # fmt: skip
        resources.XObject = Dictionary(X=form)
        document.Root.OCProperties = Dictionary(
            OCGs=Array([group]), D=Dictionary(OFF=Array([group]))
        )

    assert marks(read("/X Do", change)) == ["[Hidden layer: first offer]"]


def test_a_box_in_a_form_and_one_as_a_picture_hide() -> None:
    def form(document: Pdf) -> None:
        shape = looks(document, OVER.encode(), BBox=[0, 0, 300, 300])
        document.pages[0].obj.Resources.XObject = Dictionary(X=shape)

    def picture(document: Pdf) -> None:
        image = document.make_stream(
            b"\0", Type=Name.XObject, Subtype=Name.Image, Width=1, Height=1,
            ColorSpace=Name.DeviceGray, BitsPerComponent=8,
        )  # fmt: skip
        document.pages[0].obj.Resources.XObject = Dictionary(X=image)

    told = ["[Under an opaque box: account 4471 9920]"]
    assert marks(read(SECRET + "/X Do", form)) == told
    assert marks(read(SECRET + "q 140 0 0 18 15 195 cm /X Do Q", picture)) == told


def test_an_annotation_that_covers_is_told_and_a_highlighter_is_not() -> None:
    def square(document: Pdf, blend: str = "") -> None:
        state = Dictionary(GS=Dictionary(BM=Name.Multiply, Type=Name.ExtGState))
        content = ("/GS gs " if blend else "") + "0 0 140 18 re f"
        colour = b"1 1 0 rg " if blend else b"0 g "
        look = looks(
            document, colour + content.encode(), BBox=[0, 0, 140, 18],
            Resources=Dictionary(ExtGState=state),
        )  # fmt: skip
        annotation(
            Subtype=Name.Highlight if blend else Name.Square, Rect=[15, 195, 155, 213],
            AP=Dictionary(N=look), F=4,
        )(document)  # fmt: skip

    assert marks(read(SECRET, square)) == ["[Under an opaque box: account 4471 9920]"]
    assert marks(read(SECRET, lambda document: square(document, "Multiply"))) == []


def test_what_is_marked_for_redaction_and_stands_is_a_fault() -> None:
    """The first of two steps: the words are chosen and nobody applied it."""
    mark = annotation(Subtype=Name.Redact, Rect=[15, 195, 155, 213])
    reading = read(SECRET + words("public", y=100), mark)

    assert marks(reading) == ["[Marked for redaction, not redacted: account 4471 9920]"]
    assert [fault.reason for fault in reading.faults] == [FaultReason.NOT_REDACTED]


@pytest.mark.parametrize(
    "content",
    [
        OVER + words("account", colour="1 g"),
        box(15, 195, 140, 18, "1 1 0 rg") + SECRET,
        SECRET + "q 0 G 0 0 300 300 re S Q",
        SECRET + box(15, 150, 140, 18),
        SECRET + box(15, 198, 140, 1),
        SECRET + OVER + SECRET.replace("0 g", "1 g"),
        "",
    ],
    ids=["heading", "ground", "frame", "beside", "struck out", "painted again", "empty"],
)
def test_what_the_eye_sees_is_not_hidden(content: str) -> None:
    reading = read(content)

    assert (marks(reading), reading.faults) == ([], ())


def test_the_words_of_an_ocr_layer_are_no_hidden_words(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every searchable scan holds invisible words over its picture."""
    monkeypatch.setattr(ocr, "lacking", lambda: "not here")

    def picture(document: Pdf) -> None:
        image = document.make_stream(
            bytes(range(0, 250, 10)), Type=Name.XObject, Subtype=Name.Image, Width=5, Height=5,
            ColorSpace=Name.DeviceGray, BitsPerComponent=8,
        )  # fmt: skip
        document.pages[0].obj.Resources.XObject = Dictionary(X=image)

    scan = "q 300 0 0 300 0 0 cm /X Do Q\n"

    assert marks(read(scan + words("account 4471", mode=3), picture)) == []
    assert marks(read(words("account 4471", mode=3) + scan, picture)) == []


def test_words_of_an_ocr_layer_under_a_box_are_told() -> None:
    """A scan redacted on top, whose words were read before: the picture hides, the layer tells."""

    def picture(document: Pdf) -> None:
        image = document.make_stream(
            b"\xff", Type=Name.XObject, Subtype=Name.Image, Width=1, Height=1,
            ColorSpace=Name.DeviceGray, BitsPerComponent=8,
        )  # fmt: skip
        document.pages[0].obj.Resources.XObject = Dictionary(X=image)

    scan = "q 300 0 0 300 0 0 cm /X Do Q\n"
    hidden = words("account 4471", mode=3)

    assert marks(read(scan + hidden + OVER, picture)) == ["[Under an opaque box: account 4471]"]
    assert marks(read(scan + OVER + hidden, picture)) == ["[Under an opaque box: account 4471]"]


@pytest.mark.parametrize("turn", [90, 180, 270])
def test_a_turned_page_is_judged_as_it_is_seen(turn: int) -> None:
    def change(document: Pdf) -> None:
        document.pages[0].obj.Rotate = turn

    assert marks(read(SECRET + OVER, change)) == ["[Under an opaque box: account 4471 9920]"]
    assert marks(read(OVER + words("account", colour="1 g"), change)) == []


def test_a_page_whose_box_does_not_begin_at_zero_is_judged_as_it_is_seen() -> None:
    def change(document: Pdf) -> None:
        document.pages[0].obj.MediaBox = [10, 150, 310, 450]

    assert marks(read(SECRET + OVER, change)) == ["[Under an opaque box: account 4471 9920]"]
    assert marks(read(OVER + words("account", colour="1 g"), change)) == []


def test_words_are_found_under_a_box_among_hundreds() -> None:
    """Boxes are held against words of their own height, some at a time: none may be left out."""
    boxes = "".join(box(200, y // 2, 60, 4, "0.7 g") for y in range(400))

    assert marks(read(SECRET + boxes + OVER + boxes)) == [
        "[Under an opaque box: account 4471 9920]"
    ]


def test_ground_painted_many_times_before_the_words_hides_nothing() -> None:
    """Slides begin with layers of ground: what is painted first covers nothing that follows."""
    ground = "".join(box(0, 0, 300, 300, f"0.{shade} g") for shade in range(5, 10)) * 40

    assert marks(read(ground + "0 g " + SECRET)) == []
