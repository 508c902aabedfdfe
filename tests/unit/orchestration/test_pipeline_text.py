"""What a run of the pipeline says to people."""

from datetime import UTC, datetime

from orchestration.pipeline import PipelineRun
from transforms.lake.extract import ExtractResult

AT = datetime(2026, 11, 20, 18, tzinfo=UTC)


def test_what_was_mended_is_said_even_when_nothing_is_published() -> None:
    line = "core__status_events of tenant 1: 2 rows were missing, 0 different, 0 too many"
    extracted = ExtractResult(
        {}, fence=1, generation=1, seconds=0.1, lake_snapshot=1, as_of=AT, is_full=False,
        mended=(line,),
    )  # fmt: skip
    done = PipelineRun((), extracted, None, ())
    mended, nothing = done.text.split("\n")
    assert mended == f"Mended: {line}"
    assert nothing.startswith("Nothing changed")
    assert done.payload["mended"] == (line,)
