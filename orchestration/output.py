"""How commands speak: text for people, JSON for scripts, one line for what went wrong.

Formatting of business figures belongs to `reports.format`.
"""

import json
import sys
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import click

from crm_core import clock
from crm_core.config import settings
from crm_core.errors import CrmError


def plain(value: Any) -> Any:
    """A value as JSON can hold it: decimals and ids as text, so that no digit is lost."""
    if is_dataclass(value) and not isinstance(value, type):
        return plain(asdict(value))
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [plain(item) for item in value]
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Decimal | UUID | Path):
        return str(value)
    return value


def say(as_json: bool, value: Any, text: str) -> None:
    """Print `value` as JSON, or `text` for people."""
    click.echo(json.dumps(plain(value), ensure_ascii=False) if as_json else text)


def table(heads: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    """Rows as aligned text; numbers to the right."""
    cells = [["–" if cell is None else str(cell) for cell in row] for row in rows]
    widths = [max([len(head), *(len(row[i]) for row in cells)]) for i, head in enumerate(heads)]
    right = [bool(rows) and all(_numeric(row[i]) for row in rows) for i in range(len(heads))]

    def line(row: Sequence[str]) -> str:
        return "  ".join(
            cell.rjust(width) if to_right else cell.ljust(width)
            for cell, width, to_right in zip(row, widths, right, strict=True)
        ).rstrip()

    return "\n".join([line(list(heads)), line(["-" * w for w in widths]), *map(line, cells)])


def _numeric(value: Any) -> bool:
    return value is None or (isinstance(value, int | float | Decimal) and value is not True)


def guarded(run: Callable[[], Any]) -> int:
    """Run a command; an error becomes one line on standard error and an exit code."""
    try:
        run()
    except CrmError as error:
        click.echo(f"crm: {error.line}", err=True)
        return 1
    except click.exceptions.Exit as stop:
        return stop.exit_code
    except click.ClickException as error:
        click.echo(f"crm: {' '.join(error.format_message().split())}", err=True)
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        click.echo("crm: stopped", err=True)
        return 130
    except BrokenPipeError:
        return 141
    except Exception as error:  # noqa: BLE001 - the edge: the details go to the log, not to people
        line = " ".join(str(error).split())[:200]
        click.echo(
            f"crm: unexpected {type(error).__name__}: {line} (details in {_log(error)})", err=True
        )
        return 70
    return 0


def _log(error: BaseException) -> Path:
    path = settings().log_dir / "crm.log"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as log:
        log.write(f"{clock.now().isoformat()} {' '.join(sys.argv[1:])}\n")
        traceback.print_exception(error, file=log)
    return path
