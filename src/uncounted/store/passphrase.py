"""Passphrases made by the machine: six words out of 2,048, that is 66 bits, easy to read out and to type."""

from __future__ import annotations

import secrets
import unicodedata
from functools import cache
from importlib import resources

from uncounted.errors import StoreError

N_WORDS = 6
BITS_PER_WORD = 11  # the list has 2**11 words


@cache
def word_list() -> tuple[str, ...]:
    """Return the 2,048 words: 3 to 7 letters, and no single typing error turns one into another."""
    text = resources.files("uncounted.store").joinpath("words.txt").read_text(encoding="ascii")
    return tuple(text.split())


def generate_passphrase() -> str:
    """Return six words drawn with the system's secure generator, joined by spaces.

    The entropy is 6 × 11 = 66 bits. With Argon2id at 256 MiB a guess costs about a second of one core and a quarter of
    a gigabyte, so trying half of all phrases would take some 10**12 core years.

    Returns
    -------
    str
        For example six words such as "apricot lantern …". Shown once; it cannot be recovered from the store.
    """
    words = word_list()
    return " ".join(secrets.choice(words) for _ in range(N_WORDS))


def normalise_passphrase(passphrase: str) -> bytes:
    """Return the bytes a key is made from: NFKC, outer blanks cut, runs of blanks made one.

    Raises
    ------
    StoreError
        T10 if nothing is left.
    """
    text = " ".join(unicodedata.normalize("NFKC", passphrase).split())
    if not text:
        raise StoreError(
            "the passphrase is empty.",
            do="Type the passphrase of this store, or let the program generate one for a new store.",
            code="T10",
        )
    return text.encode("utf-8")
