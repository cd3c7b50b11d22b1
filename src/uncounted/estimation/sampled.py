"""What is known of the samplers behind an estimate: over several strata and linkage draws, the worst of each."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from uncounted.estimation.result import Mode, Sampling


def worst_sampling(parts: Sequence[Sampling]) -> Sampling | None:
    """Return one account of many samplers: nothing in it is better than in the worst of them.

    Modes are those of the part whose chains disagree most; with several parts they speak of that part alone.
    """
    if not parts:
        return None
    if len(parts) == 1:
        return parts[0]
    return Sampling(
        converged=all(p.converged for p in parts),
        r_hat=max(p.r_hat for p in parts),
        ess=min(p.ess for p in parts),
        n_chains=min(p.n_chains for p in parts),
        n_draws=min(p.n_draws for p in parts),
        effort=max(p.effort for p in parts),
        chain_ratio=max(p.chain_ratio for p in parts),
        modes=_modes(parts),
        prior_low=_known(parts, lambda p: p.prior_low, min),
        prior_median=_known(parts, lambda p: p.prior_median, max),
        prior_high=_known(parts, lambda p: p.prior_high, max),
        prior_width=_known(parts, lambda p: p.prior_width, max),
        prior_shift=_known(parts, lambda p: p.prior_shift, max),
        reachable_share=_known(parts, lambda p: p.reachable_share, min),
    )


def _modes(parts: Sequence[Sampling]) -> tuple[Mode, ...]:
    return max(parts, key=lambda p: (not p.converged, p.chain_ratio)).modes


def _known(
    parts: Sequence[Sampling], value: Callable[[Sampling], float], worst: Callable[[Sequence[float]], float]
) -> float:
    """Return the worst value among those that are known, NaN if none is."""
    values = [v for p in parts if (v := value(p)) == v]
    return worst(values) if values else float("nan")
