"""Whether a cargo profile keeps what names functions and lines: cargo's own rules."""

import tomllib

import pytest

from leakgate.doctor.debug_info import lack

NO_DEBUG = "has no debug information"
STRIPS = "strips its binaries"


@pytest.mark.parametrize(
    ("manifest", "profile", "env", "what"),
    [
        ("", "test", {}, None),
        ("", "dev", {}, None),
        ("", "release", {}, NO_DEBUG),
        ("", "bench", {}, NO_DEBUG),
        ("[profile.release]\ndebug = 'limited'", "release", {}, None),
        ("[profile.release]\ndebug = 'line-tables-only'", "bench", {}, None),
        ("[profile.release]\ndebug = true", "release", {}, None),
        ("[profile.release]\ndebug = 1\nstrip = true", "release", {}, STRIPS),
        ("[profile.release]\ndebug = 1\nstrip = 'debuginfo'", "release", {}, STRIPS),
        ("[profile.release]\ndebug = 1\nstrip = 'none'", "release", {}, None),
        ("[profile.dev]\ndebug = 0", "test", {}, NO_DEBUG),
        ("[profile.dev]\ndebug = false\n[profile.test]\ndebug = 2", "test", {}, None),
        ("[profile.dev]\ndebug = 'line-directives-only'", "test", {}, NO_DEBUG),
        ("[profile.ci]\ninherits = 'release'", "ci", {}, NO_DEBUG),
        ("[profile.ci]\ninherits = 'dev'", "ci", {}, None),
        ("[profile.a]\ninherits = 'b'\n[profile.b]\ninherits = 'a'", "a", {}, None),
        ("", "release", {"CARGO_PROFILE_RELEASE_DEBUG": "limited"}, None),
        ("", "test", {"CARGO_PROFILE_DEV_DEBUG": "0"}, NO_DEBUG),
        ("", "dev", {"CARGO_PROFILE_DEV_STRIP": "symbols"}, STRIPS),
    ],
)
def test_what_is_lacking(manifest: str, profile: str, env: dict[str, str], what: str | None) -> None:
    found = lack(tomllib.loads(manifest), profile, env)
    assert (None if found is None else found.what.split("`")[2].partition(",")[0].strip()) == what


def test_the_line_that_mends_it() -> None:
    found = lack({}, "release", {})
    assert found is not None
    assert found.remedy == (
        'write `debug = "limited"` below `[profile.release]` in Cargo.toml, or set '
        "CARGO_PROFILE_RELEASE_DEBUG=limited"
    )
    stripped = lack({"profile": {"tiny": {"strip": True}}}, "tiny", {})
    assert stripped is not None
    assert stripped.remedy == (
        "write `strip = false` below `[profile.tiny]` in Cargo.toml, or set CARGO_PROFILE_TINY_STRIP=false"
    )
