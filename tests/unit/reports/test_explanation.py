"""`leakgate explain`, whole, as a person reads it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from factories import FINGERPRINT, snapshot
from gfm import not_ours, page
from hostile import HOSTILE
from leakgate import config
from leakgate.comparison.compare import compare
from leakgate.comparison.judge import Provenance, judge
from leakgate.comparison.result import Side
from leakgate.config import DEFAULT
from leakgate.dhat.profile import Metric
from leakgate.reports import console_explanation, markdown_explanation
from leakgate.reports.explanation import Explanation, hints
from results import caused_test, everywhere

EXPECTED = Path(__file__).parent / "expected"
UNTIL = date(2027, 2, 26)
BASE = Side(commit="1a2b3c4d5e6f" + "0" * 28, source=".leakgate/baseline.json", fingerprint=FINGERPRINT)
HEAD = Side(commit="6f5e4d3c2b1a" + "0" * 28, fingerprint=FINGERPRINT)


def leak(command: str | None = "cargo test --workspace server::tests::serves_forty_clients") -> Explanation:
    return Explanation(test=caused_test(), held=(), base=BASE, head=HEAD, command=command, until=UNTIL)


def quiet() -> Explanation:
    measured = snapshot(
        "shop put_many: gmax=14685 end=64",
        "  shop::small src/lib.rs:3: gmax=600 end=64",
        "  shop::large src/lib.rs:9: gmax=14000 end=0",
    )
    [test] = judge(compare(measured, measured), DEFAULT, Provenance(base=BASE, head=HEAD)).tests
    held = measured.tests[0].sites
    return Explanation(test=test, held=held, base=BASE, head=HEAD, command=None, until=UNTIL)


@pytest.mark.parametrize("told", [leak, quiet], ids=lambda function: function.__name__)
def test_a_whole_explanation(told: Callable[[], Explanation]) -> None:
    name = f"explained_{told.__name__}"
    assert console_explanation.render(told()) == (EXPECTED / f"{name}.txt").read_text(encoding="utf-8")
    assert markdown_explanation.render(told()) == (EXPECTED / f"{name}.md").read_text(encoding="utf-8")


def test_without_a_snapshot_it_says_so() -> None:
    told = console_explanation.render(replace(quiet(), held=()))
    assert "No limit was crossed, and no snapshot beside the result names a site of this test." in told


def test_a_change_of_the_code_is_tried_on_this_test_with_commands_that_judge_it() -> None:
    first = next(hints(leak("cargo test put_many")))
    assert first.text.split("\n") == [
        "leakgate profile --output before.json -- cargo test put_many",
        "leakgate profile --output after.json -- cargo test put_many",
        "leakgate compare before.json after.json",
    ]


def test_a_cause_is_no_wider_than_the_screen() -> None:
    narrow, wide = (console_explanation.render(leak(), width=width) for width in (60, 10_000))
    [cause] = [line.strip() for line in wide.split("\n") if "Likely an unfinished task: all 40" in line]

    assert (
        "\n   Likely an unfinished task: all 40 tasks spawned at\n"
        "       src/server.rs:42 (by tokio::task::spawn::spawn) were\n"
        "       alive at the peak.\n"
        "     Usual remedy: keep the `JoinHandle` and await or abort\n"
    ) in narrow
    assert cause in " ".join(narrow.split())


def test_without_a_baseline_none_is_made_up() -> None:
    head = snapshot("shop put_many: gmax=52428800 end=0", "  shop::put src/lib.rs:9: gmax=1048576 end=0")
    strict = config.parse("version: 1\nlimits: {t-gmax: {max: 1 MiB}}\n", "leakgate.yml", date(2026, 11, 28))
    [test] = judge(compare(None, head), strict, Provenance(base=None, head=HEAD)).tests
    told = Explanation(test=test, held=(), base=None, head=HEAD, command=None, until=UNTIL)

    text, markdown = console_explanation.render(told), markdown_explanation.render(told)

    assert "1. shop::put  src/lib.rs:9\n   t-gmax  1 MiB\n   t-end   0 B" in text
    assert "all other sites together\n   t-gmax  49 MiB" in text
    assert "|  | held |\n|:--|--:|\n| t-gmax | 1\u00a0MiB |" in markdown
    assert "→" not in text


def test_the_rules_to_copy_are_valid_and_accept_what_was_measured() -> None:
    rules = [hint.text for hint in hints(leak()) if hint.is_yaml]
    parsed = config.parse("version: 1\n" + "\n".join(rules) + "\n", "leakgate.yml", date(2026, 11, 28))
    [accept], [ignore] = parsed.accept, parsed.ignore
    test = caused_test()
    assert (accept.test, ignore.frame) == (test.name, test.sites[0].function)
    assert (accept.expires, ignore.expires) == (UNTIL, UNTIL)
    for metric in (Metric.T_GMAX_BYTES, Metric.T_END_BYTES):
        measured = test.metrics[metric].head or 0
        assert measured <= accept.up_to[metric] < measured + 1024


@pytest.mark.parametrize("attack", HOSTILE)
def test_no_name_is_live_in_it(attack: str) -> None:
    result = everywhere(HOSTILE[attack])
    for test in result.tests:
        told = Explanation(
            test=test, held=(), base=result.base, head=result.head, command=result.command, until=UNTIL
        )
        shown = page(markdown_explanation.render(told))
        assert not_ours(shown, "pre lang=yaml", "pre lang=sh", "code in pre") == []
        text = console_explanation.render(told)
        assert all(character == "\n" or character.isprintable() for character in text)


def test_the_page_shows_what_is_printed() -> None:
    page_of_docs = (Path(__file__).parents[3] / "docs/sites.md").read_text(encoding="utf-8")
    _, _, sample = page_of_docs.partition("$ leakgate explain forty_clients\n")
    pieces = sample.partition("\n```")[0].split("\n\n[…]\n\n")
    assert len(pieces) > 1
    assert all(piece in console_explanation.render(leak()) for piece in pieces)
