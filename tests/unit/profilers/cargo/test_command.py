import shlex
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leakgate.errors import UsageError
from leakgate.profilers.cargo.command import Verb, is_around, parse

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
        (
            "cargo nextest run",
            "cargo nextest list --message-format=json",
            "cargo nextest run --no-fail-fast",
        ),
    ],
)
def test_a_command_is_built_first_and_then_run_as_the_user_wrote_it(
    command: str, build: str, measure: str
) -> None:
    asked = parse(shlex.split(command))

    assert shlex.join(asked.build()) == build
    assert shlex.join(asked.measure()) == measure


def test_nextest_is_asked_for_what_it_will_run_before_it_runs() -> None:
    asked = parse(
        shlex.split(
            "cargo +nightly nextest --color never r -j4 -p store -Pci --retries 2 -E 'test(a)' "
            "--max-fail 3:immediate --partition=hash:1/2 name --no-capture -- --ignored --nocapture"
        )
    )

    assert shlex.join(asked.build()) == (
        "cargo +nightly nextest list --color never -p store -Pci -E 'test(a)' --partition=hash:1/2 name "
        "--message-format=json -- --ignored"
    )
    assert shlex.join(asked.measure()) == (
        "cargo +nightly nextest run --color never -j4 -p store -Pci --retries 2 -E 'test(a)' "
        "--partition=hash:1/2 name --no-capture --no-fail-fast -- --ignored --nocapture"
    )


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
        ("cargo nextest run", "test"),
        ("cargo nextest run --profile ci -P ci", "test"),
        ("cargo nextest run --cargo-profile ci", "ci"),
        ("cargo nextest run -j4 -r", "release"),
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


SUPPORTED = "leakgate runs `cargo test …`, `cargo nextest run …` and `cargo run …`, with all their options"


@pytest.mark.parametrize(
    ("command", "what", "remedy"),
    [
        ("make test", "`make test` is not a cargo command", SUPPORTED),
        (
            "cargo bench",
            "`cargo bench` cannot be profiled",
            f"{SUPPORTED}; write out what an alias stands for",
        ),
        ("cargo nextest", "`cargo nextest` cannot be profiled", SUPPORTED),
        ("cargo nextest --color never list -p a", "`cargo nextest list` cannot be profiled", SUPPORTED),
        (
            "cargo nextest run --archive-file tests.tar.zst",
            "`--archive-file` cannot be used here: what was built without leakgate cannot be measured",
            "leave out `--archive-file`",
        ),
        (
            "cargo nextest run -R latest",
            "`-R` cannot be used here: it runs what failed the last time only",
            "leave out `-R`",
        ),
        (
            "cargo nextest run --partition hash:3/2",
            "`--partition hash:3/2` is none",
            "write `hash:1/2`, with a part from 1 on and their number",
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


@pytest.mark.parametrize(
    ("command", "partition"),
    [
        ("cargo nextest run --partition hash:1/2", (1, 2)),
        ("cargo nextest run --partition=count:3/12 -E all()", (3, 12)),
        ("cargo nextest run --partition slice:2/2", (2, 2)),
        ("cargo nextest run", None),
        ("cargo nextest run -- --partition=hash:1/2", None),
        ("cargo test", None),
    ],
)
def test_the_part_of_the_tests_that_nextest_is_asked_for(command: str, partition: tuple[int, int] | None) -> None:
    assert parse(shlex.split(command)).partition == partition


@pytest.mark.parametrize(
    ("command", "around"),
    [
        ("make test", True),
        ("cargo hack test --each-feature", True),
        ("/opt/cargo +nightly --offline xtask ci", True),
        ("cargo test", False),
        ("cargo nextest list", False),
        ("cargo bench", False),
        ("cargo", False),
        ("cargo --version", False),
        ("", False),
    ],
)
def test_what_may_start_cargo_in_its_turn(command: str, around: bool) -> None:
    assert is_around(shlex.split(command)) is around


def test_a_command_for_all_partitions() -> None:
    asked = parse(shlex.split("cargo nextest run --partition hash:1/2 -p a"))
    assert asked.unpartitioned() == parse(shlex.split("cargo nextest run -p a"))
    assert asked.unpartitioned().unpartitioned().partition is None


def test_what_chooses_tests_under_nextest() -> None:
    asked = parse(shlex.split("cargo nextest run -E 'test(a)' -p store one --filterset=all() -- two --skip"))
    assert (asked.filtersets, asked.filters) == (("test(a)", "all()"), ("one", "two"))


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


@given(verb=st.sampled_from(["test", "run", "nextest run"]), arguments=st.lists(words))
def test_no_word_of_the_users_is_lost_or_moved(verb: str, arguments: list[str]) -> None:
    command = ["cargo", *verb.split(), *arguments]

    measured = list(parse(command).measure())

    if verb != "run":
        measured.remove("--no-fail-fast")
    assert measured == command


@given(command=st.lists(st.text(max_size=8) | words, max_size=8))
def test_any_words_are_understood_or_refused(command: list[str]) -> None:
    try:
        asked = parse(["cargo", *command])
    except UsageError:
        return
    assert asked.build()[-1] == JSON or asked.verb is Verb.NEXTEST


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
