"""What a user reads when leakgate.yml is wrong: the whole message, for every kind of mistake."""

from datetime import date

import pytest

from leakgate.config import DEFAULT, parse, with_limits
from leakgate.errors import ConfigError

TODAY = date(2026, 6, 1)

YAML_MISTAKES = [
    (
        "limits:\n  t-gmax:\n\t  ratio: 2\n",
        """\
leakgate.yml:3:1: not YAML: a tab where only spaces may be
  help: indent with spaces""",
    ),
    (
        "command: cargo test: all\n",
        """\
leakgate.yml:1:20: not YAML: mapping values are not allowed here
  help: a text with `: ` in it needs quotes; otherwise look at the indentation""",
    ),
    (
        "tests: [\n",
        """\
leakgate.yml:2:1: not YAML: while parsing a flow node: expected the node content, but found '<stream end>'""",
    ),
    ("command: a\x1bb\n", r"leakgate.yml:1:11: not YAML: the character '\x1b'"),
    ("# \n\ncommand: \x00", r"leakgate.yml:3:10: not YAML: the character '\x00'"),
    (
        "version: 1\n---\nversion: 1\n",
        """\
leakgate.yml:2:1: a second document starts here
  help: remove the `---`: a config is one document""",
    ),
    (
        "comment: never\njobs: 2\ncomment: always\n",
        """\
leakgate.yml:3:1: the key `comment` is given twice
  help: the first is in line 1""",
    ),
    (
        "limits:\n  t-end: {max: 1, ratio: 2}\n  t-end: {max: 2, min-detla: 1}\n",
        """\
leakgate.yml:3:3: the key `t-end` is given twice
  help: the first is in line 2""",
    ),
    (
        "%YAML 1.1\n---\njobs: no\n",
        """\
leakgate.yml:1:1: a line with `%` is a YAML directive, which has no meaning here
  help: remove it""",
    ),
    (
        "? [a, b]\n: 1\n",
        """\
leakgate.yml:1:3: a key must be text
  help: write `key: value`""",
    ),
    (
        "tests:\n  - match: *upload\n    limits: {}\n",
        """\
leakgate.yml:2:12: `*upload` is a YAML alias, which has no meaning here
  help: a text that starts with `*` needs quotes""",
    ),
    (
        "ignore:\n  - {frame: *, reason: x}\n",
        """\
leakgate.yml:2:14: not YAML: while scanning an alias: expected alphabetic or numeric character, but found ','
  help: a text that starts with `*` needs quotes""",
    ),
    (
        "*a : 1\n",
        """\
leakgate.yml:1:1: `*a` is a YAML alias, which has no meaning here
  help: a text that starts with `*` needs quotes""",
    ),
    (
        "command: !!python/object/apply:os.system ['true']\n",
        """\
leakgate.yml:1:10: `!!python/object/apply:os.system` is a YAML tag, which has no meaning here
  help: remove it""",
    ),
    (
        'baseline: {path: "a\\0b"}\n',
        r"""leakgate.yml:1:18: `a\x00b` has a character that no text may have
  help: remove it""",
    ),
    (
        "max-missing: .nan\n",
        """\
leakgate.yml:1:14: `.nan` is not a number that can be used
  help: write a number of ordinary size""",
    ),
    ("[" * 100_000, "leakgate.yml:1:17: nested more than 16 deep"),
    ("#" * 262_145, "leakgate.yml:1:1: the file has more than 256 Ki characters"),
]

KEYS = (
    "the keys here are version, command, load, stop-signal, stop-grace, profiler, rounds, valgrind-mode, jobs, "
    "repeat, statistic, confirm, time-limit, limits, tests, ignore, accept, creep, accept-label, baseline, "
    "comment, no-baseline, max-missing"
)

