import shlex
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leakgate.errors import UsageError
from leakgate.profilers.cargo.command import parse

JSON = "--message-format=json-render-diagnostics"


@pytest.mark.parametrize(
    ("command", "build", "measure"),
    [
        ("cargo test", f"cargo test --no-run {JSON}", "cargo test --no-fail-fast"),
        (
            "cargo test -p store name -- --exact 'a b'",
            f"cargo test -p store name --no-run {JSON}",
            "cargo test -p store name --no-fail-fast -- --exact 'a b'",
        ),
        (
            "/opt/bin/cargo +nightly -C sub t --no-fail-fast",
            f"/opt/bin/cargo +nightly -C sub test --no-fail-fast --no-run {JSON}",
            "/opt/bin/cargo +nightly -C sub test --no-fail-fast",
        ),
        ("cargo run", f"cargo build {JSON}", "cargo run"),
        (
            "cargo --locked r -q --bin serve --release 80 --no-run -- x",
            f"cargo --locked build -q --bin serve --release {JSON}",
            "cargo --locked run -q --bin serve --release 80 --no-run -- x",
        ),
        ("cargo run -- --doc", f"cargo build {JSON}", "cargo run -- --doc"),
    ],
)
def test_a_command_is_built_first_and_then_run_as_the_user_wrote_it(
    command: str, build: str, measure: str
) -> None:
    asked = parse(shlex.split(command))

    assert shlex.join(asked.build()) == build
    assert shlex.join(asked.measure()) == measure


def test_the_project_is_described_with_the_options_that_choose_it() -> None:
    asked = parse(
        shlex.split("cargo +1.95 test --manifest-path=a/Cargo.toml --offline --release --config net.git=1 x")
    )

    assert shlex.join(asked.metadata()) == (
        "cargo +1.95 metadata --format-version 1 --no-deps "
        "--manifest-path a/Cargo.toml --offline --config net.git=1"
    )
    assert asked.toolchain == ("+1.95",)


@pytest.mark.parametrize(
    ("arguments", "features"),
    [
        ("", "default"),
        ("--features dhat-heap", "default,dhat-heap"),
        ("-Fb,a --features 'c b'", "a,b,c,default"),
        ("-F=x", "default,x"),
        ("--features=dhat-heap --no-default-features", "dhat-heap"),
        ("--no-default-features", ""),
        ("--all-features --features x", "all"),
        ("-- --features x", "default"),
    ],
)
def test_equal_features_are_equal_texts(arguments: str, features: str) -> None:
    assert parse(["cargo", "test", *shlex.split(arguments)]).features == features


@pytest.mark.parametrize(
    ("command", "profile"),
    [
        ("cargo test", "test"),
        ("cargo run", "dev"),
        ("cargo test --release", "release"),
        ("cargo test -vr", "release"),
        ("cargo test --profile ci", "ci"),
        ("cargo run -- --release", "dev"),
        ("cargo test -p --release", "release"),
    ],
)
def test_the_cargo_profile_is_what_cargo_would_use(command: str, profile: str) -> None:
    assert parse(shlex.split(command)).cargo_profile == profile


def test_targets_filters_and_directory() -> None:
    asked = parse(
        shlex.split("cargo -C sub test --target a-b-c --target=specs/my.json one --test api -- --skip two three")
    )

    assert asked.targets == ("a-b-c", "my")
    assert asked.filters == ("one", "two", "three")
    assert asked.directory(Path("/home")) == Path("/home/sub")


SUPPORTED = "leakgate runs `cargo test …` and `cargo run …`, with all their options"


@pytest.mark.parametrize(
    ("command", "what", "remedy"),
    [
        ("make test", "`make test` is not a cargo command", SUPPORTED),
        (
            "cargo nextest run",
            "`cargo nextest` cannot be profiled",
            f"{SUPPORTED}; write out what an alias stands for",
        ),
        ("cargo", "`cargo` names no cargo command", f"{SUPPORTED}; write out what an alias stands for"),
        (
            "cargo test --no-run",
            "`--no-run` cannot be used here: it runs no tests, so nothing can be measured",
            "leave out `--no-run`",
        ),
        (
            "cargo test --doc",
            "`--doc` cannot be used here: rustdoc compiles and runs doc tests, where they cannot be measured",
            "leave out `--doc`",
        ),
        (
            "cargo run --message-format json",
            "`--message-format` cannot be used here: leakgate reads cargo's messages itself",
            "leave out `--message-format`",
        ),
    ],
)
def test_what_cannot_be_profiled_is_refused_with_what_can(command: str, what: str, remedy: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse(shlex.split(command))

    assert (caught.value.what, caught.value.remedy) == (what, remedy)


words = st.sampled_from(
    [
        "--release",
        "-r",
        "-p",
        "store",
        "--features",
        "a,b",
        "--test=api",
        "-j4",
        "-q",
        "name",
        "--",
        "--exact",
        "-Zx",
    ]
)


@given(verb=st.sampled_from(["test", "run"]), arguments=st.lists(words))
def test_no_word_of_the_users_is_lost_or_moved(verb: str, arguments: list[str]) -> None:
    command = ["cargo", verb, *arguments]

    measured = list(parse(command).measure())

    if verb == "test":
        measured.remove("--no-fail-fast")
    assert measured == command


@given(command=st.lists(st.text(max_size=8) | words, max_size=8))
def test_any_words_are_understood_or_refused(command: list[str]) -> None:
    try:
        asked = parse(["cargo", *command])
    except UsageError:
        return
    assert asked.build()[-1] == JSON


@pytest.mark.parametrize(
    ("written", "changed"),
    [
        (
            "cargo test",
            "cargo test --target-dir /o --config a=1 --config b=2 --no-fail-fast",
        ),
        (
            "cargo --config x -C d t --no-fail-fast --target-dir t --config=y=1 --",
            "cargo -C d test --no-fail-fast --target-dir /o --config x --config y=1 --config a=1 --config b=2 --",
        ),
    ],
)
def test_settings_are_added_behind_the_verb_where_cargo_reads_them_all(written: str, changed: str) -> None:
    asked = parse(shlex.split(written)).with_settings(["a=1", "b=2"], Path("/o"))
    assert shlex.join(asked.measure()) == changed


def test_the_users_own_settings_and_target_directory() -> None:
    asked = parse(shlex.split("cargo --config x.toml test --config y=1 --target-dir=t"))
    assert (asked.settings, asked.target_dir) == (("x.toml", "y=1"), "t")
    assert parse(["cargo", "test"]).target_dir is None
