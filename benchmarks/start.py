"""How long `--about` and `--discover` take, beside the import of the SDK alone.

python benchmarks/start.py
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from functools import partial

from bench import best_of, machine, verdict

MAX_RATIO = 2.0
COMMANDS = {
    "import singer_sdk": ["-c", "import singer_sdk"],
    "tap --about": ["-m", "tap_twitter_ads_async", "--about"],
    "tap --discover": ["-m", "tap_twitter_ads_async", "--discover"],
}


def run(arguments: list[str]) -> None:
    """Run this Python with arguments, without its output."""
    subprocess.run([sys.executable, *arguments], check=True, capture_output=True)


def main() -> None:
    """Time the commands in turn."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--runs", type=int, default=7)
    options = parser.parse_args()
    print(f"{machine()}; best of {options.runs}")
    best = best_of(options.runs, {name: partial(run, a) for name, a in COMMANDS.items()})
    baseline = best["import singer_sdk"].wall
    for name, took in best.items():
        print(f"{name:<18}{took.wall:7.3f} s")
    for name in list(COMMANDS)[1:]:
        print(f"  {name}: {verdict(best[name].wall / baseline, MAX_RATIO)}")


if __name__ == "__main__":
    main()