SCHEMA_MISTAKES = [
    (
        "load: ''\n",
        """\
leakgate.yml:1:7: `load`: no program is named
  help: write a program and its arguments""",
    ),
    (
        "stop-signal: KILL\n",
        """\
leakgate.yml:1:14: `stop-signal` must be `TERM` or `INT`, not `KILL`""",
    ),
    (
        "stop-grace: soon\n",
        """\
leakgate.yml:1:13: `stop-grace`: `soon` is not a time
  help: for example `90 s`, `10 min` or `1 h`, or `none` for any time""",
    ),
    (
        "stop-grace: 0.1 s\n",
        """\
leakgate.yml:1:13: `stop-grace`: `0.1 s` is no time that a test may take
  help: from `1 s` to `24 h`, or `none` for any time""",
    ),
    (
        "rounds: twice\n",
        """\
leakgate.yml:1:9: `rounds`: `twice` is not a number of rounds
  help: write `auto` or a number such as `2`""",
    ),
    (
        "rounds: 0\n",
        """\
leakgate.yml:1:9: `rounds` must be at least 1, not `0`
  help: for example `rounds: auto`""",
    ),
    (
        "repeat: 0\n",
        """\
leakgate.yml:1:9: `repeat` must be at least 1, not `0`
  help: for example `repeat: 20`""",
    ),
    (
        "statistic: mean\n",
        """\
leakgate.yml:1:12: `statistic` must be `last` or `median` or `max` or `p99`, not `mean`
  help: did you mean `median`?""",
    ),
    (
        "confirm: -1\n",
        """\
leakgate.yml:1:10: `confirm` must be at least 0, not `-1`
  help: for example `confirm: 2`""",
    ),
    (
        "time-limit: 10 m\n",
        """\
leakgate.yml:1:13: `time-limit`: `10 m` is not a time
  help: for example `90 s`, `10 min` or `1 h`, or `none` for any time""",
    ),
    (
        "time-limit: 0\n",
        """\
leakgate.yml:1:13: `time-limit`: `0` is no time that a test may take
  help: from `1 s` to `24 h`, or `none` for any time""",
    ),
    (
        "time-limit: [1]\n",
        """\
leakgate.yml:1:13: `time-limit` must be a time, not a list
  help: for example `time-limit: 10 min`""",
    ),
    (
        "- version: 1\n",
        """\
leakgate.yml:1:1: the file must be a mapping, not a list
  help: write one `key: value` a line""",
    ),
    (
        "leakgate\n",
        """\
leakgate.yml:1:1: the file must be a mapping, not `leakgate`
  help: write one `key: value` a line""",
    ),
    ("version: 2\n", "leakgate.yml:1:10: `version` must be `1`, not `2`"),
    (
        "version: 1\ncoment: never\n",
        """\
leakgate.yml:2:1: unknown key `coment`
  help: did you mean `comment`?""",
    ),
    ("retries: 2\n", f"leakgate.yml:1:1: unknown key `retries`\n  help: {KEYS}"),
    (
        "max_missing: 0.5\n",
        """\
leakgate.yml:1:1: unknown key `max_missing`
  help: did you mean `max-missing`?""",
    ),
    (
        "profiler: dh\n",
        "leakgate.yml:1:11: `profiler` must be `auto` or `harness` or `dhat-rs` or `valgrind`, not `dh`",
    ),
    (
        "profiler: dhat\n",
        """\
leakgate.yml:1:11: `profiler` must be `auto` or `harness` or `dhat-rs` or `valgrind`, not `dhat`
  help: did you mean `dhat-rs`?""",
    ),
    (
        "accept:\n  - {test: a, up-to: 3 MiB, reason: x, expires: 2027-01-01}\n",
        """\
leakgate.yml:2:22: `up-to` must be a mapping, not `3 MiB`
  help: for example `up-to: {t-gmax: 3 MiB}`""",
    ),
    (
        "accept:\n  - {test: a, up-to: {}, reason: x, expires: 2027-01-01}\n",
        """\
leakgate.yml:2:22: `up-to` must not be empty
  help: for example `up-to: {t-gmax: 3 MiB}`""",
    ),
    (
        "accept:\n  - {test: a, up-to: {t-gmax: 3 MiB, t-gmax-bytes: 1, t-end-blocks: 2 KiB}}\n",
        """\
leakgate.yml:2:5: `accept[0]` has no `expires`
  help: add `expires`: the last day on which the rule holds, YYYY-MM-DD
leakgate.yml:2:5: `accept[0]` has no `reason`
  help: add `reason`: why this is accepted, for whoever reads it next
leakgate.yml:2:38: `t-gmax` and `t-gmax-bytes` are one metric
  help: `t-gmax` is short for `t-gmax-bytes`: keep one of them
leakgate.yml:2:69: `t-end-blocks`: `2 KiB` is not a count of blocks: blocks have no unit
  help: did you mean `2`?""",
    ),
    (
        f"accept-label: {'a' * 51}\n",
        "leakgate.yml:1:15: `accept-label` must have at most 50 characters, not 51",
    ),
    (
        "baseline: {store: brunch}\n",
        """\
leakgate.yml:1:19: `store` must be `file` or `branch` or `artifact` or `rebuild`, not `brunch`
  help: did you mean `branch`?""",
    ),
    (
        "baseline: {branch: my baselines}\n",
        """\
leakgate.yml:1:20: `branch`: `my baselines` is no name that git gives to a branch
  help: for example `leakgate-baselines`""",
    ),
    (
        "baseline: {branch: refs/heads/baselines}\n",
        """\
leakgate.yml:1:20: `branch`: `refs/heads/baselines` is a ref, not the name of a branch
  help: did you mean `baselines`?""",
    ),
    (
        "baseline: {branch: ''}\n",
        """\
leakgate.yml:1:20: `branch` must not be empty
  help: for example `branch: leakgate-baselines`""",
    ),
    (
        "baseline: {branches: main}\n",
        """\
leakgate.yml:1:22: `branches` must be a list, not `main`
  help: for example `branches: [main, "release/*"]`""",
    ),
    (
        "baseline: {branches: ['release/[']}\n",
        """\
leakgate.yml:1:23: `branches[0]`: `release/[` is not a glob: its `[` is never closed
  help: write `[[]` for a bracket itself""",
    ),
    (
        "baseline: {keep: 0}\n",
        """\
leakgate.yml:1:18: `keep` must be at least 1, not `0`
  help: for example `keep: 200`""",
    ),
    (
        "comment: on-chnage\n",
        """\
leakgate.yml:1:10: `comment` must be `always` or `on-change` or `on-failure` or `never`, not `on-chnage`
  help: did you mean `on-change`?""",
    ),
    ("no-baseline: no\n", "leakgate.yml:1:14: `no-baseline` must be `pass` or `fail`, not `no`"),
    (
        "jobs: four\n",
        """\
leakgate.yml:1:7: `jobs` must be a whole number, not `four`
  help: for example `jobs: 4`""",
    ),
    (
        "jobs: '4'\n",
        """\
leakgate.yml:1:7: `jobs` must be a whole number, not `4`
  help: write it without quotes""",
    ),
    (
        "jobs: 0\n",
        """\
leakgate.yml:1:7: `jobs` must be at least 1, not `0`
  help: for example `jobs: 4`""",
    ),
    (
        "jobs: 100000\n",
        """\
leakgate.yml:1:7: `jobs` must be at most 1024, not `100000`
  help: for example `jobs: 4`""",
    ),
    (
        "jobs: true\n",
        """\
leakgate.yml:1:7: `jobs` must be a whole number, not `true`
  help: for example `jobs: 4`""",
    ),
    (
        "limits:\n",
        """\
leakgate.yml:1:1: `limits` must be a mapping, not empty
  help: for example `limits: {t-gmax: {ratio: 1.2, max: 2 MiB}, t-end: {max: 0 B}}`""",
    ),
    (
        "command: [cargo, test, --jobs, 2]\n",
        """\
leakgate.yml:1:32: `command[3]` must be text, not `2`
  help: write it in quotes: "2\"""",
    ),
    (
        "command: cargo test 'my test\n",
        """\
leakgate.yml:1:10: `command`: `cargo test 'my test` cannot be split into words: no closing quotation
  help: close it, or write a list of words""",
    ),
    (
        "command: ''\n",
        """\
leakgate.yml:1:10: `command`: no program is named
  help: write a program and its arguments""",
    ),
    (
        "command: []\n",
        """\
leakgate.yml:1:10: `command`: no program is named
  help: write a program and its arguments""",
    ),
    (
        "command: {run: cargo test}\n",
        """\
leakgate.yml:1:10: `command` must be text or a list of texts, not a mapping
  help: for example `command: cargo test --workspace --features dhat-heap`""",
    ),
    (
        "baseline: {path: ''}\n",
        """\
leakgate.yml:1:18: `path` must not be empty
  help: for example `path: .leakgate/baseline.json`""",
    ),
    (
        "max-missing: 25\n",
        """\
leakgate.yml:1:14: `max-missing`: `25` is more than all tests
  help: did you mean `25%`?""",
    ),
    (
        "max-missing: 101%\n",
        """\
leakgate.yml:1:14: `max-missing`: `101%` is more than all tests
  help: the most is `100%`""",
    ),
    (
        "max-missing: a few\n",
        """\
leakgate.yml:1:14: `max-missing`: `a few` is not a share
  help: for example `25%` or `0.25`""",
    ),
    (
        "max-missing: -0.1\n",
        """\
leakgate.yml:1:14: `max-missing` must be at least 0, not `-0.1`
  help: for example `max-missing: 25%`""",
    ),
]

