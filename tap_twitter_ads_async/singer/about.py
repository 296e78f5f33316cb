"""`--about` as text: what the SDK's own form leaves out is what a person asks for."""

from __future__ import annotations

import sys
import textwrap
import typing as t

from singer_sdk.about import AboutFormatter, AboutInfo

if sys.version_info >= (3, 12):
    from typing import override
else:
    from typing_extensions import override

WIDTH = 100


class DescribedText(AboutFormatter, format_name="text"):
    """Text with each setting's meaning, type, default and variable; defining it replaces the SDK's."""

    @override
    def format_about(self, about_info: AboutInfo) -> str:
        lines = [
            f"Name: {about_info.name}",
            f"Description: {about_info.description}",
            f"Version: {about_info.version}",
            f"SDK Version: {about_info.sdk_version}",
            f"Supported Python Versions: {', '.join(about_info.supported_python_versions or ())}",
            f"Capabilities: {', '.join(str(capability.value) for capability in about_info.capabilities)}",
            "Settings:",
        ]
        schema = about_info.settings
        for name, setting in schema.get("properties", {}).items():
            required = name in schema.get("required", ())
            lines += _setting(name, setting, about_info.env_var_prefix, required=required)
        return "\n".join(lines)


def _setting(name: str, setting: dict[str, t.Any], prefix: str, *, required: bool) -> list[str]:
    kinds = setting.get("type", "any")
    kind = kinds if isinstance(kinds, str) else " or ".join(kind for kind in kinds if kind != "null")
    default = setting.get("default")
    facts = [kind, *(["required"] if required else []), *([f"default {default}"] if default not in (None, []) else [])]
    meaning = " ".join(str(setting.get("description", "")).split())
    return [
        f"  {name} ({', '.join(facts)})",
        *textwrap.wrap(meaning, WIDTH, initial_indent="    ", subsequent_indent="    "),
        f"    Environment variable: {prefix}{name.upper().replace('-', '_')}",
    ]
