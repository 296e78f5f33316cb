"""Writes what follows from the declared settings: README's table, `meltano.yml`'s list, `.env.example`, the hub's file.

Run it after changing a setting: `.venv/bin/python scripts/generate_settings.py`. A test fails until then.
"""

from __future__ import annotations

import copy
import json
import re
import sys
import textwrap
import typing as t
from pathlib import Path

import yaml
from singer_sdk import Tap

from tap_twitter_ads_async.settings.declaration import CONFIG_JSONSCHEMA

ROOT = Path(__file__).resolve().parent.parent
PREFIX = "TAP_TWITTER_ADS_ASYNC_"
POSTGRES = ("HOST=localhost", "PORT=5432", "USER=", "PASSWORD=", "DATABASE=")
README_MARKS = ("<!-- settings: begin -->", "<!-- settings: end -->")
MELTANO_MARKS = ("    # settings: begin (scripts/generate_settings.py)", "    # settings: end")
HUB_DEFINITION = ROOT / "hub/tap-twitter-ads-async.yml"
HUB_PYTHON_VERSIONS = tuple(re.findall(r"Python :: (3\.\d+)", (ROOT / "pyproject.toml").read_text(encoding="utf-8")))
_KINDS = {"integer": "integer", "number": "decimal", "boolean": "boolean", "object": "object"}

Schema = dict[str, t.Any]


def declared_settings() -> dict[str, Schema]:
    """Return the schema of every setting by name: the tap's own first, then those the SDK adds."""
    schema = copy.deepcopy(CONFIG_JSONSCHEMA)
    Tap.append_builtin_config(schema)
    own = CONFIG_JSONSCHEMA["properties"]
    return {
        name: {**prop, "required": name in schema["required"], "own": name in own}
        for name, prop in schema["properties"].items()
    }


def _types(prop: Schema) -> list[str]:
    types = prop.get("type", [])
    return [name for name in ([types] if isinstance(types, str) else types) if name != "null"]


def meltano_kind(name: str, prop: Schema) -> str:
    """Return the kind of a Meltano setting.

    A list of strings is a `string` to Meltano, because with `array` it refuses the comma-separated form; a
    list in `meltano.yml` reaches the tap as a list all the same.
    """
    types = _types(prop)
    if "array" in types:
        return "array" if prop["items"].get("type") == "object" else "string"
    if "enum" in prop:
        return "options"
    if name.endswith("_date"):
        return "date_iso8601"
    return next((_KINDS[kind] for kind in types if kind in _KINDS), "string")


def meltano_setting(name: str, prop: Schema) -> dict[str, t.Any]:
    """Return one entry of `settings` in `meltano.yml`."""
    setting: dict[str, t.Any] = {
        "name": name,
        "label": prop["title"],
        "description": prop["description"],
        "kind": meltano_kind(name, prop),
    }
    if prop.get("secret"):
        setting["sensitive"] = True
    if "enum" in prop:
        setting["options"] = [{"label": str(value), "value": value} for value in prop["enum"]]
    if prop.get("default") not in (None, []):
        setting["value"] = prop["default"]
    return setting


def meltano_settings() -> str:
    """Return the whole list of settings as it stands in `meltano.yml`."""
    entries = [meltano_setting(name, prop) for name, prop in declared_settings().items()]
    text = yaml.safe_dump(entries, sort_keys=False, allow_unicode=True, width=110)
    return textwrap.indent(text, "    ")


def readme_table() -> str:
    """Return the table of the tap's own settings."""
    lines = ["| setting | required | default | meaning |", "| --- | --- | --- | --- |"]
    for name, prop in declared_settings().items():
        if prop["own"]:
            required = "yes" if prop["required"] else ""
            meaning = " ".join(prop["description"].split()).replace("|", r"\|")
            lines.append(f"| `{name}` | {required} | {_default(prop)} | {meaning} |")
    return "\n".join(lines) + "\n"


def _default(prop: Schema) -> str:
    default = prop.get("default")
    if default in (None, []):
        return ""
    if isinstance(default, list):
        return f"`{','.join(default)}`"
    return f"`{default}`" if isinstance(default, str) else f"`{json.dumps(default)}`"


def env_example() -> str:
    """Return `.env.example`: required settings to fill in, the others as comments with their defaults."""
    lines = ["# Copy to .env and fill in; Meltano and `--config ENV` read it. Never commit the copy."]
    for name, prop in declared_settings().items():
        if not prop["own"] or prop.get("deprecated"):
            continue
        default = _default(prop).strip("`")
        meaning = f"{prop['title']}: {prop['description']}"
        lines += textwrap.wrap(meaning, 108, initial_indent="# ", subsequent_indent="# ")
        lines.append(f"{'' if prop['required'] else '# '}{PREFIX}{name.upper()}={default}")
    lines += ["", "# Where Meltano's target-postgres loads to, and where demo/query asks."]
    lines += [f"# TARGET_POSTGRES_{name}" for name in POSTGRES]
    return "\n".join(lines) + "\n"


def hub_definition(project: Schema) -> str:
    """Return the plugin's definition in the form of Meltano's hub, whose linter wants sorted keys.

    Args:
        project: The parsed `meltano.yml`, whose extractor the hub's users get, but for where it is installed from.
    """
    (extractor,) = project["plugins"]["extractors"]
    definition = {
        **{key: value for key, value in extractor.items() if key != "executable"},  # the same as the name
        "definition": "extracts X (Twitter) Ads: analytics of every entity type, and the objects they belong to",
        "domain_url": "https://docs.x.com/x-ads-api/introduction",
        "keywords": ["api", "meltano_sdk", "advertising", "twitter", "x ads"],
        "log_parser": "singer-sdk",
        "logo_url": "/assets/logos/extractors/twitter-ads.png",
        "maintenance_status": "active",
        "pip_url": "tap-twitter-ads-async",
        "prereq": "An app admitted to the Ads API, and the access token of a user who may read the ads accounts.",
        "quality": "unknown",  # for the hub's maintainers to rate
        "repo": "https://pypi.org/project/tap-twitter-ads-async/",
        "supported_python_versions": list(HUB_PYTHON_VERSIONS),
        "variant": "tap-twitter-ads-async",
    }
    return yaml.safe_dump(definition, allow_unicode=True, width=110)


def between(text: str, begin: str, end: str, body: str) -> str:
    """Return `text` with what stands between the lines `begin` and `end` replaced by `body`."""
    head, _, rest = text.partition(begin + "\n")
    _, found, tail = rest.partition(end)
    if not found:
        msg = f"no lines {begin!r} … {end!r}"
        raise ValueError(msg)
    return f"{head}{begin}\n{body}{found}{tail}"


def generated() -> dict[Path, str]:
    """Return what each file should hold."""
    readme, meltano = ROOT / "README.md", ROOT / "meltano.yml"
    project = between(meltano.read_text("utf-8"), *MELTANO_MARKS, meltano_settings())
    return {
        readme: between(readme.read_text("utf-8"), *README_MARKS, f"\n{readme_table()}\n"),
        meltano: project,
        HUB_DEFINITION: hub_definition(yaml.safe_load(project)),
        ROOT / ".env.example": env_example(),
    }


def main() -> int:
    """Write the files that are out of date."""
    for path, text in generated().items():
        if not path.is_file() or path.read_text("utf-8") != text:
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, "utf-8")
            print(f"wrote {path.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
