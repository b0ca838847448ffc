"""Work on many records at a time, without Python looking for cycles among them meanwhile."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def unswept() -> Iterator[None]:
    """Put off the collection of cycles in this process until the block ends.

    Some thousand records make hundreds of thousands of objects, none of them in a cycle, and each few hundred make
    Python walk through them again: a third of what a page of edits cost (measured). For short blocks only.
    """
    if not gc.isenabled():  # Somebody has put it off already, and lets it go on.
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
