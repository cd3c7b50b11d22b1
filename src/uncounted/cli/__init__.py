"""The command line: one thin command a file; each parses, calls one function, prints."""
