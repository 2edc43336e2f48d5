"""The comment: what a tired maintainer reads first when the check is red."""

import re
from collections.abc import Iterable, Sequence
from html import escape

from tabulate import tabulate

from leakgate.comparison.result import METRIC_NAMES, Result, SiteResult, Status, TestResult, Verdict
from leakgate.dhat.profile import Metric
from leakgate.reports.untrusted import code, plain
from leakgate.reports.words import (
    amount,
    change,
    describe_fingerprint,
    describe_side,
    headline,
    place,
    plural,
    ratio,
    rows,
    site_figure,
    site_heading,
    site_value,
)
from leakgate.sizes import format_size

MAX_CHARACTERS = 59_000
"""A comment may have 60,000 characters (GitHub refuses 65,536); the rest is for what the poster adds."""

_ICONS = {
    Verdict.PASS: "✅",
    Verdict.FAIL: "❌",
    Verdict.NO_BASELINE: "⚠️",
    Verdict.INCOMPARABLE: "⚠️",
    Verdict.ERROR: "⛔",
}
_MARKS = {Status.FAIL: " ❌", Status.WARN: " ⚠️"}
_HARMLESS = frozenset(" .,:;'%()/+-=…–×−")
_WORD_JOINER = "\u2060"
_NAMES_LISTED = 20
_FRAMES_SHOWN = 30
_HEADERS = ("test", "metric", "base", "head", "Δ", "ratio", "limit")
_ALIGN = ("left", "left", "right", "right", "right", "right", "left")


