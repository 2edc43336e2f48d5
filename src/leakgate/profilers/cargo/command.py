"""The user's cargo command: what it says, and the commands that are made from it."""

import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path, PurePath
from types import MappingProxyType

from leakgate.errors import UsageError
from leakgate.profilers.cargo import nextest
from leakgate.profilers.cargo.words import CARGO, Grammar

_PROJECT_OPTIONS = frozenset({"--config", "--lockfile-path", "--manifest-path", "-Z"})
_PROJECT_FLAGS = frozenset({"--frozen", "--locked", "--offline"})
_SUPPORTED = "leakgate runs `cargo test …`, `cargo nextest run …` and `cargo run …`, with all their options"

_REFUSED = MappingProxyType(
    {
        "--no-run": "it runs no tests, so nothing can be measured",
        "--doc": "rustdoc compiles and runs doc tests, where they cannot be measured",
        "--message-format": "leakgate reads cargo's messages itself",
        "--list": "it runs no tests, so nothing can be measured",
        "--help": "it runs no tests, so nothing can be measured",
        "-h": "it runs no tests, so nothing can be measured",
    }
)


class Verb(StrEnum):
    """What cargo is asked to do, by its full name."""

    TEST = "test"
    RUN = "run"
    NEXTEST = "nextest run"

    @property
    def grammar(self) -> Grammar:
        """How the words behind it are read."""
        return nextest.GRAMMAR if self is Verb.NEXTEST else CARGO

    @property
    def refused(self) -> Mapping[str, str]:
        """Options that cannot be used, and why."""
        return nextest.REFUSED if self is Verb.NEXTEST else _REFUSED


_VERBS = {"test": Verb.TEST, "t": Verb.TEST, "run": Verb.RUN, "r": Verb.RUN, "nextest": Verb.NEXTEST}
_OTHER_VERBS = frozenset(
    {
        "add",
        "b",
        "bench",
        "build",
        "c",
        "check",
        "clean",
        "clippy",
        "d",
        "doc",
        "fetch",
        "fix",
        "fmt",
        "help",
        "info",
        "init",
        "install",
        "locate-project",
        "login",
        "metadata",
        "miri",
        "new",
        "owner",
        "package",
        "pkgid",
        "publish",
        "remove",
        "rm",
        "rustc",
        "rustdoc",
        "search",
        "tree",
        "uninstall",
        "update",
        "vendor",
        "version",
    }
)
"""What cargo and its usual companions do that runs no tests, or where none could be measured."""

_NEXTEST_VERBS = frozenset({"run", "r"})


