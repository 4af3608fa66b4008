"""The kinds of export that `custody import` takes. The only list of them there is.

To add one: a folder here with a module that has `lift(files, options) -> Lifted`, a line in KINDS,
and a line in docs/formats.md.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from forthwith.domain.fact_tables import Lifted
from forthwith.exports.options import DAY_IN_NAME, Files, ImportOptions


@dataclass(frozen=True, slots=True)
class ExportKind:
    """One kind of export."""

    #: Module in `exports` that lifts it; imported when first asked for.
    module: str
    #: Fields of ImportOptions that mean something to it, the stamp aside; any other would be
    #: believed and do nothing, so the command refuses it.
    options: tuple[str, ...] = ()
    #: Its rows have days of their own, or it says itself when it needs the stamp's.
    dated: bool = False
    #: The day of a file stands in its name, where it stands anywhere.
    day_in_name: bool = False
    #: Its files may be workbooks; the desk opens them, and the lift takes each sheet as CSV.
    workbooks: bool = False
    #: The folder a file lies in says what it is of: "00g…/users.json".
    folders: bool = False

    def needs_day(self, names: Sequence[str]) -> bool:
        """Tell whether nothing about files of these names says for which days they hold."""
        if not self.day_in_name:
            return not self.dated
        return not any(DAY_IN_NAME.search(name) for name in names)

    def lift(self, files: Files, options: ImportOptions) -> Lifted:
        """Turn the files of one export into rows; what is wrong with them are faults."""
        lifted: Lifted = importlib.import_module(f"forthwith.exports.{self.module}").lift(
            files, options
        )
        return lifted


KINDS: Mapping[str, ExportKind] = {
    "descriptor": ExportKind("bitcoin.lift", ("wallet",)),
    "safe": ExportKind("ethereum.safe.lift", ("wallet",), dated=True),
    "aws-iam": ExportKind("aws_iam.lift"),
    "gcp-iam": ExportKind("gcp_iam.lift"),
    "azure-rbac": ExportKind("azure_rbac.lift"),
    "policy-export": ExportKind("platform_policy.lift", ("wallet",)),
    "platform": ExportKind("platform_map.lift", ("map",)),
    "hr": ExportKind(
        "hr.lift", ("complete", "order", "domains", "places"), dated=True, workbooks=True
    ),
    "directory": ExportKind("directory.lift", ("complete", "domains", "places"), folders=True),
    "shamir": ExportKind("shamir.lift", ("wallet",)),
    "permissions": ExportKind("ethereum.roles", dated=True, day_in_name=True),
}
