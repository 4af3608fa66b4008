"""What is printed: blocks in, bytes of DOCX, PDF and text out."""