LIMIT_MISTAKES = [
    (
        "limits: {t-gmx: {ratio: 2}}\n",
        """\
leakgate.yml:1:10: unknown key `t-gmx`
  help: did you mean `t-gmax`?""",
    ),
    (
        "limits:\n  t-gmax:\n    mindelta: 4 KiB\n",
        """\
leakgate.yml:3:5: unknown key `mindelta`
  help: did you mean `min-delta`?""",
    ),
    (
        "limits: {t-gmax: {threshold: 2}}\n",
        """\
leakgate.yml:1:19: unknown key `threshold`
  help: the keys here are ratio, warn-ratio, min-delta, max""",
    ),
    (
        "limits: {t-end: {max: 4 Kb}}\n",
        """\
leakgate.yml:1:23: `max`: `4 Kb` is not a size: its unit is unknown
  help: did you mean `4 KiB` (1024 bytes each) or `4 kB` (1000 bytes each)?""",
    ),
    (
        "limits: {t-end: {max: -1}}\n",
        """\
leakgate.yml:1:23: `max` must be at least 0, not `-1`
  help: for example `max: 4 KiB`""",
    ),
    (
        "limits: {t-end: {max: -1 KiB}}\n",
        """\
leakgate.yml:1:23: `max`: `-1 KiB` is not a size
  help: a size is not negative; the least is `0 B`""",
    ),
    (
        "limits: {t-end: {max: 1.5}}\n",
        """\
leakgate.yml:1:23: `max` must be a size, not `1.5`
  help: for example `max: 4 KiB`""",
    ),
    (
        "limits: {t-end: {max: }}\n",
        """\
leakgate.yml:1:18: `max` must be a size, not empty
  help: for example `max: 4 KiB`""",
    ),
    (
        "limits: {t-end-blocks: {max: 10 KiB}}\n",
        """\
leakgate.yml:1:30: `max`: `10 KiB` is not a count of blocks: blocks have no unit
  help: did you mean `10`?""",
    ),
    (
        "limits: {t-end: {ratio: 150%}}\n",
        """\
leakgate.yml:1:25: `ratio`: `150%` is not a ratio
  help: a ratio of 1.5 means 150 % of the base""",
    ),
    (
        "limits: {t-end: {ratio: 1.5x}}\n",
        """\
leakgate.yml:1:25: `ratio`: `1.5x` is not a ratio
  help: did you mean `1.5`, without quotes or sign?""",
    ),
    (
        "limits: {t-end: {ratio: 0.9}}\n",
        """\
leakgate.yml:1:25: `ratio` must be at least 1, not `0.9`
  help: for example `ratio: 1.5`""",
    ),
    (
        "limits: {t-end: {ratio: .inf}}\n",
        """\
leakgate.yml:1:25: `.inf` is not a number that can be used
  help: write a number of ordinary size""",
    ),
    (
        "limits: {t-end: {}}\n",
        """\
leakgate.yml:1:17: `t-end` must not be empty
  help: for example `t-end: {ratio: 1.5, min-delta: 4 KiB}`""",
    ),
    (
        "limits:\n  t-end: {max: 0 B}\n  t-end-bytes: {ratio: 2}\n",
        """\
leakgate.yml:3:3: `t-end` and `t-end-bytes` are one metric
  help: `t-end` is short for `t-end-bytes`: keep one of them""",
    ),
    (
        "limits:\n  total: {min-delta: 1 MiB}\n",
        "leakgate.yml:2:3: `total` limits nothing: it has neither `ratio` nor `warn-ratio` nor `max`",
    ),
    (
        "limits:\n  t-gmax: {warn-ratio: 1.5}\n",
        """\
leakgate.yml:2:3: `t-gmax` never warns: above its `warn-ratio` 1.5 it already fails, because its `ratio` is 1.5
  help: the `warn-ratio` must be the smaller one""",
    ),
]

