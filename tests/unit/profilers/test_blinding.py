from collections.abc import Mapping
from pathlib import Path

import pytest

from leakgate.profilers import blinding

NO_LINES = "no line can be named in {}, for want of debug information: take `-Cdebuginfo=0` out of {}"


def notes(directory: Path, **texts: str) -> Mapping[str, Path]:
    for name, text in texts.items():
        (directory / name).write_text(text)
    return {name: directory / name for name in texts}


@pytest.mark.parametrize(
    ("variables", "place"),
    [
        ({"RUSTFLAGS": "-D warnings -C debuginfo=0"}, "the variable RUSTFLAGS"),
        (
            {"CARGO_ENCODED_RUSTFLAGS": "-Cdebuginfo=0", "RUSTFLAGS": "-Cdebuginfo=0"},
            "the variable CARGO_ENCODED_RUSTFLAGS",
        ),
        ({"CARGO_TARGET_X86_64_UNKNOWN_LINUX_GNU_RUSTFLAGS": "-Cdebuginfo=0", "RUSTFLAGS": ""}, None),
        ({"OTHER_RUSTFLAGS": "-Cdebuginfo=0"}, "the flags for rustc, which a build script may set too"),
    ],
)
def test_the_variable_with_the_flag_is_named(
    tmp_path: Path, variables: Mapping[str, str], place: str | None
) -> None:
    written = notes(tmp_path, store="harness\t-Cdebuginfo=0", clean="harness\t", other="allocator\tmine")
    place = place or "the variable CARGO_TARGET_X86_64_UNKNOWN_LINUX_GNU_RUSTFLAGS"
    said = blinding.remarks(written, tmp_path, {"CARGO_HOME": str(tmp_path / "home"), **variables})
    assert list(said) == [NO_LINES.format("`store`", place)]


def test_the_file_with_the_flag_is_named(tmp_path: Path) -> None:
    (tmp_path / "project/.cargo").mkdir(parents=True)
    settings = tmp_path / "project/.cargo/config.toml"
    settings.write_text('[target.x86_64-unknown-linux-gnu]\nrustflags = ["-C", "link-arg=-s", "-Cdebuginfo=0"]\n')
    written = notes(
        tmp_path, b="harness\t-Cdebuginfo=0\t-Clink-arg=-s", a="harness\t-Cdebuginfo=0", c="harness\t-Cdebuginfo=0"
    )
    said = blinding.remarks(written, tmp_path / "project", {"CARGO_HOME": str(tmp_path / "home")})
    place = f"`rustflags` in {settings}"
    assert list(said) == [
        NO_LINES.format("`a` and 2 more", place),
        f"no function can be named in `b`, for want of symbols: take `-Clink-arg=-s` out of {place}",
    ]


def test_a_dhat_of_the_projects_own_without_lines(tmp_path: Path) -> None:
    frames = {
        "lines": '"0x55: store::put (store/src/lib.rs:7:5)"',
        "functions": '"tb": 1, "0x55: store::put (???:0:0)"',
        "nothing": '"tb": 1, "0x55: ??? (???:0:0)"',
        "stripped": '"tb": 1, "[root]"',
        "empty": '"pps": [], "[root]"',
    }
    files = notes(tmp_path, **frames)

    def said(cargo_profile: str, *names: str) -> list[str]:
        return list(blinding.without_lines([files[name] for name in names], cargo_profile))

    assert said("test", "functions", "lines", "nothing") == []
    assert said("test", "empty") == said("test") == []
    assert said("test", "stripped") == said("test", "nothing")
    (lines,) = said("test", "nothing", "functions")
    assert lines == (
        'no line can be named, for want of debug information: write `debug = "line-tables-only"` under '
        "`[profile.dev]` in Cargo.toml, or set CARGO_PROFILE_DEV_DEBUG=line-tables-only"
    )
    (functions,) = said("ci-fast", "nothing", "stripped")
    assert functions == (
        'no function can be named, for want of symbols: write `strip = "none"` and `debug = "line-tables-only"` '
        "under `[profile.ci-fast]` in Cargo.toml, or set CARGO_PROFILE_CI_FAST_STRIP=none and "
        "CARGO_PROFILE_CI_FAST_DEBUG=line-tables-only"
    )
