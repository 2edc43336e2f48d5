"""Whether the binaries of a cargo profile can name functions and lines."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_PARENTS = {"test": "dev", "bench": "release"}
_BUILT_IN = frozenset({"dev", "release"})
_ENOUGH = frozenset({1, 2, "line-tables-only", "limited", "full", "1", "2", "true"})  # `true` is 1 to Python
_STRIPPED = frozenset({True, "symbols", "debuginfo", "true"})
_MOST_PARENTS = 16


@dataclass(frozen=True, slots=True)
class Lack:
    """What a profile leaves out.

    Attributes:
        what: In words.
        remedy: The line of Cargo.toml, and the variable that does the same.
    """

    what: str
    remedy: str


def lack(manifest: Mapping[str, Any], profile: str, env: Mapping[str, str]) -> Lack | None:
    """What keeps a profile's binaries from naming lines; None: nothing does.

    By cargo's rules for `[profile.*]` (https://doc.rust-lang.org/cargo/reference/profiles.html), with variables
    before the manifest. What a config file of cargo's says is not looked at.

    Args:
        manifest: The workspace's Cargo.toml.
        profile: The profile's name.
        env: Cargo's environment.
    """
    chain = _chain(manifest, profile)
    optimised = chain[-1] == "release"
    debug = _setting(manifest, chain, "debug", env)
    if debug is None:
        debug = 0 if optimised else 2
    if not _is_in(debug, _ENOUGH):
        return Lack(
            f"the cargo profile `{profile}` has no debug information, so functions have no lines",
            f'write `debug = "limited"` below `[profile.{chain[0]}]` in Cargo.toml, or set '
            f"{_variable(chain[0], 'debug')}=limited",
        )
    strip = _setting(manifest, chain, "strip", env)
    if _is_in(strip, _STRIPPED):
        return Lack(
            f"the cargo profile `{profile}` strips its binaries, so functions have no names or lines",
            f"write `strip = false` below `[profile.{chain[0]}]` in Cargo.toml, or set "
            f"{_variable(chain[0], 'strip')}=false",
        )
    return None


def _chain(manifest: Mapping[str, Any], profile: str) -> list[str]:
    """The profile and those that it inherits from; the last one is built into cargo."""
    chain = [profile]
    while chain[-1] not in _BUILT_IN and len(chain) < _MOST_PARENTS:
        parent = _table(manifest, chain[-1]).get("inherits") or _PARENTS.get(chain[-1], "dev")
        chain.append(str(parent))
    return chain


def _setting(manifest: Mapping[str, Any], chain: list[str], key: str, env: Mapping[str, str]) -> object:
    for name in chain:
        value = env.get(_variable(name, key), _table(manifest, name).get(key))
        if value is not None:
            return value
    return None


def _table(manifest: Mapping[str, Any], profile: str) -> Mapping[str, Any]:
    profiles = manifest.get("profile")
    table = profiles.get(profile) if isinstance(profiles, dict) else None
    return table if isinstance(table, dict) else {}


def _variable(profile: str, key: str) -> str:
    return f"CARGO_PROFILE_{profile.upper().replace('-', '_')}_{key.upper()}"


def _is_in(value: object, known: frozenset[object]) -> bool:
    return isinstance(value, bool | int | str) and value in known
