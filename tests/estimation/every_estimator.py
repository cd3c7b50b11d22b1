"""Every estimator there is, made cheap: samplers with the least effort, bootstraps with the fewest replicates."""

from dataclasses import fields, replace

from uncounted.estimation import ENTRIES, expand, registry
from uncounted.estimation.latent_class import LatentClasses
from uncounted.estimation.selection import SelectedModel
from uncounted.estimation.shrinkage import Shrinkage

CLOSED = (
    "chapman",
    "chao",
    "chao-unequal",
    "loglinear-independence",
    "loglinear-best",
    "loglinear-average",
    "loglinear-stepwise",
    "no-highest-order",
    "independent",
    "marginal",
)


def cheap(estimator):
    """Return an estimator that does as little as it can: what is tested is what it may say, not how exactly."""
    names = {f.name for f in fields(estimator)}
    if "effort" in names:
        least = {"n_chains": 4, "n_warmup": 20, "n_draws": 30, "n_stages": 4, "most": 1}
        known = {f.name for f in fields(estimator.effort)}
        least["n_steps"] = min(estimator.effort.n_steps, 20)
        estimator = replace(
            estimator, effort=replace(estimator.effort, **{k: v for k, v in least.items() if k in known})
        )
    if "compare_priors" in names:
        estimator = replace(estimator, compare_priors=False)
    if isinstance(estimator, SelectedModel):
        estimator = replace(estimator, replicates=100, compare=False)
    return estimator


def some_of_each_kind(estimators, most):
    """Return the estimators with a few of those that name lists: the first `most` of each kind."""
    kept, of_kind = [], {}
    for one in estimators:
        kind, colon, _ = one.id.partition(":")
        of_kind[kind] = of_kind.get(kind, 0) + 1
        if not colon or of_kind[kind] <= most:
            kept.append(one)
    return kept


def every_estimator(lists, *, most=3):
    """Return an instance of each kind of estimator for lists of these names, by id; of those of pairs, `most`."""
    groups = dict.fromkeys(entry.group for entry in ENTRIES if entry.group)
    names = [*groups, *(entry.id for entry in ENTRIES if not entry.takes)]  # also what no group runs for so few lists
    if len(lists) > 1:
        names += [f"odds:{lists[0]},{lists[1]}=2", "dependence:no-highest-order", "dependence:loglinear-average"]
    if 1 < len(lists) <= 9:
        names.append("loglinear:[12" + "".join(f",{j + 1}" for j in range(2, len(lists))) + "]")
    found = expand(names, lists)
    return {one.id: cheap(one) for one in some_of_each_kind(found, most)}


def make_defaults_cheap(monkeypatch):
    """Let `estimate` itself take the cheap samplers: they are among its defaults."""
    monkeypatch.setattr(registry, "LatentClasses", lambda **options: cheap(LatentClasses(**options)))
    monkeypatch.setattr(registry, "Shrinkage", lambda **options: cheap(Shrinkage(**options)))
