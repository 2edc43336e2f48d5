import re
import subprocess
import sys
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from leakgate.config import (
    DEFAULT,
    AcceptRule,
    Baseline,
    CommentMode,
    Config,
    Fallback,
    IgnoreRule,
    Limit,
    LimitChange,
    NoBaseline,
    StopSignal,
    StoreName,
    TestRule,
    decode,
    formats,
    parse,
    with_limits,
)
from leakgate.dhat.profile import Metric, Mode
from leakgate.errors import ConfigError, UsageError
from leakgate.statistic import Statistic

TODAY = date(2026, 6, 1)
KIB, MIB = 1024, 1024**2


def read(text: str) -> Config:
    return parse(text, "leakgate.yml", TODAY)


def test_every_key() -> None:
    text = """\
version: 1
command: cargo test --workspace --features "dhat-heap extra"
load: [./load.sh, a b]
stop-signal: INT
stop-grace: 2 min
profiler: dhat-rs
rounds: 2
valgrind-mode: ad-hoc
jobs: 4
repeat: 20
statistic: p99
confirm: 0
time-limit: 1.5 min
limits:
  t-gmax: {ratio: 1.25, warn-ratio: 1.1, min-delta: 4 KiB}
  t-end-bytes: {max: 1_000}
  total-blocks: {ratio: 2, min-delta: 10}
tests:
  - match: "s3-server::api *"
    limits: {t-gmax: {ratio: 1.2, max: 2 MiB}, t-end: {max: 0 B}}
ignore:
  - frame: "my_cache::*"
    reason: filled once per process
    expires: 2027-01-01
  - test: s3-server tests::warm_cache
    reason: fills a static cache
    expires: "2026-06-01"
accept:
  - test: "s3-server::api upload*"
    up-to: {t-gmax: 3 MiB, t-end-blocks: 12}
    reason: the new index is kept in memory
    expires: 2026-06-01
  - {test: b, up-to: {total: 1_000}, reason: " once ", expires: "2026-05-31"}
accept-label: "memory: fine"
baseline:
  store: branch
  path: memory/baseline.json
  branch: ci/memory
  branches: [main, "release/*"]
  fallback: rebuild
  keep: 50
comment: on-change
no-baseline: fail
max-missing: 25%
"""
    assert read(text) == Config(
        command=("cargo", "test", "--workspace", "--features", "dhat-heap extra"),
        load=("./load.sh", "a b"),
        stop_signal=StopSignal.INT,
        stop_grace=120,
        profiler="dhat-rs",
        rounds="2",
        valgrind_mode=Mode.AD_HOC,
        jobs=4,
        repeat=20,
        statistic=Statistic.P99,
        confirm=0,
        time_limit=90,
        limits={
            Metric.T_GMAX_BYTES: Limit(ratio=1.25, warn_ratio=1.1, min_delta=4 * KIB),
            Metric.T_END_BYTES: Limit(ratio=1.5, min_delta=64, maximum=1000),
            Metric.TOTAL_BLOCKS: Limit(ratio=2, min_delta=10),
        },
        tests=(
            TestRule(
                match="s3-server::api *",
                limits={
                    Metric.T_GMAX_BYTES: LimitChange(ratio=1.2, maximum=2 * MIB),
                    Metric.T_END_BYTES: LimitChange(maximum=0),
                },
            ),
        ),
        ignore=(
            IgnoreRule(frame="my_cache::*", test=None, reason="filled once per process", expires=date(2027, 1, 1)),
            IgnoreRule(
                frame=None,
                test="s3-server tests::warm_cache",
                reason="fills a static cache",
                expires=date(2026, 6, 1),
            ),
        ),
        accept=(
            AcceptRule(
                test="s3-server::api upload*",
                up_to={Metric.T_GMAX_BYTES: 3 * MIB, Metric.T_END_BLOCKS: 12},
                reason="the new index is kept in memory",
                expires=date(2026, 6, 1),
                expired=False,
            ),
            AcceptRule(
                test="b",
                up_to={Metric.TOTAL_BYTES: 1000},
                reason="once",
                expires=date(2026, 5, 31),
                expired=True,
            ),
        ),
        accept_label="memory: fine",
        baseline=Baseline(
            store=StoreName.BRANCH,
            path="memory/baseline.json",
            branch="ci/memory",
            branches=("main", "release/*"),
            fallback=Fallback.REBUILD,
            keep=50,
        ),
        comment=CommentMode.ON_CHANGE,
        no_baseline=NoBaseline.FAIL,
        max_missing=0.25,
        source="leakgate.yml",
    )


