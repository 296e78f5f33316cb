"""Builds the dbt package for Snowflake on fakesnow, a stand-in for Snowflake that runs in this process.

    snowflake_stand_in.py TABLES.sql MARTS.json [dbt's arguments]

Runs the statements of a file, then dbt, and writes all rows of the marts as JSON. The SQL is that of dbt-snowflake for
the models, unchanged. Two statements of dbt itself are put in words that fakesnow knows: SHOW OBJECTS IN a schema, and
temporary tables, which it has none of. fakesnow translates for DuckDB: this proves the SQL's form and what it computes,
not Snowflake's own rules for types.
"""

from __future__ import annotations

import json
import re
import sys
import typing as t
from contextlib import closing
from pathlib import Path

import fakesnow
import snowflake.connector
from dbt.cli.main import dbtRunner
from fakesnow.cursor import FakeSnowflakeCursor

DATABASE = "WAREHOUSE"
_REWORDED = (
    (re.compile(r"show objects in (?!schema)"), "show objects in schema "),
    (re.compile(r"create or replace temporary table"), "create or replace table"),
)


def reword() -> None:
    """Have fakesnow get the few statements that it does not know in other words."""
    execute = FakeSnowflakeCursor.execute

    def reworded(cursor: t.Any, command: str, *arguments: t.Any, **options: t.Any) -> t.Any:
        for pattern, words in _REWORDED:
            command = pattern.sub(words, command)
        return execute(cursor, command, *arguments, **options)

    FakeSnowflakeCursor.execute = reworded  # the stand-in's own class: there is no other way in


def connect() -> snowflake.connector.SnowflakeConnection:
    """Connect to the database, which fakesnow makes."""
    return snowflake.connector.connect(user="u", account="a", password="p", database=DATABASE, schema="PUBLIC")


def marts() -> dict[str, t.Any]:
    """Return the rows of every mart, by table and column."""
    found = {}
    with closing(connect()) as connection, closing(connection.cursor()) as cursor:
        cursor.execute("SELECT table_name FROM information_schema.tables WHERE table_schema = 'X_ADS'")
        for (table,) in cursor.fetchall():
            cursor.execute(f"SELECT * FROM {DATABASE}.X_ADS.{table}")  # noqa: S608 - names of our own
            names = [column[0].lower() for column in cursor.description]
            found[table.lower()] = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    return found


def main() -> int:
    """Run it; the exit code is 1 if dbt found anything wrong."""
    tables, output, *arguments = sys.argv[1:]
    reword()
    with fakesnow.patch():
        with closing(connect()) as connection, closing(connection.cursor()) as cursor:
            for statement in filter(str.strip, Path(tables).read_text("utf-8").split(";\n")):
                cursor.execute(statement)
        if not dbtRunner().invoke([*arguments, "--threads", "1"]).success:  # fakesnow takes one statement at a time
            return 1
        Path(output).write_text(json.dumps(marts(), default=str), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
