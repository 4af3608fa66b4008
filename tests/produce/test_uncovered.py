"""What a box hides is hidden in cells and names too."""

from __future__ import annotations

import pytest

from forthwith.domain.redactions import Passage
from forthwith.produce.uncovered import Uncovered


def uncovered(*texts: str) -> Uncovered:
    return Uncovered(tuple(Passage("FW00000001", 1, "PII", text) for text in texts))


@pytest.mark.parametrize(
    ("hidden", "cell"),
    [
        ("Katarina Brandvold", "RE: katarina  BRANDVOLD's fees"),
        ("Katarina Brandvold", "katarina_brandvold.pdf"),
        ("Brandvold", "Fees of Brandvold"),
        ("4417-1234-5678-9113", "Account 4417 1234 5678 9113"),
        ("No. 44171234", "44171234.xlsx"),
        ("pay per@northgate.example today", "per@northgate.example"),
        ("the sum of ten thousand is due on Monday", "sum of ten thousand is"),
        ("契 約 書", "第二契約書.pdf"),
        ("B2", "B2"),
        ("ＫＡＴＡＲＩＮＡ Brandvold", "Katarina Brandvold"),
    ],
)
def test_a_cell_that_tells_is_replaced(hidden: str, cell: str) -> None:
    assert uncovered(hidden).of(cell) == "[REDACTED – PII]"


@pytest.mark.parametrize(
    ("hidden", "cell"),
    [
        ("Katarina Brandvold", "Fees of the quarter"),
        ("today", "Fees of today"),
        ("pay her today", "today"),
        ("in 2021 we paid", "Fees 2022"),
        ("", "anything"),
        ("—", "a — b"),
    ],
)
def test_any_other_cell_stands(hidden: str, cell: str) -> None:
    assert uncovered(hidden).of(cell) == cell
