"""A command line's words, read by a table of the options that take a value."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Grammar:
    """Which options take a value: `--name value`, `--name=value`, `-n value`, `-nvalue`.

    Attributes:
        with_value: Names of options that take one.
        may_lack: Those among them that may stand without it.
    """

    with_value: frozenset[str]
    may_lack: frozenset[str] = frozenset()

    def options(self, words: Sequence[str]) -> Iterator[tuple[str | None, str | None]]:
        """Options as (name, value), and other words as (None, word)."""
        return ((name, value) for name, value, _ in self._parsed(words))

    def length(self, words: Sequence[str]) -> int:
        """How many words are options and their values, up to the first that is neither."""
        length = 0
        for name, value, taken in self._parsed(words):
            if name is None and value is not None:
                break
            length += taken
        return length

    def without(self, words: Sequence[str], *names: str) -> tuple[str, ...]:
        """The words but for these options and their values."""
        kept: list[str] = []
        at = 0
        for name, _, taken in self._parsed(words):
            if name not in names:
                kept += words[at : at + taken]
            at += taken
        return tuple(kept)

    def _parsed(self, words: Sequence[str]) -> Iterator[tuple[str | None, str | None, int]]:
        """As `options`, with how many words each took. Short flags that stand together come one by one."""
        at = 0
        while at < len(words):
            word = words[at]
            following = words[at + 1] if at + 1 < len(words) else None
            taken = 1
            if word == "--" or not word.startswith("-") or word == "-":
                yield None, word, 1
            elif word.startswith("--"):
                name, has_value, value = word.partition("=")
                if not has_value and self._takes(name, following):
                    taken = 2
                yield name, value if has_value else following if taken == 2 else None, taken  # noqa: PLR2004 - 2 words
            elif word[:2] in self.with_value and len(word) > 2:  # noqa: PLR2004 - a value behind a letter: -Ffast
                yield word[:2], word[2:].removeprefix("="), 1
            elif self._takes(word, following):
                taken = 2
                yield word, following, 2
            else:
                for number, letter in enumerate(word[1:]):
                    yield f"-{letter}", None, 0 if number else 1
            at += taken

    def _takes(self, name: str, following: str | None) -> bool:
        """Whether the next word is this option's value."""
        if name not in self.with_value or following is None:
            return False
        return name not in self.may_lack or not following.startswith("-")


CARGO = Grammar(
    frozenset(
        {
            "--artifact-dir",
            "--bench",
            "--bin",
            "--color",
            "--config",
            "--example",
            "--exclude",
            "--features",
            "--jobs",
            "--lockfile-path",
            "--manifest-path",
            "--message-format",
            "--package",
            "--profile",
            "--target",
            "--target-dir",
            "--test",
            "-C",
            "-F",
            "-Z",
            "-j",
            "-p",
        }
    ),
    frozenset({"--bench", "--bin", "--example", "--package", "--target", "--test", "-j", "--jobs", "-p"}),
)
"""Cargo's own options."""
