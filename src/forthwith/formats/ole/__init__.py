"""OLE compound files: the objects office files keep in them, and writing one."""
