"""What `leakgate calibrate` prints: a table for a person, and YAML that leakgate.yml takes as it is."""

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from leakgate.comparison.calibration import Calibration, Movement
from leakgate.config import DEFAULT, Config, Limit, parse
from leakgate.dhat.profile import Metric
from leakgate.reports.calibration import render, render_yaml

GMAX, END = Metric.T_GMAX_BYTES, Metric.T_END_BYTES
KIB = 1024


def movement(test: str, metric: Metric = GMAX, min_delta: int | None = 14 * KIB, **fields: object) -> Movement:
    made = {"unit": "bytes", "lowest": 10_000, "highest": 17_000, "limit": DEFAULT.limits[GMAX], **fields}
    return Movement(test=test, metric=metric, min_delta=min_delta, **{"near_maximum": False, **made})  # type: ignore[arg-type]  # as given


MOVED = Calibration(
    runs=5,
    steady=38,
    movements=(
        movement("server::api case[1] *"),
        movement("server::api case[1] *", END, 128, lowest=0, highest=48, limit=DEFAULT.limits[END]),
        movement("server::api upload", min_delta=None, lowest=100_000, highest=104_096),
        movement(
            "server::api upload",
            Metric.T_END_BLOCKS,
            8,
            unit="blocks",
            lowest=3,
            highest=7,
            limit=Limit(ratio=2, maximum=10),
            near_maximum=True,
        ),
    ),
    tighter={},
    partly=("server::api flaky",),
)
TIGHT = Calibration(
    runs=5,
    steady=40,
    movements=(),
    tighter={GMAX: Limit(ratio=1.1, min_delta=KIB), END: Limit(ratio=1.1, min_delta=16)},
    partly=(),
)


def read(text: str) -> Config:
    return parse(text, "leakgate.yml", date(2026, 6, 1))


def test_what_moved_is_shown_with_the_lines_to_paste() -> None:
    assert (
        render(MOVED)
        == """\
38 of 40 tests were the same to the byte in 5 runs.

                   lowest     highest    spread    ratio  limit              min-delta
server::api case[1] *
  t-gmax         9.77 KiB   16.60 KiB  6.84 KiB    1.70×  1.5× and +4 KiB    → 14 KiB
  t-end               0 B        48 B      48 B        –  1.5× and +64 B     → 128 B
server::api upload
  t-gmax        97.66 KiB  101.66 KiB     4 KiB    1.04×  1.5× and +4 KiB    enough room
  t-end blocks   3 blocks    7 blocks  4 blocks    2.33×  2×, max 10 blocks  → 8 blocks
note: server::api upload: t-end blocks may go over its max of 10 blocks by chance.
note: not measured in every run, so left out: server::api flaky

For leakgate.yml, after what is below `tests:` there; min-delta is twice the spread, rounded up:

tests:
  - match: "server::api case[[]1] [*]" # t-gmax 9.77 KiB to 16.60 KiB, t-end 0 B to 48 B in 5 runs
    limits: {t-gmax: {min-delta: 14 KiB}, t-end: {min-delta: 128 B}}
  - match: "server::api upload" # t-end blocks 3 to 7 in 5 runs
    limits: {t-end-blocks: {min-delta: 8}}
"""
    )


def test_where_nothing_moved_tighter_limits_are_an_example() -> None:
    assert (
        render(TIGHT)
        == """\
40 of 40 tests were the same to the byte in 5 runs.

Nothing moved, so the limits of all tests may be tighter than they are, for example:

limits: # 5 runs, in which nothing moved
  t-gmax: {ratio: 1.1, min-delta: 1 KiB}
  t-end: {ratio: 1.1, min-delta: 16 B}
"""
    )
    assert read(render_yaml(TIGHT)).limits == TIGHT.tighter


def test_where_the_limits_have_room_there_is_nothing_to_paste() -> None:
    enough = Calibration(runs=5, steady=1, movements=(movement("s3 put", min_delta=None),), tighter={}, partly=())
    assert render(enough).endswith("The limits leave room for all of it: there is nothing to change.\n")
    assert read(render_yaml(enough)).tests == ()


def test_the_yaml_is_a_config_with_a_rule_for_these_tests_alone() -> None:
    config = read(render_yaml(MOVED))
    assert config.limits_for("server::api case[1] *") == {
        GMAX: Limit(ratio=1.5, min_delta=14 * KIB),
        END: Limit(ratio=1.5, min_delta=128),
    }
    assert config.limits_for("server::api case1 x") == DEFAULT.limits
    assert config.limits_for("server::api upload")[Metric.T_END_BLOCKS] == Limit(min_delta=8)


@given(
    st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1)
    | st.text('a*?[]!"\\#: -\x1b\x85\u2028\U0001f600')
)
def test_whatever_a_test_is_called_its_rule_is_for_it(name: str) -> None:
    test = f"s3 {name}"
    calibration = Calibration(runs=2, steady=0, movements=(movement(test),), tighter={}, partly=())
    config = read(render_yaml(calibration))
    assert config.limits_for(test)[GMAX].min_delta == 14 * KIB
    assert config.limits_for(f"{test}x") == DEFAULT.limits
