"""Linking on Spark: the pairs are made and compared there, everything else stays here."""
