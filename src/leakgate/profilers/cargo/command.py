"""The user's cargo command: what it says, and the commands that are made from it."""

import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path, PurePath

from leakgate.errors import UsageError

_WITH_VALUE = frozenset(
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
)
_VALUE_MAY_LACK = frozenset(
    {"--bench", "--bin", "--example", "--package", "--target", "--test", "-j", "--jobs", "-p"}
)
_PROJECT_OPTIONS = frozenset({"--config", "--lockfile-path", "--manifest-path", "-Z"})
_PROJECT_FLAGS = frozenset({"--frozen", "--locked", "--offline"})
_SUPPORTED = "leakgate runs `cargo test …` and `cargo run …`, with all their options"

_REFUSED = {
    "--no-run": "it runs no tests, so nothing can be measured",
    "--doc": "rustdoc compiles and runs doc tests, where they cannot be measured",
    "--message-format": "leakgate reads cargo's messages itself",
    "--list": "it runs no tests, so nothing can be measured",
    "--help": "it runs no tests, so nothing can be measured",
    "-h": "it runs no tests, so nothing can be measured",
}


class Verb(StrEnum):
    """What cargo is asked to do, by its full name."""

    TEST = "test"
    RUN = "run"


_VERBS = {"test": Verb.TEST, "t": Verb.TEST, "run": Verb.RUN, "r": Verb.RUN}


@dataclass(frozen=True, slots=True)
class CargoCommand:
    """A `cargo test` or `cargo run` command line.

    Attributes:
        program: The words that start cargo: `("cargo",)`, `("/opt/cargo", "+nightly")`.
        before: Cargo's options in front of the verb.
        verb: What is asked for.
        arguments: Cargo's own arguments behind the verb.
        rest: What is behind them, as written: from `--` on; for `cargo run`, from the first word that
            is no option.
    """

    program: tuple[str, ...]
    before: tuple[str, ...]
    verb: Verb
    arguments: tuple[str, ...]
    rest: tuple[str, ...]

    @property
    def toolchain(self) -> tuple[str, ...]:
        """The `+toolchain` for rustup, if there is one."""
        return self.program[1:]

    @property
    def filters(self) -> tuple[str, ...]:
        """The words that choose tests by name, as far as an error message needs them."""
        own = (word for name, word in _options(self.arguments) if name is None and word is not None)
        return (*own, *(word for word in self.rest if not word.startswith("-"))) if self.verb is Verb.TEST else ()

    @property
    def targets(self) -> tuple[str, ...]:
        """The target triples asked for with `--target`."""
        return tuple(PurePath(value).name.removesuffix(".json") for value in self.values("--target"))

    @property
    def cargo_profile(self) -> str:
        """The cargo profile: `--profile`'s, `release`, or the verb's own."""
        chosen = self.values("--profile")
        if chosen:
            return chosen[-1]
        if self.has("--release") or self.has("-r"):
            return "release"
        return "test" if self.verb is Verb.TEST else "dev"

    @property
    def features(self) -> str:
        """The features asked for, sorted, so that equal sets are equal texts: `default,dhat-heap`."""
        if self.has("--all-features"):
            return "all"
        named = {
            feature for value in self.values("--features", "-F") for feature in value.replace(",", " ").split()
        }
        if not self.has("--no-default-features"):
            named.add("default")
        return ",".join(sorted(named))

    @property
    def settings(self) -> tuple[str, ...]:
        """The values of `--config`, in order."""
        words = (*self.before, *self.arguments)
        return tuple(value for name, value in _options(words) if name == "--config" and value is not None)

    @property
    def target_dir(self) -> str | None:
        """The value of `--target-dir`."""
        return next(iter(self.values("--target-dir")), None)

    def with_settings(self, settings: Sequence[str], target_dir: Path) -> "CargoCommand":
        """The same command with more `--config` values, which count most, and another target directory."""
        # Cargo forgets a `--config` in front of the verb when there is one behind it.
        moved = _without(self.before, "--config")
        words = [*_without(self.arguments, "--config", "--target-dir"), "--target-dir", str(target_dir)]
        for setting in (*self.settings, *settings):
            words += ["--config", setting]
        return replace(self, before=moved, arguments=tuple(words))

    def directory(self, cwd: Path) -> Path:
        """The directory cargo works in: `cwd`, or `-C`'s."""
        for name, value in _options(self.before):
            if name == "-C" and value is not None:
                cwd = cwd / value
        return cwd

    def build(self) -> tuple[str, ...]:
        """The command that only compiles, and reports what it compiled on standard output."""
        report = "--message-format=json-render-diagnostics"
        if self.verb is Verb.RUN:
            return (*self.program, *self.before, "build", *self.arguments, report)
        return (*self.program, *self.before, "test", *self.arguments, "--no-run", report)

    def measure(self) -> tuple[str, ...]:
        """The user's own command; a failing test binary does not keep the others from being measured."""
        words = list(self.arguments)
        if self.verb is Verb.TEST and not self.has("--no-fail-fast"):
            words.append("--no-fail-fast")
        return (*self.program, *self.before, self.verb, *words, *self.rest)

    def metadata(self) -> tuple[str, ...]:
        """The command that describes the workspace."""
        options: list[str] = []
        for name, value in _options(self.arguments):
            if name in _PROJECT_OPTIONS and value is not None:
                options += [name, value]
            elif name in _PROJECT_FLAGS:
                options.append(name)
        return (*self.program, *self.before, "metadata", "--format-version", "1", "--no-deps", *options)

    def values(self, *names: str) -> list[str]:
        """The values of these options, in order."""
        return [value for name, value in _options(self.arguments) if name in names and value is not None]

    def has(self, name: str) -> bool:
        """Whether this option is there."""
        return any(found == name for found, _ in _options(self.arguments))


