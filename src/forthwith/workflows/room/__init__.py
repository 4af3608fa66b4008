"""One matter open for many people: what a page or a command of the room does."""
