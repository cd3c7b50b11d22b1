"""From a passphrase to a key, and the 16 plain bytes at the start of an encrypted store that say how.

SQLCipher keeps a salt in the first 16 bytes of its file. Ours has a form, so that the file alone says how its key is
made and one file is enough:

====== =====================================================================
bytes  meaning
====== =====================================================================
0–3    ``UNC1``: an encrypted store of this program, version 1 of this header
4      Argon2id memory: 2**value KiB
5      Argon2id passes
6      Argon2id lanes
7      check byte: first byte of SHA-256 over bytes 0–6 and 8–15
8–15   64 random bits
====== =====================================================================

All 16 bytes are the salt of Argon2id and of SQLCipher's HMAC key, so changing any of them gives another key.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass

from uncounted.store.passphrase import normalise_passphrase

HEADER_SIZE = 16
MAGIC = b"UNC1"
KEY_SIZE = 32
MEMORY_EXPONENT = 18  # 2**18 KiB = 256 MiB
PASSES = 3
LANES = 4
_MEMORY_BOUNDS = (6, 20)  # 64 KiB (tests) … 1 GiB: a damaged byte must not ask for more memory than there is


@dataclass(frozen=True, slots=True)
class KeyHeader:
    """How the key of an encrypted store is made: memory 2**exponent KiB, passes, lanes and 8 random bytes."""

    memory_exponent: int
    passes: int
    lanes: int
    random: bytes

    @property
    def salt(self) -> bytes:
        """The 16 bytes as they stand in the file."""
        front = MAGIC + bytes([self.memory_exponent, self.passes, self.lanes])
        return front + _check_byte(front, self.random) + self.random


def new_header(memory_exponent: int = MEMORY_EXPONENT) -> KeyHeader:
    """Return a header with fresh random bytes."""
    return KeyHeader(memory_exponent, PASSES, LANES, secrets.token_bytes(8))


def read_header(first: bytes) -> KeyHeader | None:
    """Return the header in the first 16 bytes of a file, or None if it is damaged.

    Parameters
    ----------
    first : bytes
        At least the first 16 bytes; they must begin with `MAGIC`.
    """
    front, check, random = first[:7], first[7:8], first[8:HEADER_SIZE]
    if len(random) != 8 or check != _check_byte(front, random):
        return None
    memory, passes, lanes = front[4:]
    low, high = _MEMORY_BOUNDS
    if not (low <= memory <= high and 1 <= passes <= 16 and 1 <= lanes <= 16):
        return None
    return KeyHeader(memory, passes, lanes, random)


def derive_key(passphrase: str, header: KeyHeader) -> bytes:
    """Return the 256-bit key of a store by Argon2id.

    Parameters
    ----------
    passphrase : str
        As typed; normalised here (see `normalise_passphrase`).
    header : KeyHeader
        Cost and salt.

    Returns
    -------
    bytes
        32 bytes.

    References
    ----------
    RFC 9106, Argon2 Memory-Hard Function, sections 3.1 and 4.
    """
    from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

    kdf = Argon2id(
        salt=header.salt,
        length=KEY_SIZE,
        iterations=header.passes,
        lanes=header.lanes,
        memory_cost=2**header.memory_exponent,
    )
    return kdf.derive(normalise_passphrase(passphrase))


def _check_byte(front: bytes, random: bytes) -> bytes:
    return hashlib.sha256(front + random).digest()[:1]
