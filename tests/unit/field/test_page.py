from dataclasses import replace

from _crates import Suite
from _page import replaced
from field.figures import Agreement, Difference, Figures
from field.listing import Entry, Known, read
from field.page import render
from field.row import Alarm, Row
from field.running import Summary

QUIET = Row(
    Entry(Suite("cup", "0.1.0")),
    ran=2,
    figures=Figures(
        frozenset({"cup fills", "cup empties"}), frozenset(), frozenset(), Agreement(2, ()), Agreement(2, ())
    ),
    unmeasured=(),
    failed_only=(),
    failed_plain=(),
    crossed=(),
    alarms=(),
    unjudged=(),
    notes=(),
    summary=Summary(
        "2026-02-03, on a kitchen table.", plain=1.0, one_thread=2.0, leakgate=2.2, start=0.5, check=2.3
    ),
)
LOUD = Row(
    Entry(
        Suite("pot", "1.2.0"),
        (
            Known(("t-end", "t-gmax"), ("pot brew*",), "two threads race"),
            Known(("failed",), ("pot *",), "it counts its own threads"),
        ),
        "its other tests need a kitchen",
    ),
    ran=6,
    figures=Figures(
        frozenset({"pot brews", "pot brewed", "pot pours"}),
        frozenset({"pot steams"}),
        frozenset({"pot counts"}),
        Agreement(3, (Difference("pot pours", 0, 64),)),
        Agreement(
            3,
            (
                Difference("pot brews", 1024, 9216),
                Difference("pot pours", 64, 128),
                Difference("pot brewed", 10, 11),
            ),
        ),
    ),
    unmeasured=("pot boils",),
    failed_only=("pot counts",),
    failed_plain=("pot cracks",),
    crossed=(Alarm("pot brews", "t-gmax", 1024, 9216), Alarm("pot pours", "t-end", 0, 9216)),
    alarms=(Alarm("pot brews", "t-gmax", 1024, 9216),),
    unjudged=(),
    notes=("`pot::own` was not measured: it has a test harness of its own (`harness = false`)",),
    summary=Summary(
        "2026-02-03, on a kitchen table.", plain=2.0, one_thread=2.0, leakgate=4.0, start=0.5, check=5.0
    ),
)

PAGE = """\
2026-02-03, on a kitchen table.

| crate | tests run | measured | failed only under leakgate | t-end equal | t-gmax equal | crossed once | alarms | plain | leakgate | its start | check | / plain | / one thread |
|:--|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|
| cup 0.1.0 | 2 | 2 | 0 | 2 of 2 | 2 of 2 | 0 | 0 | 1.0 s | 2.2 s | 0.5 s | 2.3 s | 2.20× | 1.10× |
| pot 1.2.0 | 6 | 3 | 1 | 2 of 3 | 0 of 3 | 2 | 1 | 2.0 s | 4.0 s | 0.5 s | 5.0 s | 2.00× | 2.00× |
| **2 crates** | 8 | 5 | 1 | 4 of 5 | 2 of 5 | 2 | 1 | 3.0 s | 6.2 s | 1.0 s | 7.3 s | 2.07× | 1.55× |

#### pot 1.2.0

- its other tests need a kitchen
- fails without leakgate too, 1: `pot cracks`
- failed only under leakgate, 1: it counts its own threads. `pot counts`
- ran, not measured, 2: **cause not known**. `pot boils`, `pot steams` (in one of the runs)
- t-end differs, 1: **cause not known**. `pot pours` (0 B, 64 B)
- t-gmax differs, 2: two threads race. `pot brews` (1 KiB, 9 KiB), `pot brewed` (10 B, 11 B)
- t-gmax differs, 1: **cause not known**. `pot pours` (64 B, 128 B)
- crosses a limit once, 2: **cause not known**. `pot brews` (t-gmax 1 KiB → 9 KiB), `pot pours` (t-end 0 B → 9 KiB)
- alarm, 1: **cause not known**. `pot brews` (t-gmax 1 KiB → 9 KiB)
- leakgate's note: `pot::own` was not measured: it has a test harness of its own (`harness = false`)

#### kettle 3.0.0

**Did not run**: `cargo test` exited with 101

```text
error: no kettle
```
"""  # noqa: E501 - a table's line


def test_the_table_and_each_exception_with_its_cause() -> None:
    trouble = {"kettle 3.0.0": "`cargo test` exited with 101\nerror: no kettle"}

    assert render([QUIET, LOUD], trouble) == PAGE


def test_a_check_that_judged_nothing_is_no_pass() -> None:
    page = render([replace(QUIET, unjudged=("1 test failed, so nothing can be said of memory.",))], {})

    assert "| cup 0.1.0 | 2 | 2 | 0 | 2 of 2 | 2 of 2 | 0 | – | 1.0 s |" in page
    assert "- the check judged nothing: 1 test failed, so nothing can be said of memory.\n" in page


def test_only_what_is_between_the_two_lines_is_replaced() -> None:
    assert replaced("head\n<a>\nold\n<b>\nfoot\n", "<a>\n", "new", "<b>\n") == "head\n<a>\n\nnew\n<b>\nfoot\n"


def test_the_list_is_read_with_its_known_exceptions() -> None:
    text = """\
[[crate]]
name = "cup"
version = "0.1.0"

[[crate]]
name = "pot"
version = "1.2.0"
words = ["--lib", "--features=full"]
about = "its other tests need a kitchen"

[[crate.known]]
kinds = ["t-gmax", "crossed"]
tests = ["pot brews", "pot pour*"]
cause = "two threads race"
"""
    cup, pot = read(text)

    assert cup == Entry(Suite("cup", "0.1.0", ("--tests",)))
    assert pot.suite == Suite("pot", "1.2.0", ("--lib", "--features=full"))
    assert pot.about == "its other tests need a kitchen"
    assert pot.cause("crossed", "pot pours") == "two threads race"
    assert pot.cause("t-end", "pot brews") is None
    assert pot.cause("t-gmax", "pot boils") is None
