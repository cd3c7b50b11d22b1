"""How well records were linked, when it is known who is who."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

IntArray = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkageScore:
    """Agreement of a clustering with the truth.

    Attributes
    ----------
    n_records, n_people_true, n_people_linked : int
        Records, and clusters in each of the two.
    n_pairs_true, n_pairs_linked, n_pairs_both : int
        Pairs of records placed together: in truth, by linkage, by both.
    precision, recall, f1 : float
        Of pairs. A ratio without a denominator (no pair at all) is 1, since nothing was got wrong.
    b3_precision, b3_recall, b3_f1 : float
        B-cubed: means over records of the share of a record's cluster that is right, and of its person that is found.
    """

    n_records: int
    n_people_true: int
    n_people_linked: int
    n_pairs_true: int
    n_pairs_linked: int
    n_pairs_both: int
    precision: float
    recall: float
    f1: float
    b3_precision: float
    b3_recall: float
    b3_f1: float


def score_clustering(person_true: ArrayLike, person_linked: ArrayLike) -> LinkageScore:
    """Compare a clustering of records with the truth, through the table of their overlaps.

    Parameters
    ----------
    person_true, person_linked : array_like of int, shape (n_records,)
        The person of each record in truth and by linkage. Labels are compared within each array only.

    Returns
    -------
    LinkageScore

    Raises
    ------
    ValueError
        If the two are not one-dimensional and of one length.

    References
    ----------
    Bagga and Baldwin (1998), "Entity-based cross-document coreferencing using the vector space model", for B-cubed.
    """
    true, linked = np.asarray(person_true), np.asarray(person_linked)
    if true.ndim != 1 or true.shape != linked.shape:
        raise ValueError("person_true and person_linked must be one-dimensional and of one length.")
    true_label, true_size = _labels(true)
    linked_label, linked_size = _labels(linked)
    cell, both = np.unique(true_label * max(len(linked_size), 1) + linked_label, return_counts=True)
    both = both.astype(np.int64)
    n_true, n_linked, n_both = _pairs(true_size), _pairs(linked_size), _pairs(both)
    precision, recall = _ratio(n_both, n_linked), _ratio(n_both, n_true)
    # A record in an overlap of size b has the share b / (size of its cluster) right; b records are in it.
    in_true = true_size[cell // max(len(linked_size), 1)]
    in_linked = linked_size[cell % max(len(linked_size), 1)]
    b3_precision = _ratio(float((both * both / in_linked).sum()), len(true))
    b3_recall = _ratio(float((both * both / in_true).sum()), len(true))
    return LinkageScore(
        n_records=len(true),
        n_people_true=len(true_size),
        n_people_linked=len(linked_size),
        n_pairs_true=n_true,
        n_pairs_linked=n_linked,
        n_pairs_both=n_both,
        precision=precision,
        recall=recall,
        f1=_harmonic(precision, recall),
        b3_precision=b3_precision,
        b3_recall=b3_recall,
        b3_f1=_harmonic(b3_precision, b3_recall),
    )


def overlap_error(true_table: ArrayLike, linked_table: ArrayLike) -> float:
    """Return the L1 error of a table of patterns: people in the wrong cell, as a share of the people truly listed.

    Parameters
    ----------
    true_table, linked_table : array_like of int, one shape
        Counts per pattern (and stratum), in one order.

    Returns
    -------
    float
        Sum of absolute differences over the sum of the true counts.

    Raises
    ------
    ValueError
        If the shapes differ or the true table is empty.
    """
    true, linked = np.asarray(true_table, dtype=np.float64), np.asarray(linked_table, dtype=np.float64)
    if true.shape != linked.shape:
        raise ValueError(f"the two tables must have one shape; found {true.shape} and {linked.shape}.")
    if true.sum() <= 0:
        raise ValueError("the true table must hold at least one person.")
    return float(np.abs(true - linked).sum() / true.sum())


def _labels(values: NDArray[np.generic]) -> tuple[IntArray, IntArray]:
    _, label, size = np.unique(values, return_inverse=True, return_counts=True)
    return label.astype(np.int64), size.astype(np.int64)


def _pairs(sizes: IntArray) -> int:
    return int((sizes * (sizes - 1) // 2).sum())


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole else 1.0


def _harmonic(a: float, b: float) -> float:
    return 2.0 * a * b / (a + b) if a + b else 0.0
