"""Where packages come from on this machine: what pip was told, and the same said to uv, which does not look there.

Companies, schools and machines without a network tell pip: a mirror, a folder of wheels, certificates. The standard library
only, since the bootstrap asks this before anything is installed.
"""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from functools import cache

# What pip calls a setting, the variable in which uv looks for it, and what uv wants between several values.
_FOR_UV = (
    ("index-url", "UV_DEFAULT_INDEX", None),
    ("extra-index-url", "UV_INDEX", " "),
    ("find-links", "UV_FIND_LINKS", ","),
    ("constraint", "UV_CONSTRAINT", " "),
    ("trusted-host", "UV_INSECURE_HOST", " "),
    ("cert", "SSL_CERT_FILE", None),
    ("client-cert", "SSL_CLIENT_CERT", None),
    ("proxy", "ALL_PROXY", None),
    ("timeout", "UV_HTTP_TIMEOUT", None),
)


@cache
def pip_settings(python: str = sys.executable) -> dict[str, str]:
    """What the pip of that Python is configured for, by files and environment; several values stand apart by white space."""
    listed = subprocess.run(
        [python, "-m", "pip", "config", "list"], capture_output=True, text=True, errors="replace", check=False
    )
    settings: dict[str, str] = {}
    for section in ("global", "install", ":env:"):  # each is stronger than the one before
        for name, value in re.findall(rf"^{section}\.([\w-]+)=(.+)$", listed.stdout, flags=re.MULTILINE):
            settings[name.removeprefix("default-")] = ast.literal_eval(
                value
            )  # both `timeout` and `default-timeout` hold
    return settings


def for_uv(settings: dict[str, str]) -> dict[str, str]:
    """The environment variables that tell uv what pip was told. What the environment tells uv already stays."""
    told = (
        {} if "UV_SYSTEM_CERTS" in os.environ else {"UV_SYSTEM_CERTS": "1"}
    )  # those of a company's proxy, which pip trusts
    for setting, variable, between in _FOR_UV:
        value = settings.get(setting, "").strip()
        if value and variable not in os.environ:
            told[variable] = between.join(value.split()) if between else value
    if "UV_INDEX" in told and "UV_INDEX_STRATEGY" not in os.environ:
        told["UV_INDEX_STRATEGY"] = "unsafe-best-match"  # the best of all indexes, as pip takes it
    if settings.get("no-index", "").lower() in ("1", "true", "yes", "on") and "UV_OFFLINE" not in os.environ:
        told["UV_OFFLINE"] = "1"  # uv has no variable for it; folders of wheels are used all the same
    return told
