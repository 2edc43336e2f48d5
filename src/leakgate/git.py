"""What leakgate asks of git, read-only: which commit is this, and how far is it from another one."""

import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

GitRunner = Callable[[Sequence[str]], str | None]
"""Runs `git ARGS` and gives its standard output, or None where git is missing or refuses."""

_TIMEOUT_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Git:
    """A repository, or the lack of one: every answer is None where git has none to give."""

    run: GitRunner

    def head(self) -> str | None:
        """The full hash of the checked-out commit."""
        return self.run(["rev-parse", "--verify", "--quiet", "HEAD^{commit}"]) or None

    def distance(self, ancestor: str, commit: str) -> int | None:
        """How many commits lie between `ancestor` and `commit`; None where either is not in this clone."""
        # From a file that may come from anywhere: never an option of git's.
        count = self.run(["rev-list", "--count", "--end-of-options", f"{ancestor}..{commit}", "--"])
        return int(count) if count and count.isdecimal() else None


def runner(cwd: Path, env: Mapping[str, str]) -> GitRunner:
    """Real git in `cwd`.

    Variables such as `GIT_DIR`, which a hook exports, would point it at another repository than the one that is
    being measured: they are left out.
    """
    clean = {name: value for name, value in env.items() if not name.startswith("GIT_")} | {
        "LC_ALL": "C",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_OPTIONAL_LOCKS": "0",
    }

    def run(args: Sequence[str]) -> str | None:
        try:
            done = subprocess.run(  # noqa: S603 - a fixed program, no shell
                ["git", *args],  # noqa: S607 - the user's own git
                cwd=cwd,
                env=clean,
                capture_output=True,
                text=True,
                errors="replace",
                timeout=_TIMEOUT_SECONDS,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired):
            return None
        return done.stdout.strip() if done.returncode == 0 else None

    return run
