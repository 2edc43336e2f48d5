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
from leakgate.reports.explanation import Explanation, Hint, hints
from results import caused_test, everywhere

EXPECTED = Path(__file__).parent / "expected"
UNTIL = date(2027, 2, 26)
BASE = Side(commit="1a2b3c4d5e6f" + "0" * 28, source=".leakgate/baseline.json", fingerprint=FINGERPRINT)
HEAD = Side(commit="6f5e4d3c2b1a" + "0" * 28, fingerprint=FINGERPRINT)


def leak(command: str | None = "cargo test --workspace") -> Explanation:
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


@pytest.mark.parametrize(
    ("command", "alone"),
    [
        ("cargo test", "cargo test server::tests::serves_forty_clients"),
        ("cargo test -- --nocapture", "cargo test server::tests::serves_forty_clients -- --nocapture"),
        ("cargo +nightly nextest run", "cargo +nightly nextest run server::tests::serves_forty_clients"),
        ("make check", "make check"),
    ],
)
def test_the_command_for_one_test(command: str, alone: str) -> None:
    first = next(hints(leak(command)))
    assert first == Hint("Measure this test alone:", f"leakgate check -- {alone}")


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
