"""Checks of written responses as served, against the requests and the delivered pages."""
