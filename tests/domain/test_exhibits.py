"""Names and pages of exhibits."""

from __future__ import annotations

import pytest

from forthwith.domain.exhibits import (
    ExhibitNameError,
    NotPagesError,
    checked_name,
    next_name,
    pages_read,
)


@pytest.mark.parametrize(
    ("taken", "like", "free"),
    [
        ([], "", "Ex. 1"),
        (["Ex. 1", "Ex. 12"], "", "Ex. 13"),
        (["Ex. 2", "PX-0007"], "", "PX-0008"),
        (["Ex. 2", "PX-7"], "Ex. 2", "Ex. 3"),
        (["Appendix"], "", "Ex. 1"),
        ([], "Appendix", "Appendix 1"),
    ],
)
def test_the_next_free_name_is_proposed(taken: list[str], like: str, free: str) -> None:
    """The series goes on."""
    assert next_name(taken, like) == free


@pytest.mark.parametrize("name", ["Ex. 12", "EX 12", "Ex. 012", "ex.12", "Ex.  12"])
def test_a_name_like_one_that_was_given_is_refused(name: str) -> None:
    """Nobody at a hearing tells them apart."""
    with pytest.raises(ExhibitNameError, match=r"Ex\. 13"):
        checked_name(name, ["Ex. 12"])


@pytest.mark.parametrize("name", ["", "  ", "...", "Ex\u202e 1", "Ex. " + "1" * 40, "a\x00b"])
def test_what_cannot_be_stamped_is_no_name(name: str) -> None:
    """Empty, too long, or with signs that steer."""
    with pytest.raises(ExhibitNameError, match=r"Ex\. 1"):
        checked_name(name, [])


def test_pages_are_read_as_people_write_them() -> None:
    """Each once, in order."""
    assert pages_read("4-6, 1; 5", 6) == (1, 4, 5, 6)
    assert pages_read(" ", 6) == ()


@pytest.mark.parametrize("text", ["0", "7", "6-4", "1-", "one", "1-9999999", "-1", "99999999999"])
def test_pages_that_the_document_has_not_are_refused(text: str) -> None:
    """The sentence says how many there are."""
    with pytest.raises(NotPagesError, match="6"):
        pages_read(text, 6)
