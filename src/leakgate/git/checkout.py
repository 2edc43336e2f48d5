"""What leakgate asks the user's clone, read-only: which commit is this, what are its parents, where is it from."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from leakgate.git.command import Done, GitRunner

_OFFLINE = MappingProxyType({"GIT_ALLOW_PROTOCOL": "none", "GIT_NO_LAZY_FETCH": "1"})
"""A partial clone would fetch, and so change, when it is asked about a commit that it has not."""

_USUAL_DEFAULTS = ("main", "master")
_USUAL_REMOTES = ("origin", "upstream")


@dataclass(frozen=True, slots=True)
class Checkout:
    """The repository around a directory, or the lack of one: every answer is None where git has none to give.

    Nothing here writes to the repository or uses the network.
    """

    run: GitRunner

    def head(self) -> str | None:
        """The full hash of the checked-out commit."""
        return self._ask(["rev-parse", "--verify", "--quiet", "HEAD^{commit}"])

    def distance(self, ancestor: str, commit: str) -> int | None:
        """How many commits lie between `ancestor` and `commit`; None where either is not in this clone."""
        # From a file that may come from anywhere: never an option of git's.
        count = self._ask(["rev-list", "--count", "--end-of-options", f"{ancestor}..{commit}", "--"])
        return int(count) if count and count.isdecimal() else None

    def behind_head(self, commit: str | None) -> int | None:
        """How many commits a commit lies behind the one that is checked out; None where that is not known."""
        head = self.head() if commit else None
        return self.distance(commit, head) if commit and head else None

    def parents(self, commit: str) -> tuple[str, ...] | None:
        """The hashes of a commit's parents, as the commit itself names them: a shallow clone has them too."""
        done = self._git(["cat-file", "commit", commit])
        if not done.ok:
            return None
        header = done.out.partition(b"\n\n")[0].decode("ascii", "replace")
        return tuple(line[7:] for line in header.splitlines() if line.startswith("parent "))

    def first_parents(self, commit: str, most: int) -> tuple[str, ...]:
        """The commit and its first-parent ancestors, nearest first, as far as this clone has them."""
        found = self._ask(["rev-list", "--first-parent", f"--max-count={most}", "--end-of-options", commit, "--"])
        return tuple((found or "").split())

    def merge_base(self, one: str, other: str) -> tuple[str | None, bool]:
        """The best common ancestor of two commits, and whether more history could not change this answer."""
        return merge_base(self._git, one, other, shallow=self.is_shallow() is not False)

    def root(self) -> Path | None:
        """The directory that the repository's files are in."""
        path = self._ask(["rev-parse", "--show-toplevel"])
        return None if path is None else Path(path)

    def default_branch(self) -> str | None:
        """The remote's default branch, as the clone remembers it; else `main` or `master` where there is one.

        What the clone remembers may be a branch that has been renamed since, and is gone.
        """
        remote = self.remote()
        place = f"refs/remotes/{remote}/" if remote else "refs/heads/"
        told = self._ask(["symbolic-ref", "--quiet", f"{place}HEAD"]) if remote else None
        remembered = [told.removeprefix(place)] if told is not None and told.startswith(place) else []
        return next((name for name in (*remembered, *_USUAL_DEFAULTS) if self.branch_tip(name)), None)

    def branch(self) -> str | None:
        """The branch that is checked out; None for a detached head."""
        ref = self._ask(["symbolic-ref", "--quiet", "HEAD"])  # in full: the short form depends on other refs
        return ref.removeprefix("refs/heads/") if ref else None

    def branch_tip(self, name: str) -> str | None:
        """Where the remote's branch was when it was last fetched; without a remote, the branch of this clone."""
        remote = self.remote()
        place = f"refs/remotes/{remote}/" if remote else "refs/heads/"
        return self._ask(["rev-parse", "--verify", "--quiet", f"{place}{name}^{{commit}}"])

    def file(self, commit: str, path: str) -> bytes | None:
        """What a file holds at a commit; None where this clone has not both."""
        done = self._git(["cat-file", "blob", f"{commit}:{path}"])
        return done.out if done.ok else None

    def directories(self, commit: str) -> tuple[str, ...]:
        """The names of the directories at the top of a commit's files."""
        done = self._git(["ls-tree", "-d", "-z", "--name-only", "--end-of-options", commit])
        return tuple(done.out.decode("utf-8", "replace").split("\0")[:-1]) if done.ok else ()

    def files(self, commit: str) -> frozenset[str] | None:
        """All files of a commit, relative to the root, none of a submodule; None where that is not known."""
        done = self._git(["ls-tree", "-r", "-z", "--name-only", "--full-tree", "--end-of-options", commit])
        return frozenset(done.out.decode("utf-8", "replace").split("\0")[:-1]) if done.ok else None

    def is_changed(self) -> bool:
        """Whether a file that git tracks differs from the checked-out commit."""
        return self._ask(["status", "--porcelain", "--untracked-files=no"]) is not None

    def is_shallow(self) -> bool | None:
        """Whether history is cut off in this clone."""
        answer = self._ask(["rev-parse", "--is-shallow-repository"])
        return None if answer is None else answer == "true"

    def remotes(self) -> tuple[str, ...] | None:
        """The names of all remotes; None where there is no repository."""
        done = self._git(["remote"])
        return tuple(done.text.split()) if done.ok else None

    def remote(self) -> str | None:
        """The remote that the clone is from: `origin`, else `upstream`, else the only one."""
        remotes = self.remotes() or ()
        only = remotes if len(remotes) == 1 else ()
        return next((name for name in (*_USUAL_REMOTES, *only) if name in remotes), None)

    def remote_url(self) -> str | None:
        """Where the clone is from."""
        remote = self.remote()
        return None if remote is None else self._ask(["remote", "get-url", "--", remote])

    def _ask(self, args: Sequence[str]) -> str | None:
        done = self._git(args)
        return (done.text or None) if done.ok else None

    def _git(self, args: Sequence[str]) -> Done:
        return self.run(args, env=_OFFLINE)


def merge_base(
    git: Callable[[Sequence[str]], Done], one: str, other: str, *, shallow: bool
) -> tuple[str | None, bool]:
    """The best common ancestor of two commits, and whether more history could not change this answer.

    Where history is cut off, git may find one that is only the best of what it sees. It is the best of all where
    nothing is cut off between it and the two commits.

    Args:
        git: Runs git in a repository.
        one: A commit.
        other: Another one.
        shallow: Whether history is cut off in this repository.
    """
    done = git(["merge-base", one, other])
    if not done.ok:
        return None, done.code == 1 and not shallow  # 1: it has both commits, and they have nothing in common
    base = done.text
    if not shallow:
        return base, True
    cut = git(["rev-list", "--max-parents=0", "--max-count=1", one, other, f"^{base}", "--"])
    return base, cut.ok and not cut.text