def render(result: Result) -> str:
    """The whole comment, at most `MAX_CHARACTERS` long: whole tests are dropped from its end, and counted."""
    shown = [test for test in result.tests if test.status in {Status.FAIL, Status.WARN}]
    quiet = [test for test in result.tests if test.head_measured and test.status in {Status.PASS, Status.NEW}]
    keep = len(shown)
    while True:
        text = _render(result, shown[:keep], dropped=len(shown) - keep, quiet=quiet)
        if len(text) <= MAX_CHARACTERS or keep == 0:
            return text
        # The tests' sections dominate the length, so this lands close to the limit in a step or two.
        keep = min(keep - 1, keep * MAX_CHARACTERS // len(text))


def _render(result: Result, shown: Sequence[TestResult], *, dropped: int, quiet: Sequence[TestResult]) -> str:
    blocks = [f"### {_ICONS[result.verdict]} leakgate: {headline(result)}"]
    blocks += [_sentence(problem, "⛔") for problem in result.problems]
    if result.failed:
        lines = [f"- {code(test.name)}: {_escape(test.reason)}" for test in result.failed[:_NAMES_LISTED]]
        if len(result.failed) > _NAMES_LISTED:
            lines.append(f"- … and {len(result.failed) - _NAMES_LISTED} more")
        blocks.append("⛔ These tests failed, so their memory was not judged:\n\n" + "\n".join(lines))
    if result.verdict == Verdict.NO_BASELINE:
        blocks.append(
            "There is nothing to compare with yet. Save this run as the baseline on the default branch: "
            "`leakgate baseline save`. Only absolute limits (`max`) were judged."
        )
    if shown:
        blocks.append(_table(shown))
        blocks += [_where(test) for test in shown]
    if dropped:
        blocks.append(f"… and {plural(dropped, 'more test')} over a limit; `leakgate check` prints them all.")
    blocks += _folded(result, quiet)
    blocks += [_sentence(note, "ℹ️") for note in result.notes]  # noqa: RUF001 - an icon, not a letter
    blocks.append(_footer(result))
    return "\n\n".join(blocks) + "\n"


def _table(tests: Iterable[TestResult]) -> str:
    cells = [
        (
            "" if number else code(test.name),
            METRIC_NAMES[metric],
            _unbroken(amount(row.base, metric, test.units)),
            _unbroken(amount(row.head, metric, test.units)),
            _unbroken(change(row.delta, metric, test.units)),
            ratio(row),
            _figure(row.limit or "–") + _MARKS.get(row.status, ""),
        )
        for test in tests
        for number, (metric, row) in enumerate(rows(test))
    ]
    return tabulate(cells, _HEADERS, tablefmt="pipe", colalign=_ALIGN, disable_numparse=True)


def _where(test: TestResult) -> str:
    """The call sites of one test, folded: the first line already names the worst of them."""
    named = [site for site in test.sites if site.function]
    metrics = [metric for metric, row in test.metrics.items() if row.status != Status.PASS]
    cells = [
        (
            *(_unbroken(site_figure(site, metric, test)) for metric in metrics),
            code(site.function) if site.function else "*all other sites*",
            code(place(site)) if site.function else "",
            "new" if site.function and not site.base else "",
        )
        for site in test.sites
        if site.function or any(site_value(site, metric, test) for metric in metrics)
    ]
    headers = (*(site_heading(metric, test.metrics[metric]) for metric in metrics), "function", "at", "")
    align = (*("right" for _ in metrics), "left", "left", "left")
    table = tabulate(cells, headers, tablefmt="pipe", colalign=align, disable_numparse=True)
    stack = ""
    if named and named[0].stack:
        frames = [plain(frame).replace("```", "'''") for frame in named[0].stack[:_FRAMES_SHOWN]]
        if len(named[0].stack) > _FRAMES_SHOWN:
            frames.append(f"… {plural(len(named[0].stack) - _FRAMES_SHOWN, 'more frame')}")
        stack = "\n\nStack of the first, innermost call on top:\n\n```text\n" + "\n".join(frames) + "\n```"
    summary = f"{_html_code(test.name)}: {_lead(test, named, metrics)}"
    return f"<details><summary>{summary}</summary>\n\n{table}{stack}\n\n</details>"


def _lead(test: TestResult, named: Sequence[SiteResult], metrics: Sequence[Metric]) -> str:
    """The one line that everybody reads: how much the worst site added, and where it is."""
    if not named or not metrics:
        return "no site to name"
    worst = named[0]
    metric = max(metrics, key=lambda metric: site_value(worst, metric, test))
    figure = _figure(site_figure(worst, metric, test))
    return f"{METRIC_NAMES[metric]} {figure} in {_html_code(worst.function or '')} at {_html_code(place(worst))}"


def _folded(result: Result, quiet: Sequence[TestResult]) -> Iterable[str]:
    new = [test.name for test in result.tests if test.status == Status.NEW]
    gone = [test.name for test in result.tests if test.status == Status.GONE]
    if new:
        yield _list(f"{plural(len(new), 'new test')}, not in the baseline:", new)
    if gone:
        yield _list(f"{plural(len(gone), 'test')} in the baseline, not measured now:", gone)
    if result.unmeasured:
        count = plural(len(result.unmeasured), "test")
        yield _fold(f"{count} not measured: no profile was written", _why(result) + _bullets(result.unmeasured))
    if result.ignored:
        lines = [
            f"- {code(rule.rule)} left out {format_size(rule.t_end_bytes)} at t-end "
            f"in {plural(rule.tests, 'test')}: {_escape(rule.reason)}"
            + (f" (until {_figure(rule.expires)})" if rule.expires else "")
            for rule in result.ignored
        ]
        yield _fold(f"{plural(len(result.ignored), 'ignore rule')} applied", "\n".join(lines))
    if quiet:
        listed = quiet[: _NAMES_LISTED * 5]
        table = _table(listed)
        if len(listed) < len(quiet):
            table += f"\n\n… and {plural(len(quiet) - len(listed), 'more test')}."
        verb = "within its limits" if len(quiet) == 1 else "within their limits"
        if result.base is None or result.verdict == Verdict.INCOMPARABLE:
            verb = "measured"
        yield _fold(f"{plural(len(quiet), 'test')} {verb}", table)


def _why(result: Result) -> str:
    """What a project that carries its own profiler has to know of tests without a profile."""
    if result.head.fingerprint.get("profiler") != "dhat-rs":
        return ""
    return "A test is measured when it holds a `dhat::Profiler`; one in `testing()` mode writes no profile.\n\n"


def _footer(result: Result) -> str:
    lines = []
    base = code(describe_side(result.base)) if result.base else "nothing: there is no baseline"
    lines.append(f"Compared with {base}. Measured with {code(describe_fingerprint(result.head) or 'DHAT')}.")
    if result.command:
        again = f" --base {plain(result.base.source)}" if result.base and result.base.source else ""
        lines.append(f"Reproduce: {code(f'leakgate check{again} -- {result.command}', 400)}")
    return "<sub>" + "<br>".join(lines) + "</sub>"


def _list(title: str, names: Sequence[str]) -> str:
    return f"{title}\n\n{_bullets(names)}"


def _bullets(names: Sequence[str]) -> str:
    lines = [f"- {code(name)}" for name in names[:_NAMES_LISTED]]
    if len(names) > _NAMES_LISTED:
        lines.append(f"- … and {len(names) - _NAMES_LISTED} more")
    return "\n".join(lines)


def _fold(summary: str, body: str) -> str:
    return f"<details><summary>{summary}</summary>\n\n{body}\n\n</details>"


def _sentence(text: str, icon: str) -> str:
    """One of our sentences: what stands between backticks becomes a code span, the rest is escaped."""
    pieces = text.split("`")
    return f"{icon} " + "".join(code(piece) if i % 2 else _escape(piece) for i, piece in enumerate(pieces))


def _unbroken(figure: str) -> str:
    """A number that stays on one line with its unit, however narrow the column is."""
    return _figure(figure).replace(" ", "\u00a0")


def _figure(text: str) -> str:
    """A number with its unit. A profile names its own units: those are no more markup than a test's name is."""
    escaped = "".join(
        c if c.isalnum() or c in _HARMLESS or c == "±" else f"&#{ord(c)};{_WORD_JOINER}" for c in plain(text)
    )
    return re.sub(r"(?<!\d)[.:](?=\w|/)|[.:](?=[^\W\d]|/)", rf"\g<0>{_WORD_JOINER}", escaped)


def _html_code(text: str) -> str:
    """Code in an HTML block, where Markdown is not read; mentions and the like are not live in it."""
    return f"<code>{escape(plain(text))}</code>"


def _escape(text: str) -> str:
    """Text that is no markup outside code spans.

    GitHub looks for mentions, references and bare links after it has resolved entities, so those are broken up by
    an invisible word joiner as well.
    """
    visible = plain(text, 1000)
    escaped = "".join(c if c.isalnum() or c in _HARMLESS else f"&#{ord(c)};{_WORD_JOINER}" for c in visible)
    return re.sub(r"([.:])(?=\w|/)", rf"\1{_WORD_JOINER}", escaped)
