"""Links lead to a line of the measured commit in the named repository, or there is none."""

from dataclasses import replace
from urllib.parse import unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from hostile import HOSTILE
from leakgate.reports import markdown
from leakgate.reports.permalinks import Permalinks, linked_files
from results import caused_test, everywhere

COMMIT = "0123456789abcdef" * 2 + "01234567"
LINKS = Permalinks("https://github.example", "octo/store", COMMIT)
BLOB = f"https://github.example/octo/store/blob/{COMMIT}/"


@pytest.mark.parametrize(
    ("file", "line", "page"),
    [
        ("src/lib.rs", 9, "src/lib.rs#L9"),
        ("src/lib.rs", None, "src/lib.rs"),
        ("src/a b#c?d%e.rs", 1, "src/a%20b%23c%3Fd%25e.rs#L1"),
        ("src/ü(1).rs", 1, "src/%C3%BC%281%29.rs#L1"),
        ("@team/x.rs", 1, "%40team/x.rs#L1"),
    ],
)
def test_a_line_has_a_page(file: str, line: int | None, page: str) -> None:
    assert LINKS.to(file, line) == BLOB + page


@pytest.mark.parametrize(
    "file",
    [
        "/etc/passwd",
        "../x.rs",
        "src/../../x.rs",
        "src//x.rs",
        "./x.rs",
        ".",
        "",
        "a\nb.rs",
        "a\u202eb.rs",
        r"a\b.rs",
    ],
)
def test_what_is_no_file_of_the_repository_has_none(file: str) -> None:
    assert LINKS.to(file, 1) is None


@pytest.mark.parametrize(
    "commit", [None, "", "main", COMMIT[:12], COMMIT.upper(), f"{COMMIT}/../x", f"{COMMIT}\n"]
)
def test_without_the_commit_there_is_no_link(commit: str | None) -> None:
    assert Permalinks("https://github.example", "octo/store", commit).to("src/lib.rs", 9) is None


def test_what_the_commit_does_not_have_has_no_page() -> None:
    links = replace(LINKS, absent=frozenset({"vendor/tools/src/lib.rs"}))

    assert links.to("vendor/tools/src/lib.rs", 9) is None
    assert links.to("src/lib.rs", 9) == LINKS.to("src/lib.rs", 9)


def test_the_files_that_a_report_may_link_are_all_that_it_links() -> None:
    result = everywhere("x")
    result = structs.replace(result, tests=(*result.tests, caused_test()))
    files = linked_files(result)

    linked, unlinked = (
        markdown.render_summary(result, links=replace(LINKS, absent=absent)) for absent in (frozenset(), files)
    )

    assert {"src/server.rs", "src/server/connection.rs", "src/session.rs", "src/names.rs"} <= files
    assert linked.count(BLOB) > len(files)
    assert BLOB not in unlinked


@given(st.text() | st.sampled_from(sorted(HOSTILE.values())), st.none() | st.integers())
def test_no_file_leads_elsewhere(file: str, line: int | None) -> None:
    url = LINKS.to(file, line)
    if url is not None:
        assert url.isascii()
        parts = urlsplit(url)
        assert (parts.scheme, parts.netloc, parts.query) == ("https", "github.example", "")
        assert unquote(parts.path) == f"/octo/store/blob/{COMMIT}/{file}"
