"""What a file that claims to prove liabilities was found to prove, and what it does not bind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from forthwith.domain.fact_tables import RowFault


@dataclass(frozen=True, slots=True)
class LiabilityCheck:
    """One file, or one set of files that belong together, checked as far as it can be here.

    Sentences have no full stop. A file is `verified` when something was recomputed and nothing in
    it contradicts itself; what stays open all the same is in `does_not_bind`.
    """

    file: str
    #: "forthwith/pol/1", "okx v1", "okx v2", "okx zk", "bitmex", "binance zk", "bitget", "bybit",
    #: "mexc", "dapol", "list of accounts", "list of leaves"; "" where nobody knows it.
    form: str
    #: One sentence: what was recomputed, from what to what. "" when refused or nothing could be.
    proves: str = ""
    does_not_bind: tuple[str, ...] = ()
    #: Why it is refused: each a place and a sentence.
    refusals: tuple[RowFault, ...] = ()
    #: It recomputes, and yet this stands in it: a negative sum, a node told twice.
    findings: tuple[str, ...] = ()
    #: What only a hash or a proof system that is not here could show.
    not_checked: tuple[str, ...] = ()
    #: "root", "leaves", "total BTC", "account", …, each as text; amounts are exact.
    figures: Mapping[str, str] = field(default_factory=dict)

    @property
    def verified(self) -> bool:
        """Return whether something was recomputed, and nothing refused."""
        return bool(self.proves) and not self.refusals

    def as_json(self) -> dict[str, Any]:
        """Return the keys of `liabilities verify --json`."""
        return {
            "file": self.file,
            "form": self.form,
            "verified": self.verified,
            "proves": self.proves,
            "does_not_bind": list(self.does_not_bind),
            "refused": [str(fault) for fault in self.refusals],
            "findings": list(self.findings),
            "not_checked": list(self.not_checked),
            "figures": dict(self.figures),
        }
