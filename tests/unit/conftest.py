"""How hypothesis draws in this room."""

from __future__ import annotations

import os

from hypothesis import settings

# No deadline: a shared machine has slow moments. Derandomized: a red build is red for everybody, every time.
settings.register_profile("unit", deadline=None, derandomize=True, max_examples=50)
if more := os.environ.get("HYPOTHESIS_MAX_EXAMPLES"):
    settings.register_profile("unit", deadline=None, max_examples=int(more))
settings.load_profile("unit")
