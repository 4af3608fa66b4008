"""Papers as served: requests and privilege logs, out of DOCX, PDF, text and tables."""
