"""PDF, web pages, plain text, pictures, sound, and whatever no reader claims."""
