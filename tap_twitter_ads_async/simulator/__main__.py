"""`x-ads-simulator`: serve a simulated X Ads API, or print its truth."""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import threading
import typing as t
from dataclasses import fields
from pathlib import Path

from tap_twitter_ads_async.simulator.options import SimulatorOptions

try:
    from tap_twitter_ads_async.simulator.server import Simulator
    from tap_twitter_ads_async.simulator.simulation import Simulation
except ModuleNotFoundError as missing:
    if missing.name != "aiohttp":
        raise
    sys.exit(
        "x-ads-simulator needs aiohttp, which the extra 'simulator' brings: "
        "pip install 'tap-twitter-ads-async[simulator]'"
    )

if t.TYPE_CHECKING:
    from collections.abc import Sequence

_RENAMED = {"faults": "fault"}


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; serve until SIGTERM or SIGINT."""
    arguments = _parser().parse_args(argv)
    options = _options(arguments)
    if arguments.print_truth:
        for row in Simulation(options).truth(**_question(arguments.print_truth)):
            print(json.dumps(row))  # noqa: T201 - the command's output
        return 0
    stopped = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())
    with Simulator(options) as simulator:
        _announce(simulator, arguments.ready_file)
        stopped.wait()
    return 0


def _announce(simulator: Simulator, ready_file: str | None) -> None:
    config = simulator.config()
    text = json.dumps({"api_url": simulator.api_url, "files_url": simulator.files_url, "config": config})
    if ready_file:
        partial = Path(f"{ready_file}.partial")
        partial.write_text(text + "\n", encoding="utf-8")
        partial.replace(ready_file)
    print(text, flush=True)  # noqa: T201 - the command's output


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="x-ads-simulator",
        description="A local stand-in for the X Ads API. Prints one JSON line when it is ready.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    for item in fields(SimulatorOptions):
        name = "--" + _RENAMED.get(item.name, item.name).replace("_", "-")
        parser.add_argument(name, dest=item.name, help=item.metadata["help"], **_kind(item.name, item.default))
    parser.add_argument("--ready-file", help="write the JSON line there as well, at once and whole")
    parser.add_argument(
        "--print-truth",
        nargs="+",
        metavar="KEY=VALUE",
        help="print the figures as JSON lines and end: account_id= entity= granularity= start= end= [placement= ...]",
    )
    return parser


def _kind(name: str, default: t.Any) -> dict[str, t.Any]:
    if name == "faults":
        return {"action": "append", "default": [], "metavar": "FAULT"}
    if name == "ticking" or isinstance(default, bool):
        return {"action": argparse.BooleanOptionalAction, "default": default}
    if isinstance(default, tuple):
        return {"type": _words, "default": default, "metavar": "A,B"}
    return {"type": type(default) if isinstance(default, (int, float)) else str, "default": default}


def _words(text: str) -> tuple[str, ...]:
    return tuple(word for word in text.split(",") if word)


def _options(arguments: argparse.Namespace) -> SimulatorOptions:
    values = {item.name: getattr(arguments, item.name) for item in fields(SimulatorOptions)}
    return SimulatorOptions(**values | {"faults": tuple(values["faults"])})


def _question(words: list[str]) -> dict[str, t.Any]:
    return {key: value for key, _, value in (word.partition("=") for word in words)}


if __name__ == "__main__":
    code = main()
    # Worker threads that still build a result file must not hold the process up.
    sys.stdout.flush()
    os._exit(code)
