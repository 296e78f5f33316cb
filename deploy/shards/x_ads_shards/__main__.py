"""The command `x-ads-shard`: runs one shard and ends with the tap's exit code."""

from __future__ import annotations

import argparse
import sys

from x_ads_shards.ending import Advice
from x_ads_shards.pipeline import run_shard
from x_ads_shards.shard import Project, Shard


def main() -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(prog="x-ads-shard", description=__doc__)
    parser.add_argument("name", help="names the shard's state and report; the same in every run")
    parser.add_argument("--accounts", default="", help="ads accounts, comma-separated")
    parser.add_argument("--streams", default="", help="streams, comma-separated; default: the selection of meltano.yml")
    parser.add_argument("--max-jobs", type=int, help="jobs in flight per account")
    options = parser.parse_args()
    shard = Shard(options.name, _words(options.accounts), _words(options.streams), options.max_jobs)
    ending = run_shard(Project.of_environment(), shard, lambda line: print(line, file=sys.stderr, flush=True))
    print(f"x-ads-shard: {shard.name} ended with exit code {ending.exit_code}: {ending.advice.value}", file=sys.stderr)
    if ending.advice is Advice.REPAIR:
        print(f"x-ads-shard: {ending.words}", file=sys.stderr)
    return ending.exit_code


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.split(",") if word.strip())


if __name__ == "__main__":
    sys.exit(main())
