"""Desks about who could move assets: facts loaded and asked, sentences checked, pictures made."""
