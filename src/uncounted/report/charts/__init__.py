"""The pictures of the report: each a function from frozen values to static SVG, laid out for a desk and for a phone."""
