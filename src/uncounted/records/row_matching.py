"""Which row of an earlier delivery of a list is which row of the later one.

Rows are matched, surest first: by line if the file is the same; by the whole row if the mapping changed; by own id and
content; by content alone if it is unique; by own id with changed content; rows of the same content in order; and rows
that stand between the same matched neighbours and agree in a part that tells them from others. A row that agrees with
nothing is gone; what stands in its place is proposed, and no decision is carried to it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow.compute as pc
from numpy.typing import NDArray

from uncounted.records.deliveries import Delivery, Digests

Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]
# A name on more rows than this does not tell a row from its neighbours.
FEW = 3
# Own ids are not believed once more than this share of those that stayed stand for other content.
MOST_REPLACED = 0.5
_ROUNDS = 10
_MIX = np.uint64(0x9E3779B97F4A7C15)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DeliveryMatch:
    """The rows of an earlier delivery in a later one.

    Attributes
    ----------
    new_of : ndarray of int64, shape (n_old,)
        Position of each earlier row in the later delivery; -1 if it is gone.
    changed : ndarray of bool, shape (n_old,)
        Rows that are there in other words: their mapped cells differ.
    renamed : ndarray of bool, shape (n_old,)
        Rows that are there under another record id.
    n_new : int
        Rows of the later delivery.
    proposed : tuple of (int, int)
        Positions of a gone row and of an added one in its place that agree in nothing: for a person to look at.
    notes : tuple of str
        What bears on trust, in sentences without any value.
    """

    new_of: Ints
    changed: Mask
    renamed: Mask
    n_new: int
    proposed: tuple[tuple[int, int], ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def n_kept(self) -> int:
        """Rows that are in both."""
        return int((self.new_of >= 0).sum())

    @property
    def n_changed(self) -> int:
        """Rows that are in both, in other words."""
        return int(self.changed.sum())

    @property
    def n_moved(self) -> int:
        """Rows that are in both under another record id."""
        return int(self.renamed.sum())

    @property
    def n_gone(self) -> int:
        """Rows of the earlier delivery alone."""
        return len(self.new_of) - self.n_kept

    @property
    def n_added(self) -> int:
        """Rows of the later delivery alone."""
        return self.n_new - self.n_kept


def match_deliveries(old: Delivery, new: Delivery) -> DeliveryMatch:
    """Say which row of the earlier delivery is which of the later.

    Parameters
    ----------
    old, new : Delivery
        Of the same list, digested with the same salt.

    Returns
    -------
    DeliveryMatch
        No row is matched twice. The same deliveries give the same match; the salt plays no part.

    Raises
    ------
    ValueError
        If they are of two lists.
    """
    if old.list != new.list:
        raise ValueError("deliveries of two lists cannot be matched")
    work = _Matching(old, new)
    if old.sha256 == new.sha256 and old.sheet == new.sheet:
        work.settle(*_in_order(_lines(old), _lines(new)), unchanged=True)
    else:
        work.match()
    return work.result()


class _Matching:
    """One matching under way: what is settled, and what is still free on either side."""

    def __init__(self, old: Delivery, new: Delivery) -> None:
        self.old, self.new = old, new
        self.new_of = np.full(old.n_rows, -1, dtype=np.int64)
        self.taken = np.zeros(new.n_rows, dtype=bool)
        self.unchanged = np.zeros(old.n_rows, dtype=bool)  # known to be the same row although the mapping differs
        self.notes: list[str] = []
        self.name = old.fields(of_name=True) == new.fields(of_name=True)
        self.rest = old.fields(of_name=False) == new.fields(of_name=False)

    def free(self) -> tuple[Ints, Ints]:
        return np.flatnonzero(self.new_of < 0), np.flatnonzero(~self.taken)

    def settle(self, at_old: Ints, at_new: Ints, *, unchanged: bool = False) -> int:
        self.new_of[at_old] = at_new
        self.taken[at_new] = True
        self.unchanged[at_old] |= unchanged
        return len(at_old)

    def match(self) -> None:
        if dict(self.old.columns) != dict(self.new.columns):
            self._by_whole_rows()
        by_id = _same_ids(self.old, self.new)
        comparable = self.name and self.rest
        old, new = content_digests(self.old), content_digests(self.new)
        if comparable:
            here = np.flatnonzero((by_id >= 0) & (self.new_of < 0))
            here = here[(old[here] == new[by_id[here]]) & ~self.taken[by_id[here]]]
            self.settle(here, by_id[here])
            self._by_digest(old, new, unique=True)
        self._by_changed_ids(by_id)
        if comparable:
            self._by_digest(old, new, unique=False)
        for _ in range(_ROUNDS):
            if not self._by_neighbours():
                break

    def _by_digest(self, old: Digests, new: Digests, *, unique: bool, unchanged: bool = False) -> int:
        at_old, at_new = self.free()
        i, j = (_once if unique else _in_order)(old[at_old], new[at_new])
        return self.settle(at_old[i], at_new[j], unchanged=unchanged)

    def _by_whole_rows(self) -> None:
        old, new = self.old.digests("whole"), self.new.digests("whole")
        found = self._by_digest(old, new, unique=True, unchanged=True)
        found += self._by_digest(old, new, unique=False, unchanged=True)
        self.notes.append(
            f"The mapping of columns changed since; {found:,} of {self.old.n_rows:,} rows were recognised as whole "
            "rows of the file, whatever is read from them now."
        )

    def _by_changed_ids(self, by_id: Ints) -> None:
        """Match rows whose id stayed and whose content did not, unless the ids were given anew."""
        kept = by_id >= 0
        if not kept.any():
            return
        elsewhere = kept & (self.new_of >= 0) & (self.new_of != by_id)
        waiting = np.flatnonzero(kept & (self.new_of < 0))
        agree = np.zeros(len(kept), dtype=bool)
        agree[waiting] = self._agree(waiting, by_id[waiting])
        waits = np.zeros(len(kept), dtype=bool)
        waits[waiting] = True
        replaced = int((elsewhere | (waits & ~agree)).sum())
        if replaced > MOST_REPLACED * int(kept.sum()):
            self.notes.append(
                f"Of {int(kept.sum()):,} ids that are in both deliveries, {replaced:,} stand for other content: the "
                "ids were given anew, so rows are recognised by their content and place instead."
            )
            return
        if elsewhere.any():
            self.notes.append(
                f"{int(elsewhere.sum()):,} rows have their content under another id than before; where ids move, an "
                "id whose content changed altogether is not taken for the same row."
            )
            waiting = waiting[agree[waiting]]
        waiting = waiting[~self.taken[by_id[waiting]]]
        changed = self.settle(waiting, by_id[waiting])
        if changed:
            self.notes.append(f"{changed:,} rows kept their id and changed in content.")

    def _agree(self, at_old: Ints, at_new: Ints) -> Mask:
        """Say which pairs of rows agree in their name or in the rest, where few earlier rows share that."""
        found = np.zeros(len(at_old), dtype=bool)
        for part, most in self._telling():
            old, new = self.old.digests(part), self.new.digests(part)
            found |= (old[at_old] == new[at_new]) & (_frequency(old)[at_old] <= most)
        return found

    def _telling(self) -> list[tuple[str, int]]:
        """Return the parts that can be compared, with how many rows may share one for it to tell rows apart."""
        return [(part, most) for part, most, same in (("name", FEW, self.name), ("rest", 1, self.rest)) if same]

    def _by_neighbours(self) -> int:
        """Match free rows between the same matched neighbours that agree in a part no other row there has."""
        found = 0
        for part, most in self._telling():
            at_old, at_new = self.free()
            block_old, block_new = self._blocks(at_old, at_new)
            old, new = self.old.digests(part), self.new.digests(part)
            telling_old = (block_old >= 0) & (old[at_old] != 0) & (_frequency(old)[at_old] <= most)
            telling_new = (block_new >= 0) & (new[at_new] != 0) & (_frequency(new)[at_new] <= most)
            at_old, block_old = at_old[telling_old], block_old[telling_old]
            at_new, block_new = at_new[telling_new], block_new[telling_new]
            i, j = _once(_with_block(old[at_old], block_old), _with_block(new[at_new], block_new))
            found += self.settle(at_old[i], at_new[j])
        return found

    def _blocks(self, at_old: Ints, at_new: Ints) -> tuple[Ints, Ints]:
        """Return the gaps between matched rows, named by where in the later delivery they begin; -1 if the ends part.

        A gap of the earlier delivery counts only if its two neighbours are neighbours in the later one as well, but
        for free rows.
        """
        n_new = self.new.n_rows
        matched = self.new_of >= 0
        before = np.r_[-1, self.new_of][_last_before(matched)[at_old] + 1]
        after = np.r_[self.new_of, n_new][_first_after(matched)[at_old]]
        start = _last_before(self.taken)
        begin = start[at_new]
        # The next matched row after `before` must be `after`.
        following = np.full(n_new + 1, n_new, dtype=np.int64)
        positions = np.flatnonzero(self.taken)
        if len(positions):
            following[np.r_[0, positions[:-1] + 1]] = positions
        fits = following[before + 1] == after
        return np.where(fits, before + 1, -1), begin + 1

    def result(self) -> DeliveryMatch:
        kept = np.flatnonzero(self.new_of >= 0)
        changed = np.zeros(self.old.n_rows, dtype=bool)
        changed[kept] = rows_differ(self.old, kept, self.new, self.new_of[kept])
        changed &= ~self.unchanged
        renamed = np.zeros(self.old.n_rows, dtype=bool)
        renamed[kept] = np.asarray(
            pc.not_equal(self.old.table["record_id"].take(kept), self.new.table["record_id"].take(self.new_of[kept])),
            dtype=bool,
        )
        for array in (self.new_of, changed, renamed):
            array.setflags(write=False)
        return DeliveryMatch(
            new_of=self.new_of,
            changed=changed,
            renamed=renamed,
            n_new=self.new.n_rows,
            proposed=self._proposed(),
            notes=tuple(self.notes),
        )

    def _proposed(self) -> tuple[tuple[int, int], ...]:
        """Pair the rows left over in a gap, in order, where the gap lost as many as it gained."""
        at_old, at_new = self.free()
        block_old, block_new = self._blocks(at_old, at_new)
        at_old, block_old = at_old[block_old >= 0], block_old[block_old >= 0]
        as_many = np.isin(block_old, _same_sizes(block_old, block_new))
        i, j = _in_order(block_old[as_many], block_new)
        return tuple(sorted(zip(at_old[as_many][i].tolist(), at_new[j].tolist(), strict=True)))


def rows_differ(old: Delivery, at_old: Ints, new: Delivery, at_new: Ints) -> Mask:
    """Say which pairs of rows differ in what is read from them, as far as the two mappings can be compared."""
    differ = np.zeros(len(at_old), dtype=bool)
    for part, of_name in (("name", True), ("rest", False)):
        if old.fields(of_name=of_name) == new.fields(of_name=of_name):
            differ |= old.digests(part)[at_old] != new.digests(part)[at_new]
    return np.asarray(differ & (old.digests("whole")[at_old] != new.digests("whole")[at_new]), dtype=bool)


# -- keys ---------------------------------------------------------------------------------------------------------
def _lines(delivery: Delivery) -> Ints:
    return np.asarray(delivery.table["line"].to_numpy(), dtype=np.int64)


def content_digests(delivery: Delivery) -> Digests:
    """Return one key a row of all mapped cells without the id, shape (n_rows,); comparable under one salt alone."""
    return delivery.digests("name") ^ (delivery.digests("rest") * _MIX)


def _with_block(part: Digests, block: Ints) -> Digests:
    return part ^ ((block.astype(np.uint64) + np.uint64(1)) * _MIX)


def _same_ids(old: Delivery, new: Delivery) -> Ints:
    """Return for each earlier row the later row with the same own id, or -1."""
    at_old = np.flatnonzero(old.table["own"].to_numpy())
    at_new = np.flatnonzero(new.table["own"].to_numpy())
    found = pc.index_in(old.table["record_id"].take(at_old), value_set=new.table["record_id"].take(at_new))
    index = np.asarray(pc.fill_null(found, -1).to_numpy(), dtype=np.int64)
    by_id = np.full(old.n_rows, -1, dtype=np.int64)
    by_id[at_old[index >= 0]] = at_new[index[index >= 0]]
    return by_id


def _frequency(keys: Digests) -> Ints:
    """Return how many rows share each row's key; an empty part is shared by everybody."""
    _, inverse, counts = np.unique(keys, return_inverse=True, return_counts=True)
    found = counts[inverse].astype(np.int64) if len(keys) else np.zeros(0, dtype=np.int64)
    found[keys == 0] = np.iinfo(np.int64).max
    return found


