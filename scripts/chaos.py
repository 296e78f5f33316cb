"""Run the tap in bad weather for a long time, and compare what a target holds with the truth.

    uv run python scripts/chaos.py --rounds 50 --seed 7
    uv run python scripts/chaos.py --rounds 50 --seed 7 --format parquet

Each round starts the tap as a process against a simulated API with random faults, and lets it end by itself, kills it
with SIGKILL, or ends it with SIGTERM, at a random moment. The next round starts from a STATE line that a target
would have flushed. In the end one run in fair weather completes the extraction; then every figure is compared.

`--every` concludes, with a new world, after so many rounds (default 10). Exit code 1 if anything is missing or wrong;
the message names seed and rows. A round takes some three seconds.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tests.chaos.storm import Storm


def main() -> int:
    """Run the rounds; return the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=50, help="how often the tap is run (default: 50)")
    parser.add_argument("--every", type=int, default=10, help="rounds per simulated world (default: 10)")
    parser.add_argument("--seed", type=int, default=1, help="number from which everything random is derived")
    parser.add_argument("--format", choices=["jsonl", "parquet"], help="batch files instead of RECORD lines")
    options = parser.parse_args()
    failed = 0
    for first in range(0, options.rounds, options.every):
        seed = options.seed * 1000 + first
        print(f"World {seed}", flush=True)
        failed += not _weather(seed, min(options.every, options.rounds - first), options.format)
    print(f"{failed} worlds came out wrong" if failed else "Everything is exact")
    return 1 if failed else 0


def _weather(seed: int, rounds: int, form: str | None) -> bool:
    with tempfile.TemporaryDirectory(prefix="chaos-") as directory:
        storm = Storm(Path(directory), seed, tell=lambda words: print(f"  {words}", flush=True), form=form)
        try:
            with storm.sim:
                storm.prepare()
                for _ in range(rounds):
                    storm.round()
                print(f"  {storm.conclude()} rows are exact", flush=True)
        except AssertionError as error:
            print(f"  WRONG in world {seed}: {error}", flush=True)
            return False
    return True


if __name__ == "__main__":
    sys.exit(main())
