"""Answering what was asked: the register of requests and the papers printed from it."""
