"""The judge of the engine: the same questions answered as slowly and plainly as can be.

`world` answers in one completion of a register, in which every row is simply true or absent, by
two-valued logic; `completions` tries them all. `bounds` answers by the words of the rules, row by
row and day by day. `registers` draws registers and questions. None of them shares anything with
the engine but the facts, the parsed formulas and the parsed group of a question.
"""
