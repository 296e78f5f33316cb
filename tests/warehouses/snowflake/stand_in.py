"""The real target-snowflake in front of fakesnow, a stand-in for Snowflake that runs in this process.

    stand_in.py load FOLDER --config FILE   like target-snowflake, into database files in FOLDER
    stand_in.py dump FOLDER SCHEMA          prints tables, types and rows of a schema as JSON

Everything that the target does is its own code, down to the text of its MERGE. What fakesnow cannot do is done another
way here: it has no stage of the user, no query of a staged file, and no MERGE from a query. So files go through a named
stage into a table of one VARIANT column, and the target's statement gets that table instead of its stage.
"""

from __future__ import annotations

import json
import re
import sys
import typing as t
from contextlib import closing

import fakesnow
import snowflake.connector
from target_snowflake.connector import SnowflakeConnector
from target_snowflake.sinks import SnowflakeSink
from target_snowflake.target import TargetSnowflake
from typing_extensions import override

if t.TYPE_CHECKING:
    from collections.abc import Sequence

    import sqlalchemy

DATABASE = "WAREHOUSE"
STAGED_FILE = re.compile(r"'@~/target-snowflake/[^']*'(\(file_format => [^)]*\))?")
MERGE = re.compile(r"(?P<into>merge into .*? using )\((?P<query>select .*)\) (?P<rest>s on .*)", re.DOTALL)
COPY = re.compile(r"copy (?P<into>into .*?) from \((?P<query>select .*)\)file_format = .*", re.DOTALL)


class StandInConnector(SnowflakeConnector):  # type: ignore[misc]  # untyped outside its own environment
    """The target's connector, except for the steps that touch staged files."""

    @override
    def put_batches_to_stage(self, sync_id: str, files: Sequence[str]) -> None:
        with self._connect() as connection, connection.begin():
            connection.exec_driver_sql(f"create stage if not exists {self._schema}.FILES")
            for file in files:
                connection.exec_driver_sql(f"put '{file}' @{self._schema}.FILES/{sync_id}")

    @override
    def merge_from_stage(
        self,
        full_table_name: t.Any,
        schema: dict[str, t.Any],
        sync_id: str,
        file_format: str,
        key_properties: Sequence[str],
    ) -> int:
        statement, _ = self._get_merge_from_stage_statement(
            full_table_name, schema, sync_id, file_format, key_properties
        )
        with self._connect() as connection, connection.begin():
            staged = self._read_stage(connection, sync_id)
            merge = _matched(MERGE, statement.text)
            source = f"{staged}_SOURCE"
            connection.exec_driver_sql(f"create table {source} as {_from_table(merge['query'], staged)}")
            counts = connection.exec_driver_sql(f"{merge['into']}{source} {merge['rest']}").fetchone()
            self._drop(connection, staged, source)
        return sum(counts)

    @override
    def copy_from_stage(self, full_table_name: t.Any, schema: dict[str, t.Any], sync_id: str, file_format: str) -> int:
        statement, _ = self._get_copy_statement(full_table_name, schema, sync_id, file_format)
        with self._connect() as connection, connection.begin():
            staged = self._read_stage(connection, sync_id)
            copy = _matched(COPY, statement.text)
            inserted = connection.exec_driver_sql(f"insert {copy['into']} {_from_table(copy['query'], staged)}")
            self._drop(connection, staged)
        return int(inserted.rowcount)

    @override
    def remove_staged_files(self, sync_id: str) -> None:
        """Leave them: fakesnow keeps its stages in a temporary folder."""

    @override
    def drop_file_format(self, file_format: str) -> None:
        """Leave it: fakesnow knows no DROP FILE FORMAT."""

    @property
    def _schema(self) -> str:
        return f"{DATABASE}.{self.config['default_target_schema'].upper()}"

    def _read_stage(self, connection: sqlalchemy.Connection, sync_id: str) -> str:
        """Put the staged files of a batch into a table of their own; return its name."""
        connection.exec_driver_sql(f"use schema {self._schema}")  # where fakesnow's MERGE keeps a table of its own
        staged = f"STAGED_{sync_id[-36:].replace('-', '_')}"
        connection.exec_driver_sql(f"create table {staged} (v variant)")
        connection.exec_driver_sql(
            f"copy into {staged} from @{self._schema}.FILES/{sync_id} file_format = (type = json)"
        )
        return staged

    @staticmethod
    def _drop(connection: sqlalchemy.Connection, *tables: str) -> None:
        for table in tables:
            connection.exec_driver_sql(f"drop table {table}")


def _matched(form: re.Pattern[str], statement: str) -> re.Match[str]:
    found = form.fullmatch(statement)
    if found is None:
        raise RuntimeError(f"target-snowflake says something new, which the stand-in has to learn: {statement[:300]}")
    return found


def _from_table(query: str, table: str) -> str:
    """Return a query of a staged file as one of a table: its one column for $1, its row numbers for SEQ8()."""
    return STAGED_FILE.sub(table, query).replace("$1:", "v:").replace("SEQ8()", "rowid")


class StandInSink(SnowflakeSink):  # type: ignore[misc]  # untyped outside its own environment
    """The target's sink with that connector."""

    connector_class = StandInConnector


class StandInTarget(TargetSnowflake):  # type: ignore[misc]  # untyped outside its own environment
    """The target with that sink."""

    default_sink_class = StandInSink

    @property
    @override
    def max_parallelism(self) -> int:
        """One: fakesnow refuses a second statement while one runs."""
        return 1


def connect() -> snowflake.connector.SnowflakeConnection:
    """Connect to the database; fakesnow makes it if it is not there."""
    return snowflake.connector.connect(user="u", account="a", password="p", database=DATABASE, schema="PUBLIC")


def dump(schema: str) -> dict[str, t.Any]:
    """Return types and rows of every table; values that JSON does not know as text."""
    with closing(connect()) as connection, closing(connection.cursor()) as cursor:
        cursor.execute(
            "SELECT table_name, column_name, data_type FROM information_schema.columns"
            " WHERE table_schema = %s ORDER BY ordinal_position",
            [schema],
        )
        tables: dict[str, t.Any] = {}
        for table, column, kind in cursor.fetchall():
            tables.setdefault(table, {"columns": {}})["columns"][column] = kind
        for table, found in tables.items():
            cursor.execute(f"SELECT * FROM {DATABASE}.{schema}.{table}")  # noqa: S608 - names of our own
            found["rows"] = cursor.fetchall()
    return tables


def main() -> None:
    """Run the target, or print what it loaded."""
    command, folder, *arguments = sys.argv[1:]
    with fakesnow.patch(db_path=folder):
        if command == "dump":
            sys.stdout.write(json.dumps(dump(*arguments), default=str))
            return
        connect().close()
        StandInTarget.cli(arguments)


if __name__ == "__main__":
    main()
