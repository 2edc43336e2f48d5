"""A second working tree of the user's clone, in a repository of its own that borrows the clone's objects.

`git worktree add` would write to the clone. Here the clone is only read: neither its files nor its index, refs,
configuration or hooks are touched, and whatever git keeps while it bisects it keeps here.
"""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from leakgate.errors import ServiceError, UsageError
from leakgate.git.checkout import Checkout
from leakgate.git.command import Done, GitRunner

_SETTINGS = (
    ("core.hooksPath", "/dev/null"),
    ("core.fsmonitor", "false"),
    ("advice.detachedHead", "false"),
    ("gc.auto", "0"),
    ("maintenance.auto", "false"),
)
"""What of the user's own configuration would get in the way."""

_INCOMPLETE = (
    "is this clone complete? `git fetch --unshallow` fetches commits that are missing, `git fetch --refetch "
    "--no-filter` files that a partial clone has left out"
)


@dataclass(frozen=True, slots=True)
class CommitInfo:
    """What a commit says of itself. Untrusted text.

    Attributes:
        commit: Its full hash.
        author: Name and address.
        date: Of the author, ISO 8601.
        subject: The first line of its message.
    """

    commit: str
    author: str
    date: str
    subject: str


@dataclass(frozen=True, slots=True)
class Replica:
    """A working tree in which any commit of the clone can be checked out.

    Attributes:
        path: Its root.
        git: Git in there.
    """

    path: Path
    git: GitRunner

    @property
    def checkout(self) -> Checkout:
        """The questions that can be asked of it."""
        return Checkout(self.git)

    def switch_to(self, commit: str) -> None:
        """Check a commit out, over whatever the last one's build has left.

        Raises:
            ServiceError: Its files are not in the clone, for example.
        """
        self.tidy()
        self.do("checkout", "--quiet", "--force", "--detach", commit)

    def tidy(self) -> None:
        """Put back what a build or a test has changed. What the project ignores stays."""
        if self.checkout.head():
            self.do("reset", "--quiet", "--hard")
        self.do("clean", "--quiet", "-d", "--force", "--force")

    def info(self, commit: str) -> CommitInfo:
        """What a commit says of itself."""
        shown = self.do(
            "show", "--no-patch", "--no-show-signature", "--format=%H%x00%an <%ae>%x00%aI%x00%s", commit
        ).text
        return CommitInfo(*shown.split("\0"))

    def contains(self, commit: str, ancestor: str) -> bool:
        """Whether `ancestor` is `commit` or one of those before it."""
        return self.git(["merge-base", "--is-ancestor", ancestor, commit]).ok

    def do(self, *args: str) -> Done:
        """What git must do.

        Raises:
            ServiceError: It refuses.
        """
        return _must(self.git, *args)


def replicate(clone: GitRunner, cwd: Path, path: Path, git_in: Callable[[Path], GitRunner]) -> Replica:
    """Make a replica of the clone around `cwd`, with nothing checked out.

    Args:
        clone: Git in `cwd`.
        cwd: In the user's clone.
        path: Where the replica will be; nothing may be there.
        git_in: Makes a runner for a directory.

    Raises:
        UsageError: There is no repository around `cwd`.
        ServiceError: Git refuses, or a file cannot be written.
    """
    objects = clone(["rev-parse", "--git-path", "objects"])
    if not objects.ok:
        raise UsageError("there is no git repository here", where=str(cwd), remedy="run it in the project's clone")
    form = clone(["rev-parse", "--show-object-format"])
    shallow = cwd / _must(clone, "rev-parse", "--git-path", "shallow").text
    try:
        path.mkdir(parents=True)
        git = git_in(path)
        _must(git, "init", "--quiet", "--template=", f"--object-format={form.text if form.ok else 'sha1'}")
        info = path / ".git/objects/info"
        info.mkdir(exist_ok=True)
        (info / "alternates").write_text(f"{(cwd / objects.text).resolve()}\n")
        if shallow.exists():
            shutil.copyfile(shallow, path / ".git/shallow")
    except OSError as error:
        raise ServiceError(f"cannot be written: {error.strerror or error}", where=str(path)) from error
    for name, value in _SETTINGS:
        _must(git, "config", name, value)
    return Replica(path, git)


def _must(git: GitRunner, *args: str) -> Done:
    done = git(args)
    if not done.ok:
        why = done.err.partition("\n")[0] or f"exit code {done.code}"  # of a checkout, one line a file
        raise ServiceError(f"`git {args[0]}` failed: {why}", remedy=_INCOMPLETE)
    return done