def test_what_holds_without_a_file() -> None:
    assert (
        Config(
            command=("cargo", "test"),
            profiler="auto",
            rounds="auto",
            jobs=1,
            repeat=1,
            statistic=Statistic.LAST,
            confirm=2,
            time_limit=600,
            limits={
                Metric.T_GMAX_BYTES: Limit(ratio=1.5, min_delta=4 * KIB),
                Metric.T_END_BYTES: Limit(ratio=1.5, min_delta=64),
            },
            tests=(),
            ignore=(),
            accept=(),
            accept_label="leakgate: accept",
            baseline=Baseline(
                store=None,
                path=".leakgate/baseline.json",
                branch="leakgate-baselines",
                branches=(),
                fallback=Fallback.NONE,
                keep=200,
            ),
            comment=CommentMode.ALWAYS,
            no_baseline=NoBaseline.PASS,
            max_missing=0.5,
            source=None,
        )
        == DEFAULT
    )


@pytest.mark.parametrize("text", ["", "\n", "# nothing yet\n", "---\n", "{}", "version: 1", "\ufeffversion: 1"])
def test_an_empty_file_says_nothing_else_than_none(text: str) -> None:
    assert read(text) == replace(DEFAULT, source="leakgate.yml")


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("cargo test", ("cargo", "test")),
        ("'cargo test -- \"a b\"'", ("cargo", "test", "--", "a b")),
        ("[cargo, test, --features, dhat heap, '']", ("cargo", "test", "--features", "dhat heap", "")),
        (">\n  cargo test\n  --workspace\n", ("cargo", "test", "--workspace")),
    ],
)
def test_a_command_is_text_or_a_list_of_words(value: str, words: tuple[str, ...]) -> None:
    assert read(f"command: {value}").command == words


@pytest.mark.parametrize(
    ("value", "size"),
    [("300", 300), ("0x10", 16), ("012", 12), ("1_000", 1000), ("'64 B'", 64), ("0 B", 0), ("8.0", 8)],
)
def test_a_size_is_a_number_or_text(value: str, size: int) -> None:
    assert read(f"limits: {{t-end: {{max: {value}}}}}").limits[Metric.T_END_BYTES].maximum == size


@pytest.mark.parametrize(("value", "share"), [("0", 0), ("1", 1), ("0.25", 0.25), ("25%", 0.25), ("2.5 %", 0.025)])
def test_a_share_is_a_fraction_or_a_percentage(value: str, share: float) -> None:
    assert read(f"max-missing: {value}").max_missing == share


@pytest.mark.parametrize(
    ("value", "seconds"),
    [("90", 90), ("2.5", 2.5), ("'90'", 90), ("90 s", 90), ("10min", 600), ("1.5 h", 5400), ("none", None)],
)
def test_a_time_is_seconds_or_text(value: str, seconds: float | None) -> None:
    assert read(f"time-limit: {value}").time_limit == seconds


def test_rules_for_tests_apply_in_order_and_field_by_field() -> None:
    config = read("""\
limits: {t-gmax: {max: 8 MiB}}
tests:
  - match: "server::api *"
    limits: {t-gmax: {ratio: 2, warn-ratio: 1.5}}
  - match: "*::big_upload"
    limits: {t-gmax: {ratio: 3, max: 1 GiB}, t-end-blocks: {max: 0}}
  - match: "*"
    limits: {t-gmax: {min-delta: 1 B}}
""")
    t_end = {Metric.T_END_BYTES: Limit(ratio=1.5, min_delta=64)}
    assert config.limits_for("server unit::put") == {
        Metric.T_GMAX_BYTES: Limit(ratio=1.5, min_delta=1, maximum=8 * MIB),
        **t_end,
    }
    assert config.limits_for("server::api tests::put") == {
        Metric.T_GMAX_BYTES: Limit(ratio=2, warn_ratio=1.5, min_delta=1, maximum=8 * MIB),
        **t_end,
    }
    assert config.limits_for("server::api tests::big_upload") == {
        Metric.T_GMAX_BYTES: Limit(ratio=3, warn_ratio=1.5, min_delta=1, maximum=1024 * MIB),
        Metric.T_END_BLOCKS: Limit(maximum=0),
        **t_end,
    }


