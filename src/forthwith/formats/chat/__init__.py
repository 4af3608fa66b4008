"""Chats: Slack exports and RSMF, a day a document."""
