"""A secret key for installations that were given none."""

from pathlib import Path
from secrets import token_urlsafe


def demo_secret_key(folder: Path) -> str:
    """Return the key kept in `folder`, making it on first use, readable by its owner only."""
    path = folder / "secret-key"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(token_urlsafe(48))
    return path.read_text()
