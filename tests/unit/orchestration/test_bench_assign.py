"""`crm bench assign` prints its figures with limits; the days here are small."""

from crm_core.optimisation.sample import sample_day
from orchestration.bench_assign import bench_assign


def test_figures_of_each_day_and_of_all() -> None:
    said: list[str] = []
    days = [sample_day(number, jobs=10, trucks=4) for number in (1, 2)]
    figures = {each.figure: each for each in bench_assign(days, said.append, deadline=0.5)}
    assert len(said) == 2 and said[0].startswith("day 1: 10 jobs")
    for name in ("assign day 2, 10 jobs: violations", "assign 2 days: violations"):
        assert (figures[name].measured, figures[name].is_met) == (0, True)
    drive = figures["assign 2 days: drive"]
    assert drive.peer and drive.ratio == round(drive.measured / drive.peer, 3)
    assert drive.limit == 0.85 and drive.is_met == (drive.ratio <= 0.85)
    late = figures["assign 2 days: late starts"]
    assert late.limit == late.peer and late.is_met
