"""What type a file is, by its content."""
