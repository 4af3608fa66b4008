"""Every fault that reading recorded, and the places that must show it."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from pathlib import Path

from click.testing import CliRunner, Result

from forthwith.cli.console import harmless
from forthwith.cli.main import main
from forthwith.domain.evidence import Fault
from forthwith.record import readings

#: What is said only of a matter read to the last part.
ALL_WELL = "Every item is accounted for"


def run(*words: str | Path) -> Result:
    """Run a command; what is not foreseen fails the test."""
    return CliRunner().invoke(main, [str(word) for word in words], catch_exceptions=False)


def recorded(matter: Path) -> list[Fault]:
    """Return every fault in the readings of a matter."""
    return [
        fault
        for part in sorted((matter / "derived" / "readings").glob("*.parquet"))
        for row in readings.rows(part, ("faults",))
        for fault in readings.faults_from(row["faults"])
    ]


def shown_everywhere(matter: Path) -> list[Fault]:
    """Hold status, documents, exceptions log and letter against the readings; return the faults."""
    faults = recorded(matter)
    status = run("-C", matter, "status", "--faults").output
    counted = json.loads(run("-C", matter, "status", "--json").output)["faults_by_reason"]
    listed = run("-C", matter, "documents").output
    documents = [
        json.loads(line) for line in run("-C", matter, "documents", "--json").output.splitlines()
    ]
    made = json.loads(
        run(
            "-C", matter, "produce", "VOL001", "--day", "2023-06-17", "--without-text", "--json"
        ).output
    )
    data = Path(made["folder"]) / "DATA"
    log = list(csv.reader(io.StringIO((data / "VOL001_EXCEPTIONS.CSV").read_text("utf-8-sig"))))[1:]
    letter = (data / "VOL001_TRANSMITTAL.TXT").read_text("utf-8")

    assert (ALL_WELL in status) is not bool(faults)
    assert ("has no entry" in letter) is not bool(log)
    told = [fault for each in documents for fault in (*each["faults"], *each["container_faults"])]
    assert counted == Counter(fault["reason"] for fault in told)
    for fault in faults:
        words = " ".join(fault.detail.split())
        assert harmless(words) in status, fault
        assert fault.reason in listed, fault
        assert any(
            each["reason"] == fault.reason and words in " ".join(each["detail"].split())
            for each in told
        ), fault
        assert any(reason == fault.reason and words in cell for _, reason, cell in log), fault
        assert fault.reason in letter, fault
    for document in documents:
        line = next(each for each in listed.splitlines() if document["control_number"] in each)
        assert all(fault["reason"] in line for fault in document["faults"])
    return faults
