"""Files by which others prove liabilities: each recomputed as its maker's rules say.

One file a format. Every reader returns what was proved in one sentence and what is not bound; a
hash or a proof system that cannot be computed here is named as not checked, never passed over.
Facts of the formats are their makers' published verifiers'; sentences and code are ours.
"""