@pytest.mark.parametrize(
    ("glob", "test_id", "matches"),
    [
        ("server::api *", "server::api tests::put", True),
        ("server::api", "server::api tests::put", False),
        ("*put", "server::api tests::put", True),
        ("*PUT", "server::api tests::put", False),
        ("*::p?t", "server::api tests::put", True),
        ("*::[pq]ut", "server::api tests::put", True),
        ("*::[!p]ut", "server::api tests::put", False),
        ("*[]]", "server tests::case[1]", True),
        ("*case[[]1]", "server tests::case[1]", True),
    ],
)
def test_a_glob_is_for_the_whole_test_id(glob: str, test_id: str, *, matches: bool) -> None:
    config = read(f"tests: [{{match: '{glob}', limits: {{t-end: {{max: 7}}}}}}]")
    assert (config.limits_for(test_id)[Metric.T_END_BYTES].maximum == 7) is matches


@example("[!]", "!")
@given(st.text(alphabet="[]!^-\\ab*?&~|", min_size=1, max_size=12), st.text(alphabet="[]!ab&~|", max_size=6))
def test_a_glob_that_is_accepted_can_be_matched(glob: str, test_id: str) -> None:
    text = f"tests: [{{match: '{glob}', limits: {{t-end: {{max: 7}}}}}}]"
    if "[" in re.sub(r"\[(?:!.|[^!])[^]]*]", "", glob):
        with pytest.raises(ConfigError, match="its `\\[` is never closed"):
            read(text)
    else:
        read(text).limits_for(test_id)  # an odd glob would end in re.error or a warning


@pytest.mark.parametrize("name", ["file", "branch", "artifact", "rebuild"])
def test_the_stores(name: str) -> None:
    assert read(f"baseline: {{store: {name}}}").baseline == Baseline(store=StoreName(name))


@given(
    st.text(st.sampled_from("ab./-~^:?*[\\@{} \x7fé"), min_size=1, max_size=6)
    | st.sampled_from(["@", "HEAD", "a.lock/b"])
)
def test_a_branch_is_what_git_calls_one(name: str) -> None:
    git = subprocess.run(["git", "check-ref-format", f"refs/heads/{name}"], check=False)
    accepted = True
    try:
        formats.branch(name)
    except UsageError:
        accepted = False
    means_something_else = name.startswith("-") or name in {"@", "HEAD"}
    assert accepted is (git.returncode == 0 and not means_something_else)


@pytest.mark.parametrize("text", ["''", '"  "'])
def test_no_label_accepts_where_its_name_is_empty(text: str) -> None:
    assert read(f"accept-label: {text}").accept_label == ""


def test_inline_limits_go_over_those_of_the_file() -> None:
    config = read("limits: {t-gmax: {ratio: 3, max: 2 MiB}}\ntests: [{match: a, limits: {t-gmax: {ratio: 9}}}]")
    changed = with_limits(config, "t-gmax: {ratio: 1.2}\ntotal: {ratio: 4}", "limits")
    assert changed == replace(
        config,
        limits={
            Metric.T_GMAX_BYTES: Limit(ratio=1.2, min_delta=4 * KIB, maximum=2 * MIB),
            Metric.T_END_BYTES: Limit(ratio=1.5, min_delta=64),
            Metric.TOTAL_BYTES: Limit(ratio=4),
        },
    )
    assert changed.limits_for("a")[Metric.T_GMAX_BYTES].ratio == 9


def test_no_inline_limits_change_nothing() -> None:
    assert with_limits(DEFAULT, "  \n", "limits") is DEFAULT


def test_bytes_of_a_file() -> None:
    assert decode(b"# \xc3\xa4\n", "leakgate.yml") == "# ä\n"
    assert decode(b"\xef\xbb\xbfversion: 1", "leakgate.yml") == "version: 1"


def test_a_file_that_is_not_utf_8() -> None:
    with pytest.raises(ConfigError) as caught:
        decode(b"version: 1\n# \xc3\xa4 \xe4\n", "leakgate.yml")
    assert str(caught.value) == "leakgate.yml:2:5: the file is not UTF-8: byte 0xe4\n  help: save it as UTF-8"


def test_importing_the_config_does_not_import_what_only_a_file_needs() -> None:
    code = "import leakgate.config, sys; print({'jsonschema', 'ruamel.yaml'} & set(sys.modules))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout == "set()\n"
