"""One tokenizer for RTF files and for bodies of mail."""

from forthwith.formats.rtf.tokens import tokens


def test_a_control_word_ends_where_the_standard_says() -> None:
    """RTF 1.9.1: at most 32 letters, a number with its sign, and one space that belongs to it."""
    found = list(tokens(b"\\par\\li-720 x\\" + b"a" * 33, binary=False))

    assert [token[:2] for token in found if token[0]] == [
        (b"par", None),
        (b"li", b"-720"),
        (b"a" * 32, None),
    ]
    assert [token[5] for token in found if token[5]] == [b"x", b"a"]


def test_line_breaks_are_no_text() -> None:
    """Writers break lines wherever they like, in the middle of a word too."""
    assert [token[5] for token in tokens(b"re\r\nserve", binary=False) if token[5]] == [
        b"re",
        b"serve",
    ]


def test_bytes_behind_bin_are_passed_over_only_when_asked() -> None:
    """In a file they are a picture; in a mail a false count would hide what follows."""
    rtf = rb"\bin3 {}}kept"

    assert [token[5] for token in tokens(rtf, binary=True) if token[5]] == [b"kept"]
    assert [token[4] for token in tokens(rtf, binary=False) if token[4]] == [b"{", b"}", b"}"]


def test_a_backslash_at_the_end_is_dropped() -> None:
    """A file cut in the middle of a control word still gives the words before it."""
    assert [token[5] for token in tokens(b"kept\\", binary=True)] == [b"kept"]
