"""Secrets of this installation, made at first use under `var/keys`, readable by their owner only.

Encryption with them is in `crm_core.security.encryption`.
"""

import secrets
from pathlib import Path

from crm_core.config import settings


def secret(name: str) -> str:
    """64 hexadecimal characters kept in `var/keys/<name>`; made by whoever asks first."""
    path = settings().keys_dir / name
    if not path.exists():
        _make(path)
    return path.read_text().strip()


def database_password(role: str) -> str:
    """The password of one of our database roles."""
    return secret(f"{role}.password")


def _make(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    draft.touch(mode=0o600)
    draft.write_text(secrets.token_hex(32))
    try:
        path.hardlink_to(draft)  # atomic, and keeps the first when two processes meet here
    except FileExistsError:
        pass
    finally:
        draft.unlink()