RULE_MISTAKES = [
    (
        "tests:\n  match: a\n",
        """\
leakgate.yml:2:3: `tests` must be a list, not a mapping
  help: for example `tests: [{match: "s3-server::api *", limits: {t-gmax: {max: 2 MiB}}}]`""",
    ),
    (
        "tests:\n  - match: a\n",
        """\
leakgate.yml:2:5: `tests[0]` has no `limits`
  help: add `limits`: what these tests' limits have differently""",
    ),
    (
        "tests:\n  - match: 'a [b'\n    limits: {t-end: {max: 1}}\n",
        """\
leakgate.yml:2:12: `match`: `a [b` is not a glob: its `[` is never closed
  help: write `[[]` for a bracket itself""",
    ),
    (
        "tests:\n  - match: ''\n    limits: {t-end: {max: 1}}\n",
        """\
leakgate.yml:2:12: `match` must not be empty
  help: for example `match: "s3-server::api *"`""",
    ),
    (
        "ignore:\n  - frame: my_cache::*\n",
        """\
leakgate.yml:2:5: `ignore[0]` has no `reason`
  help: add `reason`: why this is accepted, for whoever reads it next""",
    ),
    (
        "ignore:\n  - frame: my_cache::*\n    reason: ' '\n",
        """\
leakgate.yml:3:13: `reason` must not be empty
  help: for example `reason: filled once per process`""",
    ),
    (
        "ignore:\n  - reason: noisy\n",
        """\
leakgate.yml:2:5: `ignore[0]` has neither `frame` nor `test`
  help: add one of the two""",
    ),
    (
        "ignore:\n  - {frame: a, test: b, reason: noisy}\n",
        """\
leakgate.yml:2:5: `ignore[0]` has both `frame` and `test`
  help: write a rule for each""",
    ),
    (
        "ignore:\n  - {frame: a, reason: noisy, expires: 2026-02-30}\n",
        """\
leakgate.yml:2:40: `expires`: there is no day `2026-02-30`: day is out of range for month
  help: write it as YYYY-MM-DD, for example `2027-01-31`""",
    ),
    (
        "ignore:\n  - {frame: a, reason: noisy, expires: 1 June 2027}\n",
        """\
leakgate.yml:2:40: `expires`: `1 June 2027` is not a date
  help: write it as YYYY-MM-DD, for example `2027-01-31`""",
    ),
    (
        """\
ignore:
  - {frame: a, reason: fine, expires: 2026-06-01}
  - {frame: b, reason: noisy, expires: 2026-05-31}
""",
        """\
leakgate.yml:3:40: `ignore[1]`, `b`, expired on 2026-05-31, 1 day ago
  help: remove the rule, or look at its reason again and give it a new date""",
    ),
]