@dataclass(frozen=True, slots=True)
class CargoCommand:
    """A `cargo test`, `cargo nextest run` or `cargo run` command line.

    Attributes:
        program: The words that start cargo: `("cargo",)`, `("/opt/cargo", "+nightly")`.
        before: Cargo's options in front of the verb.
        verb: What is asked for.
        arguments: Cargo's (or nextest's) own arguments behind the verb.
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
        if self.verb is Verb.RUN:
            return ()
        own = (word for name, word in self._options() if name is None and word is not None)
        return (*own, *(word for word in self.rest if not word.startswith("-")))

    @property
    def filtersets(self) -> tuple[str, ...]:
        """The expressions that choose tests under nextest; one of them has to match."""
        return tuple(self.values("-E", "--filterset", "--filter-expr"))

    @property
    def partition(self) -> tuple[int, int] | None:
        """Which part of the tests nextest is asked for, and of how many: `--partition hash:1/2` is (1, 2)."""
        asked = self.values("--partition") if self.verb is Verb.NEXTEST else []
        return nextest.partition(asked[-1]) if asked else None

    @property
    def targets(self) -> tuple[str, ...]:
        """The target triples asked for with `--target`."""
        return tuple(PurePath(value).name.removesuffix(".json") for value in self.values("--target"))

    @property
    def cargo_profile(self) -> str:
        """The cargo profile: the one that is named, `release`, or the verb's own."""
        chosen = self.values("--cargo-profile" if self.verb is Verb.NEXTEST else "--profile")
        if chosen:
            return chosen[-1]
        if self.has("--release") or self.has("-r"):
            return "release"
        return "dev" if self.verb is Verb.RUN else "test"

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
        # Cargo hands its own options on to none of the commands that are not its own.
        before = () if self.verb is Verb.NEXTEST else CARGO.options(self.before)
        words = (*before, *self._options())
        return tuple(value for name, value in words if name == "--config" and value is not None)

    @property
    def target_dir(self) -> str | None:
        """The value of `--target-dir`."""
        return next(iter(self.values("--target-dir")), None)

    def with_settings(self, settings: Sequence[str], target_dir: Path) -> "CargoCommand":
        """The same command with more `--config` values, which count most, and another target directory."""
        # Cargo forgets a `--config` in front of the verb when there is one behind it.
        moved = CARGO.without(self.before, "--config")
        own = self.verb.grammar.without(self.arguments, "--config", "--target-dir")
        words = [*own, "--target-dir", str(target_dir)]
        for setting in (*self.settings, *settings):
            words += ["--config", setting]
        return replace(self, before=moved, arguments=tuple(words))

    def unpartitioned(self) -> "CargoCommand":
        """The same command for all partitions."""
        if self.partition is None:
            return self
        return replace(self, arguments=self.verb.grammar.without(self.arguments, "--partition"))

    def directory(self, cwd: Path) -> Path:
        """The directory cargo works in: `cwd`, or `-C`'s."""
        for name, value in CARGO.options(self.before):
            if name == "-C" and value is not None:
                cwd = cwd / value
        return cwd

    def build(self) -> tuple[str, ...]:
        """The command that only compiles, and reports what it compiled on standard output."""
        report = "--message-format=json-render-diagnostics"
        match self.verb:
            case Verb.RUN:
                return (*self.program, *self.before, "build", *self.arguments, report)
            case Verb.TEST:
                return (*self.program, *self.before, "test", *self.arguments, "--no-run", report)
            case Verb.NEXTEST:
                words = nextest.GRAMMAR.without(self.arguments, *nextest.RUN_ONLY)
                rest = tuple(word for word in self.rest if word not in nextest.RUN_ONLY)
                return (*self.program, *self.before, "nextest", "list", *words, "--message-format=json", *rest)

    def measure(self) -> tuple[str, ...]:
        """The user's own command; a failing test does not keep the others from being measured."""
        words: Sequence[str] = self.arguments
        if self.verb is Verb.NEXTEST:
            words = (*nextest.GRAMMAR.without(words, *nextest.FAIL_FAST), "--no-fail-fast")
        elif self.verb is Verb.TEST and not self.has("--no-fail-fast"):
            words = (*words, "--no-fail-fast")
        return (*self.program, *self.before, *self.verb.split(), *words, *self.rest)

    def metadata(self) -> tuple[str, ...]:
        """The command that describes the workspace."""
        options: list[str] = []
        for name, value in self._options():
            if name in _PROJECT_OPTIONS and value is not None:
                options += [name, value]
            elif name in _PROJECT_FLAGS:
                options.append(name)
        return (*self.program, *self.before, "metadata", "--format-version", "1", "--no-deps", *options)

    def values(self, *names: str) -> list[str]:
        """The values of these options, in order."""
        return [value for name, value in self._options() if name in names and value is not None]

    def has(self, name: str) -> bool:
        """Whether this option is there."""
        return any(found == name for found, _ in self._options())

    def _options(self) -> Iterator[tuple[str | None, str | None]]:
        return self.verb.grammar.options(self.arguments)


def parse(command: Sequence[str]) -> CargoCommand:
    """Understand the command to be profiled.

    Raises:
        UsageError: It is none of them, or asks for what cannot be measured.
    """
    shown = shlex.join(command)
    if not command or PurePath(command[0]).stem != "cargo":
        raise UsageError(f"`{shown}` is not a cargo command", remedy=_SUPPORTED)
    start = 2 if len(command) > 1 and command[1].startswith("+") else 1
    at = start + CARGO.length(command[start:])
    word = command[at] if at < len(command) else ""
    if word not in _VERBS:
        what = f"`cargo {word}` cannot be profiled" if word else f"`{shown}` names no cargo command"
        raise UsageError(what, remedy=f"{_SUPPORTED}; write out what an alias stands for")
    verb = _VERBS[word]
    arguments, rest = _arguments(verb, command[at + 1 :])
    result = CargoCommand(tuple(command[:start]), tuple(command[start:at]), verb, arguments, rest)
    for name, _ in (*CARGO.options(result.before), *verb.grammar.options(arguments)):
        why = verb.refused.get(name or "")
        if why:
            raise UsageError(f"`{name}` cannot be used here: {why}", where=shown, remedy=f"leave out `{name}`")
    _ = result.partition  # a wrong one is better known before anything is compiled
    return result


def is_around(command: Sequence[str]) -> bool:
    """Whether it is something that may call cargo in its turn: a script, `make`, an alias, `cargo hack`."""
    if not command or PurePath(command[0]).stem != "cargo":
        return bool(command)
    start = 2 if len(command) > 1 and command[1].startswith("+") else 1
    at = start + CARGO.length(command[start:])
    return at < len(command) and command[at] not in _VERBS and command[at] not in _OTHER_VERBS


def _arguments(verb: Verb, behind: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The words behind a verb, in two: the verb's own, and the rest."""
    moved: Sequence[str] = ()
    if verb is Verb.NEXTEST:
        # nextest takes the options between its name and its own verb behind that one too.
        at = verb.grammar.length(behind)
        word = behind[at] if at < len(behind) else ""
        if word not in _NEXTEST_VERBS:
            raise UsageError(f"`{f'cargo nextest {word}'.rstrip()}` cannot be profiled", remedy=_SUPPORTED)
        moved, behind = behind[:at], behind[at + 1 :]
    end = behind.index("--") if "--" in behind else len(behind)
    length = CARGO.length(behind) if verb is Verb.RUN else end
    return (*moved, *behind[:length]), tuple(behind[length:])
