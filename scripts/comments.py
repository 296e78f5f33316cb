"""Prints SQL that gives loaded tables and columns the descriptions of the streams' schemas.

Loaders create tables from types alone. Run the output after a load, and again after an upgrade:

    .venv/bin/python scripts/comments.py postgres --schema x_ads > comments.sql

The output for PostgreSQL, Snowflake and BigQuery comments what exists and skips the rest. DuckDB has no such form, so
its tables and columns are read from the file.
"""

from __future__ import annotations

import argparse
import json
import sys
import typing as t
from itertools import groupby
from pathlib import Path

from tap_twitter_ads_async.tap import TapTwitterAdsAsync

if t.TYPE_CHECKING:
    from singer_sdk.streams import Stream

SECRETS = ("consumer_key", "consumer_secret", "access_token", "access_token_secret")
COLUMNS_OF_DUCKDB = """
    SELECT table_name, column_name FROM duckdb_columns()
    WHERE schema_name = ? AND table_name IN (SELECT table_name FROM duckdb_tables())
"""
PLACEHOLDERS = {**dict.fromkeys(SECRETS, "x"), "start_date": "2026-01-01"}


class Comment(t.NamedTuple):
    """What a table, or one of its columns, is called in words; `column` is None for the table itself."""

    table: str
    column: str | None
    text: str


def comments(config: t.Mapping[str, t.Any]) -> t.Iterator[Comment]:
    """Yield the descriptions of every stream that the settings give, personal data included.

    Args:
        config: Settings that add streams, such as `reports` and `segmentation_types`.
    """
    tap = TapTwitterAdsAsync(config={"personal_data": True, **PLACEHOLDERS, **config})
    for name, stream in tap.streams.items():
        yield Comment(name, None, stream.schema.get("description") or _about_stats(stream))
        for column, schema in stream.schema["properties"].items():
            if schema.get("description"):
                yield Comment(name, column, schema["description"])


def _about_stats(stream: Stream) -> str:
    """Describe a stats stream, which has no schema file of its own."""
    of = {"account_id", "entity_id", "start_time"}.symmetric_difference(stream.primary_keys)
    return f"Metrics of X Ads: one row per entity, time bucket, {', '.join(sorted(of))}. Recent rows still change."


def literal(text: str) -> str:
    """Return a string of standard SQL."""
    return "'" + text.replace("'", "''") + "'"


def quoted(*names: str) -> str:
    """Return an identifier of standard SQL, such as `"x_ads"."campaigns"`."""
    return ".".join('"' + name.replace('"', '""') + '"' for name in names)


def postgres(found: t.Iterable[Comment], schema: str) -> str:
    """Return one block that comments what there is of the tables and columns."""
    rows = ",\n".join(
        f"      ({literal(c.table)}, {literal(c.column) if c.column else 'NULL'}, {literal(c.text)})" for c in found
    )
    return f"""DO $comments$
DECLARE
  item record;
BEGIN
  FOR item IN
    SELECT wanted.* FROM (VALUES
{rows}
    ) AS wanted (relation, attribute, words)
    WHERE EXISTS (
      SELECT 1 FROM information_schema.columns AS c
      JOIN information_schema.tables AS t USING (table_schema, table_name)
      WHERE t.table_type = 'BASE TABLE' AND c.table_schema = {literal(schema)}
        AND c.table_name = wanted.relation AND c.column_name = coalesce(wanted.attribute, c.column_name)
    )
  LOOP
    IF item.attribute IS NULL THEN
      EXECUTE format('COMMENT ON TABLE %I.%I IS %L', {literal(schema)}, item.relation, item.words);
    ELSE
      EXECUTE format('COMMENT ON COLUMN %I.%I.%I IS %L', {literal(schema)}, item.relation, item.attribute, item.words);
    END IF;
  END LOOP;
END
$comments$;
"""  # noqa: S608 - our own schemas, as literals


def duckdb(found: t.Iterable[Comment], schema: str, held: t.Collection[tuple[str, str]]) -> str:
    """Return statements for the tables and columns that a DuckDB file holds."""
    tables = {table for table, _ in held}
    lines = []
    for c in found:
        if c.column and (c.table, c.column) in held:
            lines.append(f"COMMENT ON COLUMN {quoted(schema, c.table, c.column)} IS {literal(c.text)};")
        elif not c.column and c.table in tables:
            lines.append(f"COMMENT ON TABLE {quoted(schema, c.table)} IS {literal(c.text)};")
    return "\n".join(lines) + "\n"


def columns_of(database: Path, schema: str) -> set[tuple[str, str]]:
    """Return the tables and columns of a DuckDB file."""
    import duckdb as driver  # noqa: PLC0415 - only here, and not everybody has it

    with driver.connect(str(database), read_only=True) as connection:
        return set(connection.execute(COLUMNS_OF_DUCKDB, [schema]).fetchall())


def snowflake(found: t.Iterable[Comment], schema: str) -> str:
    """Return statements with the upper-case names that the loader makes."""
    lines = []
    for c in found:
        names = [name.upper() for name in (schema, c.table, c.column) if name]
        kind = "COLUMN" if c.column else "TABLE"
        lines.append(f"COMMENT IF EXISTS ON {kind} {quoted(*names)} IS {literal(c.text)};")
    return "\n".join(lines) + "\n"


def bigquery(found: t.Iterable[Comment], schema: str) -> str:
    """Return statements that set descriptions in a dataset.

    All columns of a table are one statement: BigQuery allows a table five changes in ten seconds.
    """
    statements = []
    for table, group in groupby(found, key=lambda c: c.table):
        options = [(c.column, f"SET OPTIONS (description = {json.dumps(c.text, ensure_ascii=False)})") for c in group]
        start = f"ALTER TABLE IF EXISTS `{schema}`.`{table}`"
        statements += [f"{start} {words};" for column, words in options if column is None]
        columns = [f"  ALTER COLUMN IF EXISTS `{column}` {words}" for column, words in options if column is not None]
        if columns:
            statements.append(f"{start}\n" + ",\n".join(columns) + ";")
    return "\n".join(statements) + "\n"


def main(argv: t.Sequence[str] | None = None) -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("dialect", choices=("postgres", "duckdb", "snowflake", "bigquery"))
    parser.add_argument("--schema", help="schema, or BigQuery's dataset, that holds the tables")
    parser.add_argument("--config", type=Path, help="the tap's settings, where they add streams")
    parser.add_argument("--database", type=Path, help="the DuckDB file")
    options = parser.parse_args(argv)
    config = json.loads(options.config.read_text("utf-8")) if options.config else {}
    found = comments(config)
    if options.dialect == "duckdb":
        if options.database is None:
            parser.error("duckdb needs --database, the file whose tables get the comments")
        schema = options.schema or "main"
        text = duckdb(found, schema, columns_of(options.database, schema))
    else:
        write = {"postgres": postgres, "snowflake": snowflake, "bigquery": bigquery}[options.dialect]
        text = write(found, options.schema or "tap_twitter_ads_async")
    sys.stdout.write(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
