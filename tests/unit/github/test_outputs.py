from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leakgate.errors import ServiceError
from leakgate.github.outputs import MAX_SUMMARY, fit, write_outputs, write_summary


def test_outputs_are_appended_between_delimiters(tmp_path: Path) -> None:
    path = tmp_path / "output"
    path.write_text("earlier=1\n")
    write_outputs(path, {"verdict": "fail", "result": "a\nverdict=pass"}, "EOF_93b1")
    assert path.read_text() == (
        "earlier=1\nverdict<<EOF_93b1\nfail\nEOF_93b1\nresult<<EOF_93b1\na\nverdict=pass\nEOF_93b1\n"
    )


def test_a_value_cannot_end_itself(tmp_path: Path) -> None:
    path = tmp_path / "output"
    with pytest.raises(ServiceError, match="holds the delimiter"):
        write_outputs(path, {"result": "x\nEOF\nverdict=pass"}, "EOF")
    assert not path.exists()


def test_the_summary_is_appended(tmp_path: Path) -> None:
    path = tmp_path / "summary"
    write_summary(path, "# One")
    write_summary(path, "# Two\n")
    assert path.read_text() == "# One\n# Two\n"


def test_a_name_that_is_not_utf8_does_not_cost_the_summary(tmp_path: Path) -> None:
    path = tmp_path / "summary"
    write_summary(path, "test \udcff")
    assert path.read_text() == "test ?\n"


def test_all_that_a_step_writes_stays_below_what_a_runner_takes(tmp_path: Path) -> None:
    path = tmp_path / "summary"
    for _ in range(3):
        write_summary(path, "| x |\n" * 100_000)
    assert path.stat().st_size <= MAX_SUMMARY
    # The first call wrote 600,000 bytes; what is left has room for (400,000 - the note) / 6 lines; then for none.
    assert path.read_text().endswith(
        "| x |\n\n\n*The summary was cut here: 33,348 more lines. The whole is in the result file.*\n"
    )


def test_a_file_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(ServiceError) as caught:
        write_summary(tmp_path / "missing" / "summary", "x")
    assert str(caught.value) == (
        f"{tmp_path}/missing/summary: the runner's file cannot be written: No such file or directory"
    )


@given(st.text(alphabet="aß\n", max_size=600), st.integers(min_value=0, max_value=600))
def test_a_cut_keeps_whole_lines_and_counts_the_others(markdown: str, room: int) -> None:
    shown = fit(markdown, room)
    assert len(shown.encode()) <= room
    if len(markdown.encode()) <= room:
        assert shown == markdown
    elif shown:
        kept, _, note = shown.rpartition("\n\n*The summary was cut here: ")
        lines = markdown.splitlines(keepends=True)
        missing = int(note.split()[0].replace(",", ""))
        assert kept == "".join(lines[: len(lines) - missing])


@pytest.mark.parametrize(
    ("markdown", "end"),
    [
        ("# Grew\n" + "row\n" * 100, ""),
        ("<details><summary>x</summary>\n\n" + "row\n" * 100 + "</details>\n", "\n</details>\n"),
        ("<details>\n<details>\n```text\n" + "</details>\n" * 100 + "```\n", "```\n" + "\n</details>\n" * 2),
        ("<details>\n```text\n</details>\n```\n</details>\n" + "row\n" * 100, ""),
    ],
)
def test_what_is_open_at_the_cut_is_closed(markdown: str, end: str) -> None:
    for room in (200, 230, 260):
        shown = fit(markdown, room)
        assert len(shown.encode()) <= room
        kept, _, _ = shown.partition(f"{end}\n\n*The summary was cut here: ")
        assert markdown.startswith(kept)
        assert kept.endswith("\n")
        assert len(kept) > room - 130
