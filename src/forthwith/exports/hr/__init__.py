"""Sheets of people from a personnel system: who was tied to which company, when."""
