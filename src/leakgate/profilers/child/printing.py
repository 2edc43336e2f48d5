"""Print what libtest would have printed: it is what people know. Imported by the runner: see `libtest.py`."""

from collections.abc import Callable, Iterable

from leakgate.profilers.child.libtest import Options, Outcome

_LINE = 88  # signs a line with `--quiet`, as libtest


class Tally:
    """Counts of one binary's tests, for its summary."""

    __slots__ = ("failed", "filtered", "ignored", "passed")

    def __init__(self, filtered: int) -> None:
        self.passed = 0
        self.failed = 0
        self.ignored = 0
        self.filtered = filtered


def heading(count: int) -> bytes:
    return b"\nrunning %d test%s\n" % (count, b"" if count == 1 else b"s")


def section(title: str, outcomes: Iterable[Outcome]) -> bytes:
    """The `failures:` or `successes:` block: what each printed, and then their names."""
    chosen = list(outcomes)
    if not chosen:
        return b""
    printed = b""
    for outcome in chosen:
        if outcome.body:
            label = outcome.label.removesuffix(" - should panic").encode(errors="surrogateescape")
            printed += b"---- " + label + b" stdout ----\n" + outcome.body
            printed += b"\n" if outcome.body.endswith(b"\n") else b"\n\n"
    names = sorted(outcome.label.removesuffix(" - should panic") for outcome in chosen)
    head = f"\n{title}:\n".encode()
    text = head + (b"\n" + printed if printed else b"") + head
    return text + b"".join(b"    " + name.encode(errors="surrogateescape") + b"\n" for name in names)


def summary(tally: Tally, seconds: float) -> bytes:
    word = "FAILED" if tally.failed else "ok"
    return (
        f"\ntest result: {word}. {tally.passed} passed; {tally.failed} failed; {tally.ignored} ignored; "
        f"0 measured; {tally.filtered} filtered out; finished in {seconds:.2f}s\n\n"
    ).encode()


class Printer:
    """Prints each outcome as it comes, and the rest at the end."""

    def __init__(self, write: Callable[[bytes], object], options: Options, count: int) -> None:
        self._options = options
        self._print = write
        self._width = 0
        self._outcomes: list[Outcome] = []
        self._print(heading(count))

    def ignored(self, name: str, words: str) -> None:
        self._line(name, "i", words)

    def ended(self, outcome: Outcome) -> None:
        words = "ok" if outcome.reason is None else "FAILED"
        if outcome.reason not in {None, "failed"}:
            words += f" ({outcome.reason})"
        if self._options.nocapture:
            self._print(outcome.body if outcome.body.endswith(b"\n") or not outcome.body else outcome.body + b"\n")
            outcome.body = b""
        self._line(outcome.label, "." if outcome.reason is None else "F", words)
        if outcome.reason is None and not self._options.show_output:
            outcome.body = b""
        self._outcomes.append(outcome)

    def close(self, tally: Tally, seconds: float) -> None:
        if self._width:
            self._print(b"\n")
        if self._options.show_output:
            self._print(section("successes", [done for done in self._outcomes if done.reason is None]))
        self._print(section("failures", [done for done in self._outcomes if done.reason is not None]))
        self._print(summary(tally, seconds))

    def _line(self, label: str, sign: str, words: str) -> None:
        if not self._options.quiet:
            self._print(f"test {label} ... {words}\n".encode(errors="surrogateescape"))
            return
        self._print(sign.encode())
        self._width += 1
        if self._width == _LINE:
            self._print(b"\n")
            self._width = 0
