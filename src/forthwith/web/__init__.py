"""The web door: pages and JSON over the desks of `workflows.room`; no rule and no SQL here."""
