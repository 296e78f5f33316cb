"""Asks the database that the tap's rows were loaded into, and prints the answer as a table."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

import duckdb
import psycopg
from dotenv import dotenv_values
from programs import ROOT
from tables import print_table
from warehouse import open_duckdb, open_postgres


def main() -> int:
    """Run the command line."""
    options = parse_options()
    sql = sys.stdin.read() if options.sql == "-" else options.sql
    # As for Meltano: the environment wins over .env.
    environment = {name: value for name, value in dotenv_values(ROOT / ".env").items() if value} | os.environ
    try:
        with open_duckdb(options.duckdb) if options.duckdb else open_postgres(environment) as warehouse:
            header, rows = warehouse.ask(sql)
    except (duckdb.Error, psycopg.Error) as failed:
        print(f"query: {failed}", file=sys.stderr)
        if isinstance(failed, psycopg.OperationalError):
            print(
                "query: which PostgreSQL? Read output/sandbox.env, or fill in TARGET_POSTGRES_… in .env",
                file=sys.stderr,
            )
        return 1
    if header:
        print_table(header, rows)
        print(f"  ({len(rows):,} row{'' if len(rows) == 1 else 's'})")
    return 0


def parse_options() -> argparse.Namespace:
    """Return the command line's options."""
    parser = argparse.ArgumentParser(
        prog="demo/query",
        description=__doc__,
        epilog="The PostgreSQL is the one that TARGET_POSTGRES_HOST and so on name in the environment or in .env; "
        "tables need no schema before their names.",
    )
    parser.add_argument("sql", metavar="SQL", help="what to ask; - reads it from standard input")
    parser.add_argument("--duckdb", type=Path, metavar="FILE", help="ask this DuckDB file instead of PostgreSQL")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
