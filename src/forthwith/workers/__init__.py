"""Where untrusted bytes are read: worker processes, watched, limited and shut in."""
