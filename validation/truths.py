"""The known truths that the estimators are tried on: who is recorded how, and how many there really are.

Latent classes: sim1-sim5 (Manrique-Vallier 2016, Biometrics 72:1246, and the settings built on it), and the two
mixtures of `heterogeneity.py`. Log-linear: seven public tables, each with four models fitted to it (all pairs, no pair,
pairs chosen stepwise at .05 and at .001, as Chan, Silverman and Vincent 2021, JASA 116:1297, built their 28 settings);
the fitted model with its number of unlisted people is then the truth. Dependence beyond the models: the same, with
twice as many unlisted people, which no count of the listed can show.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from uncounted.captures import CaptureTable, published
from uncounted.estimation.kernels.hierarchy import subset_sizes
from uncounted.estimation.kernels.loglinear import fit_models
from uncounted.simulate import SIMULATION_SUITE, LatentClassTruth

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

TABLES = ("kosovo", "uk5", "netherlands5", "new-orleans5", "western", "lesbian", "hiv-rome")
MIXTURES = {
    "mixture-strong": LatentClassTruth(
        shares=(0.35, 0.65), capture_probs=((0.55, 0.5, 0.45, 0.4), (0.15, 0.12, 0.1, 0.08))
    ),
    "mixture-mild": LatentClassTruth(
        shares=(0.35, 0.65), capture_probs=((0.4, 0.35, 0.3, 0.3), (0.2, 0.15, 0.12, 0.1))
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Truth:
    """One setting.

    Attributes
    ----------
    name : str
    family : str
        "latent class", "log-linear" or "dependence beyond the models".
    n_people : int
        The whole population.
    probabilities : ndarray of float64, shape (2**J,)
        Per pattern, "on no list" first.
    """

    name: str
    family: str
    n_people: int
    probabilities: FloatArray

    @property
    def n_lists(self) -> int:
        """Number of lists."""
        return len(self.probabilities).bit_length() - 1

    @property
    def on_two_or_more(self) -> float:
        """Expected number of people on two lists or more."""
        return float(self.n_people * self.probabilities[subset_sizes(self.n_lists) >= 2].sum())

    def draw(self, seed: int, number: int) -> CaptureTable:
        """Draw table `number` of the setting."""
        words = [int(b) for b in self.name.encode()]
        rng = np.random.default_rng(np.random.SeedSequence([seed, number, *words]))
        counts = rng.multinomial(self.n_people, self.probabilities)[1:]
        return CaptureTable(lists=tuple("ABCDEFGH"[: self.n_lists]), counts=counts)


def truths() -> tuple[Truth, ...]:
    """Return all settings."""
    found = [
        Truth(name=name, family="latent class", n_people=2000, probabilities=t.cell_probabilities())
        for name, t in SIMULATION_SUITE.items()
    ]
    found += [
        Truth(name=name, family="latent class", n_people=1000, probabilities=t.cell_probabilities())
        for name, t in MIXTURES.items()
    ]
    for table in TABLES:
        counts = published(table).counts[0, 0]
        for label, model in _models(counts).items():
            found.append(_fitted(f"{table} {label}", counts, model, times=1.0))
    for table in ("kosovo", "uk5", "western", "lesbian"):
        counts = published(table).counts[0, 0]
        found.append(_fitted(f"{table} p=.05, twice unlisted", counts, _models(counts)["p=.05"], times=2.0))
    return tuple(found)


def _models(counts: NDArray[np.int64]) -> dict[str, BoolArray]:
    sizes = subset_sizes((len(counts) + 1).bit_length() - 1)
    return {
        "all pairs": sizes <= 2,
        "no pair": sizes <= 1,
        "p=.05": _stepwise(counts, 0.05),
        "p=.001": _stepwise(counts, 0.001),
    }


def _stepwise(counts: NDArray[np.int64], threshold: float) -> BoolArray:
    """Add the pair whose overlap is least likely under the model, while its Poisson tail is below the threshold."""
    from scipy.special import pdtr, pdtrc

    n_lists = (len(counts) + 1).bit_length() - 1
    sizes, codes = subset_sizes(n_lists), np.arange(2**n_lists)
    model = sizes <= 1
    while True:
        fit = fit_models(counts, model[None])
        best, best_p = -1, threshold
        for pair in np.flatnonzero((sizes == 2) & ~model):
            above = (codes[1:] & pair) == pair
            seen, mean = int(counts[above].sum()), float(fit.fitted[0][above].sum())
            p = min(float(pdtr(seen, mean)), float(pdtrc(seen - 1, mean)) if seen else 1.0)
            bigger = model.copy()
            bigger[pair] = True
            if p < best_p and fit_models(counts, bigger[None]).code[0] == 0:
                best, best_p = int(pair), p
        if best < 0:
            return model
        model = model.copy()
        model[best] = True


def _fitted(name: str, counts: NDArray[np.int64], model: BoolArray, *, times: float) -> Truth:
    fit = fit_models(counts, model[None])
    expected = np.concatenate([[times * fit.n_unlisted[0]], fit.fitted[0]])
    if not np.isfinite(expected).all():
        raise ValueError(f"the model of '{name}' has no estimate")
    return Truth(
        name=name,
        family="log-linear" if times == 1 else "dependence beyond the models",
        n_people=round(expected.sum()),
        probabilities=expected / expected.sum(),
    )
