"""Proof of liabilities, forthwith/pol/1: a sum tree of what is owed, and proofs of one account.

    leaf = SHA256(00 ‖ "forthwith/pol/1" ‖ len16 asset ‖ len16 account ‖ salt32 ‖ amount16)
    node = SHA256(01 ‖ hashL ‖ sumL16 ‖ hashR ‖ sumR16)
    root = SHA256(03 ‖ len16 asset ‖ len16 as_of ‖ n8 ‖ top ‖ sum16)
    salt = HMAC-SHA256(key, "forthwith/pol/1/salt" ‖ len16 asset ‖ len16 account ‖ len16 as_of)

`len16 x` is the length of x in UTF-8 as two bytes, then x; numbers are unsigned and big-endian.
Both sums of a node are committed (IACR eprint 2018/1139: a tree that commits only to their total
lets its maker split it differently for each reader). Leaves stand in ascending order of hash; an
odd level is padded with hash 0 and sum 0. One tree for one asset and one cut.
"""
