"""Production standards as dated data, each value with its source."""
