"""Queries of Power Query: where a workbook gets data from, and what it asks ([MS-QDEFF] 2)."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator

from forthwith.domain.evidence import Budget
from forthwith.formats.bytes import xmlscan
from forthwith.formats.bytes.values import mark
from forthwith.formats.office.zip_package import Package


def queries(xml: str, budget: Budget) -> Iterator[str]:
    """Yield the source of every query section, as a mark."""
    for _, inner in xmlscan.elements(xml, "DataMashup"):
        text = re.sub(r"[^A-Za-z0-9+/]", "", inner)
        data = base64.b64decode(text[: len(text) // 4 * 4])
        length = int.from_bytes(data[4:8], "little")
        package = Package(data[8 : 8 + length], budget)
        for name in package.names():
            if name.lower().endswith(".m"):
                section = package.part(name).decode("utf-8-sig", "replace")
                yield mark("Queries of the workbook", section.replace("\r\n", "\n"))
