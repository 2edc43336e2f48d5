from pathlib import Path

import pytest

from leakgate.profilers.cargo import debuginfo


@pytest.mark.parametrize(
    ("manifest", "profile", "set_by_us"),
    [
        ("", "test", {}),
        ("", "release", {"CARGO_PROFILE_RELEASE_DEBUG": "1"}),
        ("", "bench", {"CARGO_PROFILE_BENCH_DEBUG": "1"}),
        ("[profile.release]\ndebug = 'line-tables-only'", "release", {}),
        ("[profile.release]\ndebug = true\nstrip = true", "release", {"CARGO_PROFILE_RELEASE_STRIP": "none"}),
        ("[profile.dev]\ndebug = 0", "test", {"CARGO_PROFILE_TEST_DEBUG": "1"}),
        ("[profile.dev]\ndebug = false\n[profile.test]\ndebug = 1", "test", {}),
        ("[profile.ci-fast]\ninherits = 'release'", "ci-fast", {"CARGO_PROFILE_CI_FAST_DEBUG": "1"}),
        ("[profile.ci-fast]\ninherits = 'dev'", "ci-fast", {}),
        ("[profile.a]\ninherits = 'b'\n[profile.b]\ninherits = 'a'", "a", {"CARGO_PROFILE_A_DEBUG": "1"}),
        ("profile = 3", "test", {}),
        ("not toml", "test", {}),
    ],
)
def test_lines_and_names_are_switched_on_where_a_profile_has_none(
    tmp_path: Path, manifest: str, profile: str, set_by_us: dict[str, str]
) -> None:
    (tmp_path / "Cargo.toml").write_text(manifest)

    assert debuginfo.environment({"PATH": "/bin"}, profile, tmp_path) == {"PATH": "/bin", **set_by_us}


def test_the_users_own_variable_holds(tmp_path: Path) -> None:
    env = {"CARGO_PROFILE_RELEASE_DEBUG": "2", "CARGO_PROFILE_RELEASE_STRIP": "symbols"}

    assert debuginfo.environment(env, "release", tmp_path) == env
