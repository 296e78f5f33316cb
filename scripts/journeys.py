"""Run the tap again and again over worlds that change between the runs, and compare what a warehouse holds with them.

    uv run python scripts/journeys.py --worlds 20 --steps 8 --seed 7

Between runs time passes, figures are corrected and taken back, accounts change their time zone, dates in the
configuration move and this machine's clock goes wrong; during runs the API fails, and the pipeline is killed anywhere.
Each world is walked by day, by hour and in total. In the end every figure is compared.

Exit code 1 if anything is missing or wrong; the message names seed and rows. A run takes one to five seconds.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tests.chaos.journey import Journey

GRANULARITIES = ("DAY", "HOUR", "TOTAL")


def main() -> int:
    """Walk; return the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--worlds", type=int, default=10, help="how many worlds (default: 10)")
    parser.add_argument("--steps", type=int, default=8, help="runs in each, before the last ones (default: 8)")
    parser.add_argument("--seed", type=int, default=1, help="number of the first world")
    parser.add_argument("--granularity", choices=GRANULARITIES, help="only this one")
    parser.add_argument("--verbose", action="store_true", help="tell what happens")
    options = parser.parse_args()
    chosen = [options.granularity] if options.granularity else GRANULARITIES
    failed = 0
    for seed in range(options.seed, options.seed + options.worlds):
        for granularity in chosen:
            failed += not _walk(seed, granularity, options.steps, verbose=options.verbose)
    print(f"{failed} worlds came out wrong" if failed else "Everything is exact")
    return 1 if failed else 0


def _walk(seed: int, granularity: str, steps: int, *, verbose: bool) -> bool:
    told: list[str] = []

    def tell(words: str) -> None:
        told.append(words)
        if verbose:
            print(f"  {words}", flush=True)

    with tempfile.TemporaryDirectory(prefix="journey-") as directory:
        journey = Journey(Path(directory), seed, granularity, tell)
        try:
            with journey.sim:
                for _ in range(steps):
                    journey.step()
                print(f"World {seed} by {granularity}: {journey.conclude()} rows are exact", flush=True)
        except AssertionError as error:
            print(f"World {seed} by {granularity}: WRONG: {str(error)[:2000]}", *told, sep="\n  ", flush=True)
            return False
    return True


if __name__ == "__main__":
    sys.exit(main())
