"""One act a module: opens the matter once, joins rooms, returns values, never prints."""
