"""Mail: MIME messages, mailboxes, signed mail."""