def _once(old: NDArray[np.generic], new: NDArray[np.generic]) -> tuple[Ints, Ints]:
    """Return positions of keys that each side has exactly once."""
    keys_old, first_old, n_old = np.unique(old, return_index=True, return_counts=True)
    keys_new, first_new, n_new = np.unique(new, return_index=True, return_counts=True)
    _, i, j = np.intersect1d(keys_old[n_old == 1], keys_new[n_new == 1], assume_unique=True, return_indices=True)
    return first_old[n_old == 1][i].astype(np.int64), first_new[n_new == 1][j].astype(np.int64)


def _in_order(old: NDArray[np.generic], new: NDArray[np.generic]) -> tuple[Ints, Ints]:
    """Return positions of equal keys, the first with the first, the second with the second."""
    keys, inverse = np.unique(np.concatenate([old, new]), return_inverse=True)
    split = inverse[: len(old)].astype(np.int64), inverse[len(old) :].astype(np.int64)
    n = max(len(old), len(new)) + 1
    if not len(keys):
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
    numbered = [codes * n + _rank(codes) for codes in split]
    _, i, j = np.intersect1d(numbered[0], numbered[1], assume_unique=True, return_indices=True)
    return i.astype(np.int64), j.astype(np.int64)


def _rank(codes: Ints) -> Ints:
    """Return which occurrence of its code each place holds, from 0."""
    order = np.argsort(codes, kind="stable")
    ranked = codes[order]
    starts = np.r_[True, ranked[1:] != ranked[:-1]] if len(codes) else np.zeros(0, dtype=bool)
    place = np.arange(len(codes))
    out = np.empty(len(codes), dtype=np.int64)
    out[order] = place - np.maximum.accumulate(np.where(starts, place, 0)) if len(codes) else place
    return out


def _last_before(matched: Mask) -> Ints:
    """Return for each place the last matched place before it, or -1."""
    place = np.where(matched, np.arange(len(matched)), -1)
    return np.r_[-1, np.maximum.accumulate(place)[:-1]] if len(matched) else np.zeros(0, dtype=np.int64)


def _first_after(matched: Mask) -> Ints:
    """Return for each place the first matched place after it, or their number."""
    n = len(matched)
    place = np.where(matched, np.arange(n), n)
    return np.r_[np.minimum.accumulate(place[::-1])[::-1][1:], n] if n else np.zeros(0, dtype=np.int64)


def _same_sizes(old: Ints, new: Ints) -> Ints:
    """Return the blocks that hold as many rows on either side."""
    blocks_old, n_old = np.unique(old, return_counts=True)
    blocks_new, n_new = np.unique(new, return_counts=True)
    both, i, j = np.intersect1d(blocks_old, blocks_new, assume_unique=True, return_indices=True)
    return np.asarray(both[n_old[i] == n_new[j]], dtype=np.int64)