def parse(command: Sequence[str]) -> CargoCommand:
    """Understand the command to be profiled.

    Raises:
        UsageError: It is not `cargo test` or `cargo run`, or asks for what cannot be measured.
    """
    shown = shlex.join(command)
    if not command or PurePath(command[0]).stem != "cargo":
        raise UsageError(f"`{shown}` is not a cargo command", remedy=_SUPPORTED)
    start = 2 if len(command) > 1 and command[1].startswith("+") else 1
    at = start + _length(command[start:])
    verb = command[at] if at < len(command) else ""
    if verb not in _VERBS:
        what = f"`cargo {verb}` cannot be profiled" if verb else f"`{shown}` names no cargo command"
        raise UsageError(what, remedy=f"{_SUPPORTED}; write out what an alias stands for")
    behind = command[at + 1 :]
    length = _length(behind) if _VERBS[verb] is Verb.RUN else behind.index("--") if "--" in behind else len(behind)
    result = CargoCommand(
        program=tuple(command[:start]),
        before=tuple(command[start:at]),
        verb=_VERBS[verb],
        arguments=tuple(behind[:length]),
        rest=tuple(behind[length:]),
    )
    for name, _ in _options([*result.before, *result.arguments]):
        if name in _REFUSED:
            raise UsageError(
                f"`{name}` cannot be used here: {_REFUSED[name]}", where=shown, remedy=f"leave out `{name}`"
            )
    return result


def _length(words: Sequence[str]) -> int:
    """How many words are options and their values, up to the first that is neither."""
    length = 0
    for name, value, taken in _parsed(words):
        if name is None and value is not None:
            break
        length += taken
    return length


def _without(words: Sequence[str], *names: str) -> tuple[str, ...]:
    """The words but for these options and their values."""
    kept: list[str] = []
    at = 0
    for name, _, taken in _parsed(words):
        if name not in names:
            kept += words[at : at + taken]
        at += taken
    return tuple(kept)


def _options(words: Sequence[str]) -> Iterator[tuple[str | None, str | None]]:
    """Options as (name, value), and other words as (None, word)."""
    return ((name, value) for name, value, _ in _parsed(words))


def _parsed(words: Sequence[str]) -> Iterator[tuple[str | None, str | None, int]]:
    """As `_options`, with how many words each took. Short flags that stand together come one by one."""
    at = 0
    while at < len(words):
        word = words[at]
        following = words[at + 1] if at + 1 < len(words) else None
        taken = 1
        if word == "--" or not word.startswith("-") or word == "-":
            yield None, word, 1
        elif word.startswith("--"):
            name, has_value, value = word.partition("=")
            if not has_value and _takes(name, following):
                taken = 2
            yield name, value if has_value else following if taken == 2 else None, taken  # noqa: PLR2004 - 2 words
        elif word[:2] in _WITH_VALUE and len(word) > 2:  # noqa: PLR2004 - a value behind a letter: -Ffast
            yield word[:2], word[2:].removeprefix("="), 1
        elif _takes(word, following):
            taken = 2
            yield word, following, 2
        else:
            for number, letter in enumerate(word[1:]):
                yield f"-{letter}", None, 0 if number else 1
        at += taken


def _takes(name: str, following: str | None) -> bool:
    """Whether the next word is this option's value."""
    if name not in _WITH_VALUE or following is None:
        return False
    return name not in _VALUE_MAY_LACK or not following.startswith("-")