def message_of(text: str) -> str:
    with pytest.raises(ConfigError) as caught:
        parse(text, "leakgate.yml", TODAY)
    return str(caught.value)


@pytest.mark.parametrize(("text", "message"), YAML_MISTAKES, ids=lambda text: text[:40])
def test_what_is_no_plain_yaml(text: str, message: str) -> None:
    assert message_of(text) == message


@pytest.mark.parametrize(("text", "message"), SCHEMA_MISTAKES)
def test_keys_and_values(text: str, message: str) -> None:
    assert message_of(text) == message


@pytest.mark.parametrize(("text", "message"), LIMIT_MISTAKES)
def test_limits(text: str, message: str) -> None:
    assert message_of(text) == message


@pytest.mark.parametrize(("text", "message"), RULE_MISTAKES)
def test_rules(text: str, message: str) -> None:
    assert message_of(text) == message


def test_all_mistakes_are_told_in_the_order_of_the_file() -> None:
    text = """\
version: 1
coment: never
limits:
  t-gmax: {ratio: 1.2, max: 4 Kb}
ignore:
  - frame: my_cache::*
    expires: 2020-01-01
profiler: heaptrack
jobs: 2
jobs: 0
"""
    assert (
        message_of(text)
        == """\
leakgate.yml:2:1: unknown key `coment`
  help: did you mean `comment`?
leakgate.yml:4:29: `max`: `4 Kb` is not a size: its unit is unknown
  help: did you mean `4 KiB` (1024 bytes each) or `4 kB` (1000 bytes each)?
leakgate.yml:6:5: `ignore[0]` has no `reason`
  help: add `reason`: why this is accepted, for whoever reads it next
leakgate.yml:8:11: `profiler` must be `auto` or `harness` or `dhat-rs` or `valgrind`, not `heaptrack`
leakgate.yml:10:1: the key `jobs` is given twice
  help: the first is in line 9"""
    )


