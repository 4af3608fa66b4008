"""Signed seals: keys, envelopes, what they say, time stamps, and heads of journals noted elsewhere.

Nothing here knows a matter or a volume: bytes go in, values and bytes come out. So `check` reads
anybody's seal with the same code that writes ours.
"""
