"""Effects add up to the move, whatever the cells, and the planted cause comes first."""

from decimal import Decimal

import numpy as np
import polars as pl
import pytest

from transforms.insight.decompose import EFFECTS, decompose

BRANCHES, SEGMENTS = 6, 3


def cells(volume_0: object, value_0: object, volume_1: object, value_1: object) -> pl.DataFrame:
    branch = np.repeat(np.arange(BRANCHES), SEGMENTS)
    segment = np.tile(np.arange(SEGMENTS), BRANCHES)
    return pl.DataFrame(
        {
            "branch": [f"b{n}" for n in branch],
            "segment": [f"s{n}" for n in segment],
            "volume_0": volume_0,
            "value_0": value_0,
            "volume_1": volume_1,
            "value_1": value_1,
        },
        strict=False,
    )


def money(amounts: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> list[Decimal]:
    return [Decimal(f"{amount:.2f}") for amount in amounts.ravel()]


def random_move(rng: np.random.Generator) -> pl.DataFrame:
    """Anything: empty cells, closed branches, credits, value without work."""
    size = (2, BRANCHES, SEGMENTS)
    volume = rng.poisson(rng.choice([0.3, 5, 300], size))
    volume[rng.integers(0, 2), rng.integers(0, BRANCHES)] *= rng.integers(0, 2)
    value = volume * rng.lognormal(6, 1, size) * rng.choice([1, 1, 1, -1], size)
    value += rng.choice([0, 0, 0, 1], size) * rng.normal(0, 500, size)
    return cells(volume[0].ravel(), money(value[0]), volume[1].ravel(), money(value[1]))


@pytest.mark.parametrize("is_ratio", [False, True])
def test_effects_add_up_to_the_cent_on_a_thousand_moves(is_ratio: bool) -> None:
    rng = np.random.default_rng(7)
    for _ in range(500):
        frame = random_move(rng)
        days = (float(rng.integers(0, 24)), float(rng.integers(1, 24)))
        move = decompose(frame, days, is_ratio=is_ratio)
        value = [sum(frame[f"value_{at}"].to_list(), Decimal(0)) for at in (0, 1)]
        if is_ratio:
            work = [sum(frame[f"volume_{at}"].to_list()) for at in (0, 1)]
            value = [
                (value[at] / work[at] if work[at] else Decimal(0)).quantize(
                    Decimal("0.01"), "ROUND_HALF_UP"
                )
                for at in (0, 1)
            ]
            assert move.effects["calendar"] == 0 or not all(work)
        assert move.change == value[1] - value[0]
        assert sum(move.effects.values()) == move.change
        assert set(move.effects) == set(EFFECTS)
        # The parts per cell are the same effects, but for the cent that rounding moves.
        for effect, amount in move.effects.items():
            assert abs(float(amount) - move.parts[effect].sum()) < 0.06


CAUSES = {
    "calendar": {"days": 0.85},
    "volume": {"daily": 1.15},
    "branch": {"share": True},
    "mix": {"mix": True},
    "rate": {"rate": 1.15},
}


def planted(rng: np.random.Generator, cause: str) -> tuple[pl.DataFrame, tuple[float, float]]:
    """Two months of a network in which one thing changed, and all else only by chance."""
    share = rng.dirichlet(np.full(BRANCHES, 8.0))
    mix = rng.dirichlet([6.0, 3.0, 2.0], BRANCHES)
    # Large branches and large moves bring more per job: else no shift would matter.
    rate = 1200 * np.array([0.6, 1.1, 2.6]) * np.sort(rng.uniform(0.5, 1.9, BRANCHES))[:, None]
    days, daily = np.array([21.0, 21.0]), np.array([55.0, 55.0])
    shares, mixes, rates = [share, share], [mix, mix], [rate, rate]
    if cause == "calendar":
        days[1] = 18
    elif cause == "volume":
        daily[1] *= 1.15
    elif cause == "branch":
        moved = share * np.where(np.arange(BRANCHES) < BRANCHES // 2, 0.3, 1.0)
        shares[1] = moved / moved.sum()
    elif cause == "mix":
        moved = mix * np.array([0.6, 1.0, 1.6])
        mixes[1] = moved / moved.sum(axis=1, keepdims=True)
    else:
        rates[1] = rate * 1.15
    frames = []
    for at in (0, 1):
        mean = days[at] * daily[at] * shares[at][:, None] * mixes[at]
        volume = rng.poisson(mean)
        value = volume * rates[at] * (1 + 0.3 * rng.standard_normal(mean.shape) / np.sqrt(mean))
        frames.append((volume.ravel(), money(value)))
    return cells(*frames[0], *frames[1]), (float(days[0]), float(days[1]))


def test_the_planted_cause_comes_first_in_nearly_all_months() -> None:
    rng = np.random.default_rng(11)
    first = dict.fromkeys(CAUSES, 0)
    for cause in CAUSES:
        for _ in range(60):
            frame, days = planted(rng, cause)
            first[cause] += decompose(frame, days).ranked[0][0] == cause
    assert sum(first.values()) >= 0.95 * 60 * len(CAUSES), first


def test_a_closed_branch_is_a_shift_between_branches() -> None:
    volume = np.full((BRANCHES, SEGMENTS), 10)
    closed = volume.copy()
    closed[0] = 0
    closed[1] = 20
    value = volume * 100.0
    value[0] = 2000.0
    after = closed * 100.0
    move = decompose(cells(volume.ravel(), money(value), closed.ravel(), money(after)))
    assert move.effects["branch"] == move.change == Decimal("-3000.00")


def test_nothing_to_compare_with_is_all_volume() -> None:
    none, work = np.zeros(18, dtype=int), np.full(18, 4)
    move = decompose(cells(none, money(none * 1.0), work, money(work * 25.0)), (20.0, 20.0))
    assert move.effects["volume"] == move.change == Decimal("1800.00")
    assert decompose(cells(none, none, none, none)).change == 0
