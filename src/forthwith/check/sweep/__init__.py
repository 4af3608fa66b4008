"""Open every delivered byte and look for words that were redacted.

`sought` knows the words, `encodings` the ways a text can be written otherwise, `layers` what lies
inside a file, and `files` goes through a volume.
"""
