"""The books: what is owed, what is held, where it went; every figure ends in rows.

Rows go in, values come out: nothing here opens a file, a database or a socket.
"""
