"""Nothing that comes from the measured code, or from whoever wrote a label, is live in a comment."""

import re
from collections.abc import Callable
from functools import partial

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from msgspec import structs

from gfm import Page, not_ours, page
from hostile import HOSTILE
from leakgate.comparison.result import Result, Verdict
from leakgate.reports import console, markdown
from leakgate.reports.markup import prose
from leakgate.reports.permalinks import Permalinks
from leakgate.reports.untrusted import plain
from results import everywhere

LINKS = Permalinks("https://github.com", "owner/name", "0123456789abcdef" * 2 + "01234567")
BLOB = f"a href=https://github.com/owner/name/blob/{LINKS.commit}/"

REPORTS: dict[str, Callable[[Result], str]] = {
    "comment": markdown.render,
    "comment with links": partial(markdown.render, links=LINKS),
    "summary": markdown.render_summary,
    "short comment": partial(markdown.render, longest=markdown.SHORTEST),
}


def is_link_to_a_line(tag: str) -> bool:
    target = tag.removeprefix(BLOB)
    return target != tag and re.fullmatch(r"[\w./%~-]*#L[0-9]+", target, re.ASCII) is not None


def alive(rendered: Page) -> list[str]:
    return [found for found in not_ours(rendered) if not is_link_to_a_line(found)]


@pytest.mark.parametrize("report", REPORTS)
@pytest.mark.parametrize("attack", HOSTILE)
def test_nothing_in_a_name_is_live(attack: str, report: str) -> None:
    result = everywhere(HOSTILE[attack])
    assert alive(page(REPORTS[report](result))) == []
    assert alive(page(REPORTS[report](structs.replace(result, verdict=Verdict.NO_BASELINE, base=None)))) == []


@pytest.mark.parametrize("attack", HOSTILE)
def test_a_name_is_shown_as_it_is(attack: str) -> None:
    """But for what no page can show."""
    name = plain(HOSTILE[attack])
    shown = page(markdown.render_summary(everywhere(HOSTILE[attack])))
    fields, crossed, sites, *_ = shown.tables
    seen = plain(f"{HOSTILE[attack]}:3") if name else "unknown file"
    visible = name or " "
    assert fields[1] == [visible, visible, plain(f"{HOSTILE[attack]}.")]
    assert [row[0] for row in crossed[1:]] == [visible, "", visible, "", visible]
    assert [len(row) for row in crossed] == [8] * 6
    renamed = f" likely renamed from {name}" if name else " new"
    assert sites[1][2:] == [f"{visible}{renamed}{seen}", f"unfinished-task{f'calls {name}' if name else ''}"]
    assert shown.codes.count(visible) > 15


PIECES = st.sampled_from(
    [*"@#|`<>[]()!*_\\&;:/~$-. \n\ta1", "www.", "http://", "GH-", "abcdef0", "\u202e", "\x00", "```"]
)


@given(st.lists(PIECES, max_size=12).map("".join))
@example("1.a1@a")
@settings(max_examples=100, deadline=None)
def test_nothing_in_any_name_is_live(name: str) -> None:
    assert alive(page(markdown.render(everywhere(name)))) == []


@given(st.text(max_size=20))
@settings(max_examples=50, deadline=None)
def test_no_name_breaks_a_report(name: str) -> None:
    assert alive(page(markdown.render(everywhere(name)))) == []
    assert all(character == "\n" or character.isprintable() for character in console.render(everywhere(name)))


@given(st.text(PIECES.map(lambda piece: piece[:1]) | st.characters(), max_size=30))
@example("**a** $b$ <c> &amp; _d_ 1.5 http://e.f deadbeefdeadbeef")
@settings(deadline=None)
def test_prose_is_shown_as_it_is(text: str) -> None:
    """But for joiners that nobody sees."""
    shown = page(f"before {prose(text)} after")
    assert shown.text.replace("\u2060", "").strip() == f"before {plain(text)} after"
    assert shown.tags <= {"p", "span"}


def test_the_check_sees_what_is_live() -> None:
    """The same names, not escaped."""
    seen = {attack for attack, name in HOSTILE.items() if name.isascii() and alive(page(f"a {name}"))}
    assert seen >= {
        "mention",
        "mention of a team",
        "issue",
        "issue of another repository",
        "commit",
        "short commit",
    }
    assert seen >= {"issue in the old way", "image", "end of the details", "comment", "entities", "link", "emoji"}
    assert seen >= {"bare links", "angle links", "math", "emphasis", "a fence", "footnote"}
    assert page("| a | b |\n|--|--|\n| `x|y` | z |\n").tables[0][1] == ["`x", "y`"]
