"""Capture tables: counts per pattern, stratum and draw. Needs numpy alone."""
