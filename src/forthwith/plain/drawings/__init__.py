"""Drawings: shapes in drawing units, their words and scales, as SVG, PNG and PDF."""