def test_the_first_mistake_is_where_the_error_is() -> None:
    with pytest.raises(ConfigError) as caught:
        parse("jobs: 0\nprofiler: heaptrack\n", "leakgate.yml", TODAY)
    assert caught.value.where == "leakgate.yml:1:7"
    assert caught.value.what == "`jobs` must be at least 1, not `0`"


def test_hundreds_of_mistakes_are_counted() -> None:
    lines = message_of("tests: [" + "3, " * 500 + "]").splitlines()
    assert lines[0] == "leakgate.yml:1:9: `tests[0]` must be a mapping, not `3`"
    assert len(lines) == 41
    assert lines[-1] == "leakgate.yml: and 480 more problems"


def test_a_mistake_in_inline_limits() -> None:
    with pytest.raises(ConfigError) as caught:
        with_limits(DEFAULT, "t-gmax: {ratio: 1.2}\nt-edn: {max: 0 B}\ntotal: {min-delta: 3}", "limits")
    assert (
        str(caught.value)
        == """\
limits:2:1: unknown key `t-edn`
  help: did you mean `t-end`?"""
    )
    with pytest.raises(ConfigError) as caught:
        with_limits(DEFAULT, "1.5", "limits")
    assert (
        str(caught.value)
        == """\
limits:1:1: the limits must be a mapping, not `1.5`
  help: write one `key: value` a line"""
    )
