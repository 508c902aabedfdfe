"""The result as JSON: everything it holds, decimals as text, so that nothing is lost.

The shape is that of `reports.result.ReportResult`, which reads it back.
"""

from reports.renderers.file import RenderedFile, file_name
from reports.result import ReportResult


def render(result: ReportResult) -> RenderedFile:
    """The result as UTF-8 JSON."""
    content = result.model_dump_json(indent=2).encode() + b"\n"
    return RenderedFile(file_name(result.header, "json"), "application/json", content)
