"""Linking records: the only room that knows Splink."""
