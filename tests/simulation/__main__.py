"""`python -m tests.simulation --seeds 100 [--seed 17] [--jobs 2]`."""

from __future__ import annotations

import sys

from tests.simulation.place import set_up_django

if __name__ == "__main__":
    set_up_django()
    from tests.simulation.running import main

    sys.exit(main(sys.argv[1:]))
