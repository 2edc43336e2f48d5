from _page import replaced
from msgspec import structs
from quality.outcome import Alarm, Found, Named, Outcome, Repeats, summarise
from quality.page import render

from leakgate.dhat.profile import Metric

FOUND = Found(
    test="cup tests::fills",
    metric=Metric.T_GMAX_BYTES,
    least=1024,
    most=4096,
    growth=2048,
    detected=True,
    named=Named(function="cup::Cup::fill", file="cases/cup/src/lib.rs", line=7),
    attributed=True,
    cause="unfinished-task",
    said="unfinished-task",
)
WRONG = structs.replace(
    FOUND,
    test="jug pours",
    metric=Metric.T_END_BYTES,
    growth=-100,
    named=Named(function="jug::new", file=None, line=None),
    attributed=False,
    said="reference-cycle",
)
UNEXPLAINED = structs.replace(FOUND, test="mug cools", said="unknown")
MISSED = structs.replace(
    FOUND, test="pan boils", growth=None, detected=False, named=None, attributed=False, said="unknown"
)
ALARM = Alarm(test="pot pours", metric=Metric.T_END_BYTES, base=0, head=99)
OUTCOMES = (
    Outcome(case="cup", title="t", covers="Vec<T> | map", found=(FOUND,)),
    Outcome(case="jug", title="t", covers="a jug", found=(WRONG,), miss="`new` looks like the caller."),
    Outcome(case="mug", title="t", covers="a mug", found=(UNEXPLAINED,)),
    Outcome(case="pan", title="t", covers="a pan", found=(MISSED,)),
    Outcome(
        case="pot",
        title="t",
        covers="a pot",
        alarms=(ALARM,),
        repeats=Repeats(
            runs=50,
            failed=2,
            warned=3,
            alarms=(Alarm(test="pot pours", metric=Metric.T_END_BYTES, base=1, head=70),),
        ),
    ),
    Outcome(case="tap", title="t", covers="a tap", excused=True),
    Outcome(case="urn", title="t", covers="an urn", excused=False),
)

PAGE = r"""On a kitchen table.

| figure | measured | goal | |
|:--|--:|--:|:--|
| detected | 3 of 4 (75 %) | 100 % | **missed** |
| false alarms | 3 of 57 (5.2 %) | 0 | **missed** |
| attributed | 2 of 4 (50 %) | ≥ 95 % | **missed** |
| cause right | 1 of 4 (25 %) | ≥ 85 % | **missed** |
| cause wrong | 1 of 4 (25 %) | ≤ 2 % | **missed** |

### Regressions

| case | covers | test | metric | growth stated | measured | detected | names first | cause | said |
|:--|:--|:--|:--|--:|--:|:--|:--|:--|:--|
| `cup` | Vec\<T\> \| map | `cup tests::fills` | t-gmax | 1 KiB to 4 KiB | +2 KiB | yes | `cup::Cup::fill cases/cup/src/lib.rs:7` | unfinished-task | unfinished-task |
| `jug` | a jug | `jug pours` | t-end | 1 KiB to 4 KiB | −100 B **figure off** | yes | `jug::new` **not it** | unfinished-task | **reference-cycle** |
| `mug` | a mug | `mug cools` | t-gmax | 1 KiB to 4 KiB | +2 KiB | yes | `cup::Cup::fill cases/cup/src/lib.rs:7` | unfinished-task | unknown |
| `pan` | a pan | `pan boils` | t-gmax | 1 KiB to 4 KiB | – | **no** | – | unfinished-task | unknown |

### Nothing has grown

| case | covers | false alarms | warned | repeats | with a false alarm | that warned | static left out |
|:--|:--|--:|--:|--:|--:|--:|:--|
| `pot` | a pot | 1 | 0 | 50 | 2 | 3 |  |
| `tap` | a tap | 0 | 0 | 0 | 0 | 0 | yes |
| `urn` | an urn | 0 | 0 | 0 | 0 | 0 | not said |

### Causes: said, against the truth

| said \ true | unfinished-task |
|:--|--:|
| unfinished-task | 1 |
| reference-cycle | 1 |
| unknown | 2 |

### Misses

- `jug`: `jug pours` names `jug::new` first; `jug pours` is said to be reference-cycle, and is unfinished-task. `new` looks like the caller.
- `mug`: `mug cools` gets no cause, and is unfinished-task. **Reason not known.**
- `pan`: `pan boils` is not detected. **Reason not known.**
- `pot`: false alarm: `pot pours`, t-end 0 B → 99 B; false alarm in 2 of 50 repeats: `pot pours`, t-end 1 B → 70 B. **Reason not known.**
"""  # noqa: E501 - lines of a table


def test_the_page_has_the_figures_the_tables_and_each_miss_with_its_reason() -> None:
    assert render(summarise(OUTCOMES, 50, "On a kitchen table.")) == PAGE


def test_goals_that_are_met_and_no_miss() -> None:
    page = render(summarise(OUTCOMES[:1], 0, ""))
    assert page.count("| met |") == 5
    assert page.endswith("### Misses\n\nNone.\n")


def test_only_what_is_between_the_marks_is_replaced() -> None:
    assert replaced("a\n<1>\nold\n<2>\nb\n", "<1>\n", "new", "<2>\n") == "a\n<1>\n\nnew\n<2>\nb\n"
