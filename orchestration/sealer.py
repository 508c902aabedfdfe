"""The process of `crm up` that seals the audit trail every two seconds.

Sealing itself is in `crm_core.security.audit_seals`.
"""

import sys
import time

import psycopg

from crm_core import clock
from crm_core.errors import CrmError
from crm_core.security.audit_seals import OutsideHeads, seal_now

EVERY_SECONDS = 2.0


def main() -> None:
    """Seal until stopped; what goes wrong is written to the log once, and tried again."""
    outside, said = OutsideHeads(), ""
    while True:
        try:
            seal_now(clock.now(), outside)
            said = ""
        except (CrmError, psycopg.Error, OSError) as error:
            line = " ".join(f"{type(error).__name__}: {error}".split())
            if line != said:
                sys.stderr.write(f"{clock.now().isoformat()} {line}\n")
                said = line
        time.sleep(EVERY_SECONDS)


if __name__ == "__main__":
    main()
