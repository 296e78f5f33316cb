"""A fresh clone of the working tree, and the sandbox in it, as a newcomer has them."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import typing as t
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.support.markdown import ROOT, Block
from tests.support.meltano_home import MeltanoHome

NAME = "tap-twitter-ads-async"
STOPPED_WITHIN_SECONDS = 30
PAGE_WITHIN_SECONDS = 400
_MARK = "\x1e"
_READY = "Ctrl-C stops"
_NOT_OURS = ("TAP_", "TARGET_", "MELTANO_", "PG", "VIRTUAL_ENV", "PYTHON", "PYTEST")


class BlockFailed(AssertionError):
    """A documented command that does not work; the message is what a reader would have seen."""


def _share_bytecode(environment: Path) -> None:
    """Take over what this checkout's environment has compiled of the same files; what does not fit, Python leaves."""
    for folder in (ROOT / environment.name / "lib").rglob("__pycache__"):
        own = environment / folder.parent.relative_to(ROOT / environment.name)
        if own.is_dir():
            shutil.copytree(folder, own / "__pycache__", copy_function=shutil.copyfile, dirs_exist_ok=True)


class Clone:
    """A copy of what is or would be in the repository, with an environment that knows nothing of this one."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / NAME
        self.variables = self.root / "output" / "sandbox.env"
        home = folder / "home"
        home.mkdir()
        own = {name: value for name, value in os.environ.items() if not name.startswith(_NOT_OURS)}
        # Packages come from this machine's cache; whatever else lies in a home folder must not matter.
        cache = os.environ.get("UV_CACHE_DIR", str(Path("~/.cache/uv").expanduser()))
        path = os.pathsep.join(p for p in own.get("PATH", "").split(os.pathsep) if not Path(p).is_relative_to(ROOT))
        self.environment = {**own, "PATH": path, "HOME": str(home), "UV_CACHE_DIR": cache}
        self._copy()

    def _copy(self) -> None:
        listed = subprocess.run(
            ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],  # noqa: S607 - git is where git is
            cwd=ROOT,
            capture_output=True,
            check=True,
        )
        for name in filter(None, listed.stdout.decode().split("\0")):
            source, target = ROOT / name, self.root / name
            if source.is_file():
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(source, target)
        if (ROOT / ".venv-uv").is_dir():
            (self.root / ".venv-uv").symlink_to(ROOT / ".venv-uv")  # the installer itself; `.venv` is made anew

    @contextmanager
    def sandbox(self, command: Block) -> t.Iterator[None]:
        """Run the documented command that starts the sandbox, until the block ends."""
        with subprocess.Popen(
            ["bash", "-euo", "pipefail", "-c", command.text],  # noqa: S607 - the shell of the docs
            cwd=self.root,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        ) as running:
            try:
                seen = []
                for line in t.cast("t.IO[str]", running.stdout):
                    seen.append(line)
                    if _READY in line:
                        break
                else:
                    raise BlockFailed(f"{command.where}: exit code {running.wait()}\n{''.join(seen)}")
                # That Meltano installs plugins is seen where these were made; here it would take half of the time.
                MeltanoHome(self.root / ".meltano").link("target-postgres")
                self._make_environment_of_dbt()
                for environment in (".venv", ".venv-dbt"):
                    _share_bytecode(self.root / environment)
                yield
            finally:
                with suppress(ProcessLookupError):
                    os.killpg(running.pid, signal.SIGINT)  # as a terminal's Ctrl-C: to the whole group
                running.communicate(timeout=STOPPED_WITHIN_SECONDS)
        assert not self.variables.exists(), "the sandbox left its variables behind"

    def _make_environment_of_dbt(self) -> None:
        """Install dbt as the first `demo/dbt` would."""
        command = [str(self.root / ".venv/bin/python"), "-c", "import marts; marts.environment()"]
        subprocess.run(command, cwd=self.root / "demo", env=self.environment, check=True)

    def run(self, blocks: t.Sequence[Block], *, in_sandbox: bool) -> None:
        """Run a page's blocks one after the other, in one shell, as a reader's terminal is one."""
        scripts = self.root.parent / "blocks"
        scripts.mkdir(exist_ok=True)
        lines = ["set -euo pipefail"]
        if in_sandbox:
            lines += ['export PATH="$PWD/.venv/bin:$PATH"', ". output/sandbox.env"]
        for block in blocks:
            script = scripts / f"{block.where.replace('/', '-')}.sh"
            script.write_text(block.text, "utf-8")
            lines += [
                f"printf '{_MARK}%s\\n' '{block.where}'",
                f"echo \"$SECONDS {block.where}\" >> '{scripts}/seconds'",
                f". '{script}'",
            ]
        done = subprocess.run(
            ["bash", "-c", "\n".join(lines)],  # noqa: S607 - the shell of the docs
            cwd=self.root,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=PAGE_WITHIN_SECONDS,
        )
        if done.returncode:
            where, _, output = done.stdout.rpartition(_MARK)[2].partition("\n")
            text = next((block.text for block in blocks if block.where == where), "")
            raise BlockFailed(f"{where}: exit code {done.returncode}\n\n{text}\n--- output\n{output[-6000:]}")
