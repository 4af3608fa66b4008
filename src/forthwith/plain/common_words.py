"""Words so common in six languages that a passage made of them alone says nothing."""

from __future__ import annotations

_WORDS = """
    a about above after again all also am an and any are as at be because been before being both
    but by can could did do does for from further had has have he her here hers him his how i if in
    into is it its just me more most my no nor not now of off on once only or other our ours out
    over own re same she should so some such than that the their them then there these they this
    those through to too under until up very was we were what when where which while who whom why
    will with would you your yours der die das und ist in den von zu mit le la les de des et un une
    el los las del y que il lo gli e di da
"""
COMMON = frozenset(_WORDS.split())
