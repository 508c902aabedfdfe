"""The `crm` command: its words, and where each is found.

Each word's work is in `orchestration.commands`; modules are imported when their word is used.
"""

import importlib
import os
import sys
from collections.abc import Sequence
from keyword import iskeyword

import click

from orchestration.output import guarded

WORDS = {
    "demo": ("demo", "Everything, from nothing: the demo company, published and served."),
    "up": ("services", "Start the app and Dagster."),
    "down": ("services", "Stop everything this installation runs."),
    "status": ("services", "What runs, and what is published."),
    "db": ("db", "The core's database."),
    "simulate": ("simulate", "Write the demo company into the core."),
    "import": ("importing", "Another CRM's export into a tenant of its own."),
    "pipeline": ("pipeline", "Extract, build, audit, publish."),
    "upkeep": ("upkeep", "What the business does by itself once a day."),
    "metric": ("metric", "A number, as a user sees it."),
    "sql": ("sql", "The analyst's door."),
    "report": ("report", "Render, verify and deliver reports."),
    "alert": ("schedule", "Rules over metrics that tell people once."),
    "forecast": ("forecast", "Forecasts, what levers would change, and backtests."),
    "audit": ("audit", "Check and seal the audit trail."),
    "privacy": ("privacy", "A customer's data: export, erase; and the keys to it."),
    "verify": ("verify", "The product checks itself."),
    "bench": ("bench", "Figures of this machine, beside a peer and the limit."),
    "doctor": ("doctor", "What is wrong with this machine, and how to mend it."),
}


class Words(click.Group):
    """Loads a word's module only when the word is used, so that `crm sql` stays quick."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(WORDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in WORDS:
            return None
        module = importlib.import_module(f"orchestration.commands.{WORDS[name][0]}")
        command: click.Command = getattr(module, f"{name}_" if iskeyword(name) else name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(word, text) for word, (_, text) in WORDS.items()])


@click.command(cls=Words, context_settings={"help_option_names": ["-h", "--help"]})
def crm() -> None:
    """C&C CRM: record, measure, forecast and report the work of a moving company."""


def run(words: Sequence[str]) -> int:
    """One command, as if typed; its exit code."""
    return guarded(lambda: crm.main(list(words), prog_name="crm", standalone_mode=False))


def main() -> None:
    """Entry of the console script."""
    os.environ.setdefault("DAGSTER_DISABLE_TELEMETRY", "1")
    sys.exit(run(sys.argv[1:]))
