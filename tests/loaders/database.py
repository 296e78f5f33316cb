"""A schema of PostgreSQL, and the target that loads into it."""

from __future__ import annotations

import io
import json
import typing as t
from dataclasses import dataclass

from target_postgres_adbc.target import TargetPostgresAdbc

if t.TYPE_CHECKING:
    import psycopg
    from throwaway_postgres import PostgresServer

Message = dict[str, t.Any]


@dataclass(frozen=True)
class Database:
    """One schema."""

    server: PostgresServer
    schema: str
    connected: psycopg.Connection

    @property
    def config(self) -> dict[str, t.Any]:
        """Settings of the target."""
        server = self.server
        return {
            "host": server.host,
            "port": server.port,
            "user": server.user,
            "password": server.password,
            "database": server.database,
            "default_target_schema": self.schema,
        }

    def load(self, *messages: Message, **config: t.Any) -> None:
        """Run the target over `messages`."""
        lines = io.StringIO("".join(json.dumps(message) + "\n" for message in messages))
        target = TargetPostgresAdbc(config=self.config | config)
        with target.resources:
            target.listen(lines)

    def query(self, sql: str) -> list[tuple[t.Any, ...]]:
        """Return the rows of `sql`, in which `{}` stands for the schema."""
        return self.connected.execute(sql.replace("{}", self.schema).encode()).fetchall()


def schema(properties: Message, key: t.Sequence[str] = ("id",), stream: str = "things") -> Message:
    """A SCHEMA message; types are written short: `{"id": "string"}`."""
    full = {name: prop if isinstance(prop, dict) else {"type": [prop, "null"]} for name, prop in properties.items()}
    return {
        "type": "SCHEMA",
        "stream": stream,
        "schema": {"type": "object", "properties": full},
        "key_properties": list(key),
    }


def record(stream: str = "things", /, **values: t.Any) -> Message:
    """A RECORD message."""
    return {"type": "RECORD", "stream": stream, "record": values}


def state(value: t.Any) -> Message:
    """A STATE message."""
    return {"type": "STATE", "value": value}


def batch(form: str, compression: str | None, *files: str, **members: t.Any) -> Message:
    """A BATCH message."""
    encoding = {"format": form, "compression": compression}
    return {"type": "BATCH", "stream": "things", "encoding": encoding, "manifest": list(files), **members}
