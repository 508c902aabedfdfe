"""Schedulers to be killed: this process forks one for each line it reads, and says its pid.

Forked from a process that imported everything and has opened nothing, a scheduler starts in
milliseconds and dies like any other. Not a test.
"""

import os
import signal
import sys
import time
from contextlib import suppress
from datetime import timedelta
from urllib.parse import urlsplit
from uuid import UUID

from crm_core import clock
from crm_core.database import tenant_session
from crm_core.security.permissions import system_subject
from crm_core.services.reporting import occasions
from reports.delivery import ledger
from reports.delivery.plan import plan_of_definition
from reports.delivery.rounds import Desk, work
from reports.delivery.transport import Smtp
from reports.delivery.worker import worker
from tests.integration.reports.postal import TinyPress


def deliver(client_id: UUID, definition_id: UUID, url: str, ahead: timedelta) -> None:
    """Deliver until killed, by a clock that is wrong by so much."""
    system = system_subject(client_id)
    plan = plan_of_definition(system, definition_id)
    way_out = Smtp(urlsplit(url))
    with worker() as mine:
        while True:
            at = clock.now() + ahead
            ledger.recover(system, mine)
            with tenant_session(system) as session:
                found = occasions.open_ones(session, system)
            for occasion in found:
                work(Desk(system, mine, TinyPress(at), way_out, at), plan, occasion)
            time.sleep(0.01)


def main() -> None:
    """One line of hours in, one pid out."""
    client_id, definition_id, url = UUID(sys.argv[1]), UUID(sys.argv[2]), sys.argv[3]
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            with suppress(KeyboardInterrupt):
                deliver(client_id, definition_id, url, timedelta(hours=float(line)))
            os._exit(0)
        sys.stdout.write(f"{pid}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
