"""What leakgate asks the user's clone, read-only: which commit is this, what are its parents, where is it from."""

from collections.abc import Sequence
from dataclasses import dataclass

from leakgate.git.command import GitRunner


@dataclass(frozen=True, slots=True)
class Checkout:
    """The repository around a directory, or the lack of one: every answer is None where git has none to give."""

    run: GitRunner

    def head(self) -> str | None:
        """The full hash of the checked-out commit."""
        return self._ask(["rev-parse", "--verify", "--quiet", "HEAD^{commit}"])

    def distance(self, ancestor: str, commit: str) -> int | None:
        """How many commits lie between `ancestor` and `commit`; None where either is not in this clone."""
        # From a file that may come from anywhere: never an option of git's.
        count = self._ask(["rev-list", "--count", "--end-of-options", f"{ancestor}..{commit}", "--"])
        return int(count) if count and count.isdecimal() else None

    def parents(self, commit: str) -> tuple[str, ...] | None:
        """The hashes of a commit's parents, as the commit itself names them: a shallow clone has them too."""
        done = self.run(["cat-file", "commit", commit])
        if not done.ok:
            return None
        header = done.out.partition(b"\n\n")[0].decode("ascii", "replace")
        return tuple(line[7:] for line in header.splitlines() if line.startswith("parent "))

    def is_shallow(self) -> bool | None:
        """Whether history is cut off in this clone."""
        answer = self._ask(["rev-parse", "--is-shallow-repository"])
        return None if answer is None else answer == "true"

    def remote_url(self) -> str | None:
        """Where the clone is from: the URL of its remote `origin`, else of its only remote."""
        url = self._ask(["remote", "get-url", "origin"])
        if url is not None:
            return url
        remotes = (self._ask(["remote"]) or "").split()
        return self._ask(["remote", "get-url", "--", remotes[0]]) if len(remotes) == 1 else None

    def _ask(self, args: Sequence[str]) -> str | None:
        done = self.run(args)
        return (done.text or None) if done.ok else None
