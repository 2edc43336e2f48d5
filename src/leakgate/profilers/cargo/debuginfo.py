"""Names and lines for a build: what a profile of addresses is read with."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

_OFF = (None, 0, False, "none")
_INHERITS = {"test": "dev", "bench": "release"}
_DEFAULTS = {"dev": 2, "release": 0}


def environment(env: Mapping[str, str], profile: str, root: Path) -> dict[str, str]:
    """Cargo's environment, with debug information and symbols switched on where the profile has none.

    Neither changes the code that is compiled. Where the user's variable says something it holds.

    Args:
        env: The user's environment.
        profile: The cargo profile.
        root: The workspace's root.
    """
    prefix = f"CARGO_PROFILE_{profile.upper().replace('-', '_')}_"
    profiles = _profiles(root)
    wanted = {}
    if _setting(profiles, profile, "debug", _DEFAULTS) in _OFF:
        wanted[f"{prefix}DEBUG"] = "1"  # lines, in a word that every cargo knows
    if _setting(profiles, profile, "strip", {}) not in _OFF:
        wanted[f"{prefix}STRIP"] = "none"
    return {**wanted, **env}


def _profiles(root: Path) -> Mapping[str, Any]:
    try:
        found = tomllib.loads((root / "Cargo.toml").read_text(encoding="utf-8")).get("profile")
    except (OSError, ValueError):  # cargo will say what is wrong with it
        return {}
    return found if isinstance(found, dict) else {}


def _setting(profiles: Mapping[str, Any], profile: str, key: str, defaults: Mapping[str, object]) -> object:
    """What a profile or the nearest that it inherits from says."""
    seen: set[str] = set()
    while profile not in seen:
        seen.add(profile)
        own = profiles.get(profile)
        if isinstance(own, dict) and own.get(key) is not None:
            return own[key]
        parent = own.get("inherits") if isinstance(own, dict) else None
        if profile in defaults and not parent:
            return defaults[profile]
        profile = parent if isinstance(parent, str) else _INHERITS.get(profile, profile)
    return None
