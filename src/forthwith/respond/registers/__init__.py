"""What was asked, ordered, promised and conferred about, and the citations beneath."""
