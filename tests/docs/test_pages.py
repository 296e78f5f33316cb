"""Every fenced block of README and `docs/` is run or checked; every link leads somewhere."""

from __future__ import annotations

import stat
import subprocess
import typing as t

import pytest
import yaml

from tests.docs.clone import PAGE_WITHIN_SECONDS, Clone
from tests.support.markdown import anchors, blocks, is_relative, links, pages, resolve

if t.TYPE_CHECKING:
    from pathlib import Path

SANDBOX = "demo/sandbox"
QUICK_START = "docs/quick-start.md"
NOT_RUN_HERE = {
    "scripts/test": "would run itself",
    "demo/run": "tests/demo runs it",
    SANDBOX: "stays until Ctrl-C: started once, as written, for all pages",
}
CHECKED_BY = {  # language: where
    "shell": "test_commands_run_as_written",
    "json": "test_snippets.py",
    "yaml": "test_snippets.py",
    "sql": "tests/cookbook",
    "python": "tests/docs_pages",
    "text": "output and messages: nothing to run",
}
WITH_PYTHON = ("docs/access.md",)
MORE_PAGES_WITH_LINKS = ("CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md", "AGENTS.md", "tests/README.md")


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[Clone]:
    """The clone of all pages, its sandbox running: started by the README's own command."""
    folder: Path = tmp_path_factory.mktemp("docs")
    (start,) = (block for block in blocks("README.md", "shell") if block.text.strip() == SANDBOX)
    made = Clone(folder)
    with made.sandbox(start):
        yield made


def commands(page: str) -> list[t.Any]:
    """Return a page's shell blocks that are run one after the other."""
    return [block for block in blocks(page, "shell") if block.text.strip() not in NOT_RUN_HERE]


@pytest.mark.slow
@pytest.mark.timeout(PAGE_WITHIN_SECONDS + 60)
@pytest.mark.parametrize("page", [page for page in pages() if commands(page)])
def test_commands_run_as_written(clone: Clone, page: str) -> None:
    """A command that does not work as printed costs a newcomer an hour and us the newcomer."""
    clone.run(commands(page), in_sandbox=page != "README.md")
    if page == QUICK_START:
        assert_environments_are_equal(clone.root.parent / "x-ads" / "meltano.yml")


def assert_environments_are_equal(project: Path) -> None:
    """Hold a newcomer's project against what its schedule runs: `prod` extracts what `dev` showed."""
    written = yaml.safe_load(project.read_text("utf-8"))
    assert written["environments"] == [{"name": "dev"}, {"name": "prod"}]
    (tap,) = written["plugins"]["extractors"]
    assert tap["select"] == [f"{stream}.*" for stream in ("campaigns", "campaign_stats")]
    assert tap["config"] == {"metric_groups": "ENGAGEMENT,BILLING"}


@pytest.mark.parametrize("page", pages())
def test_every_block_is_checked_somewhere(page: str) -> None:
    """A block in a language that nothing runs is a claim that nobody checks."""
    unknown = [f"{block.where}: {block.language!r}" for block in blocks(page) if block.language not in CHECKED_BY]
    assert unknown == []
    python = [block.where for block in blocks(page, "python") if page not in WITH_PYTHON]
    assert python == []


@pytest.mark.parametrize("page", [*pages(), *MORE_PAGES_WITH_LINKS])
def test_links_lead_somewhere(page: str) -> None:
    """A page that moved leaves readers with nothing but the code."""
    broken = []
    for link in filter(is_relative, links(page)):
        path, anchor = resolve(page, link)
        if not path.exists() or (anchor and path.suffix == ".md" and anchor not in anchors(str(path))):
            broken.append(link)
    assert broken == []


def test_every_page_is_in_the_index() -> None:
    """A page that the index does not name is not found."""
    index = {resolve("docs/README.md", link)[0] for link in links("docs/README.md") if is_relative(link)}
    missing = [page for page in pages() if page.startswith("docs/") and resolve(page, "")[0] not in index]
    assert [page for page in missing if page != "docs/README.md"] == []


@pytest.mark.slow
def test_sandbox_is_private_and_the_only_one(clone: Clone) -> None:
    """Its database has a password that nobody else may read, and a second one would overwrite the variables."""
    assert stat.S_IMODE(clone.variables.stat().st_mode) == 0o600
    before = clone.variables.read_text("utf-8")
    second = subprocess.run(
        [clone.root / ".venv/bin/python", clone.root / "demo/sandbox.py"],
        env=clone.environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert second.returncode == 1
    assert "running already" in second.stderr
    assert clone.variables.read_text("utf-8") == before
