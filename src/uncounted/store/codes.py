"""What the codes of this room mean, for `uncounted explain CODE`."""

CODES: dict[str, str] = {
    "T01": "The store could not be unlocked. Either the passphrase is not the one it was made with, or the file was "
    "damaged; the two cannot be told apart, since a wrong key and a changed byte both fail the same check. Nothing was "
    "changed. Try the passphrase again, then a copy of the file from your backup.",
    "T02": "One run at a time may use a store, and another one has it open. Wait for it to end. If the process in "
    "the message is gone, the lock is gone with it and the next start succeeds.",
    "T03": "The file is no store of this program. A store begins with a header of its own (encrypted) or is an SQLite "
    "file with our mark (plain). Check the path in the project file; nothing was changed.",
    "T04": "There is a file already where a new store should be made. It is never written over, because it may hold "
    "decisions that exist nowhere else. Open it, or choose another path.",
    "T05": "There is no store at this path. `uncounted run` makes one when it starts a project.",
    "T06": "The disk is full, or the account's limit is reached, so the change was taken back: the store is as it was "
    "before. Make room and run again; finished stages are reused.",
    "T07": "What the store holds is not what was written: a byte changed, a row is missing, or the file was cut. "
    "Nothing of it is used. Bring back a copy from your backup; stages can be computed again, review decisions cannot, "
    "which is why they are also exported to CSV.",
    "T08": "The store was written by a newer version of this program than the one that opens it. Install that version.",
    "T09": "The store or its folder cannot be read or written: permissions, a read-only disk, a disk error. The change "
    "was taken back and the store is as it was before.",
    "T10": "An encrypted store needs a passphrase; a plain store takes none. A passphrase of six generated words has "
    "66 bits, which with the key derivation used here is out of reach of guessing; one made up by a person is not.",
    "T11": "A stored value has not the shape its type asks for, so it was written by another version. The stage is "
    "computed again when the version is part of its fingerprint.",
    "T12": "A value given to the store cannot be written down exactly: a type it does not know. This is a mistake in "
    "the program, not in your data.",
    "T13": "The log of decisions in the store went on since it was read, so a new entry would not follow the last one. "
    "Read it again, then append.",
}
