"""The example matter: invented evidence of an invented exchange, and the page that shows it.

`write_evidence` lays it out, `write_received_volume` spoils a sound volume on purpose, and
`render_overview` is the page a lawyer reads at the end. Composing them is the door's affair.
"""

from __future__ import annotations
