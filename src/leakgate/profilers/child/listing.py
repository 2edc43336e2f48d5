"""Which tests a test binary has, asked of the binary itself. Imported by the runner: see `libtest.py`."""

from collections.abc import Callable, Collection, Iterable, Sequence

from leakgate.profilers.child import libtest

Ask = Callable[[Sequence[Sequence[str]]], list[bytes]]
"""What the binary prints when it is called in each of these ways."""

_AT_ONCE = 500  # names on one command line


def tests(ask: Ask, options: libtest.Options) -> tuple[list[str], set[str], int]:
    """The tests that the options choose.

    Returns:
        Their names in libtest's order; which of them have `#[ignore]`; and how many tests the binary has.
    """
    selections = [options.selection, [*options.selection, "--ignored"], *([[]] if options.selection else [])]
    listings = ask([[*selection, "--list", "--format", "terse"] for selection in selections])
    chosen, ignored = libtest.listed(listings[0]), libtest.listed(listings[1])
    total = len(libtest.listed(listings[2])) if options.selection else len(chosen)
    if options.ignored:
        chosen = ignored
    return chosen, set(ignored), total


def ignore_reasons(ask: Ask, skipped: Collection[str], options: libtest.Options) -> Iterable[tuple[str, str]]:
    """What libtest says of ignored tests. Asked to run nothing but them, it runs nothing and says why."""
    if not skipped:
        return []
    names = sorted(skipped)
    reasons: dict[str, str] = {}
    if not options.quiet:
        batches = [["--exact", *names[start : start + _AT_ONCE]] for start in range(0, len(names), _AT_ONCE)]
        for output in ask(batches):
            reasons.update(libtest.ignore_reasons(output))
    return [(name, reasons.get(name, "ignored")) for name in names]
