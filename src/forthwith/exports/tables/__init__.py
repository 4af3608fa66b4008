"""Tables of facts that people type: CSV and YAML files to rows."""
