"""The process of `crm up` that seals the audit trail every two seconds.

Sealing itself is in `crm_core.security.audit_seals`.
"""

from crm_core import clock
from crm_core.security.audit_seals import OutsideHeads, seal_now
from orchestration.loop import forever

EVERY_SECONDS = 2.0


def main() -> None:
    """Seal until stopped."""
    outside = OutsideHeads()
    forever(EVERY_SECONDS, lambda: seal_now(clock.now(), outside))


if __name__ == "__main__":
    main()
