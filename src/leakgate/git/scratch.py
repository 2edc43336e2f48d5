"""A bare repository of our own in a temporary directory: whatever is fetched, written or pushed goes through it.

The user's clone is never touched: neither its files nor its index, configuration, refs or hooks.
"""

import re
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from pathlib import Path
from types import MappingProxyType

from leakgate.errors import InputError, ServiceError
from leakgate.git import credentials
from leakgate.git.command import Done, GitRunner, runner
from leakgate.git.credentials import NAME, Remote

NETWORK_SECONDS = 120
"""For one command; a connection that stands still ends after a quarter of it."""

BLOBLESS = "blob:none"
COMMITS_ONLY = "tree:0"

_NOTHING: Mapping[str, str] = MappingProxyType({})
_FETCHED = "refs/fetched"
_KEPT_VARIABLES = re.compile(r"GIT_(SSH|SSL|ASKPASS|PROXY|HTTP)")
"""Of the user's `GIT_*` variables those that say how to get in."""

_SETTINGS = (
    ("protocol.version", "2"),  # older ones refuse to send a single object
    ("core.hooksPath", "/dev/null"),
    ("core.fsmonitor", "false"),
    ("core.autocrlf", "false"),
    ("commit.gpgSign", "false"),
    ("push.gpgSign", "false"),
    ("push.followTags", "false"),
    ("push.recurseSubmodules", "no"),
    ("push.pushOption", ""),
    ("fetch.prune", "false"),
    ("fetch.pruneTags", "false"),
    ("fetch.recurseSubmodules", "false"),
    ("fetch.writeCommitGraph", "false"),
    ("fetch.unpackLimit", "1"),  # what arrives stays packed: nothing here lives long
    ("gc.auto", "0"),
    ("maintenance.auto", "false"),
    ("i18n.commitEncoding", "UTF-8"),
    ("http.lowSpeedLimit", "100"),
    ("http.lowSpeedTime", str(NETWORK_SECONDS // 4)),
)
"""What of the user's own configuration would get in the way, of these commands or of one that they start."""

_WHO = {"NAME": "leakgate", "EMAIL": "leakgate@users.noreply.github.com"}
_DEFAULT_BRANCH = re.compile(r"ref: refs/heads/(?P<name>\S+)\tHEAD$", re.MULTILINE)
_REGULAR = frozenset({"100644", "100755"})

_NOISE = ("hint:", "To ", "error: failed to push some refs")
_NO_SUCH = re.compile(r"couldn't find remote ref|not our ref|no such remote ref", re.IGNORECASE)
_MOVED = re.compile(
    r"fetch first|non-fast-forward|stale info|cannot lock ref|failed to update ref|incorrect old value"
    r"|already exists|remote ref updated|failed to lock",
    re.IGNORECASE,
)
_DENIED = re.compile(
    r"permission .*denied|permission denied|returned error: 40[134]|authentication failed|access denied"
    r"|denied to|could not read (username|password)|write access .* not granted|protected|GH006|GH013"
    r"|hook declined|read.only|remote rejected\] \(non-fast-forward"
    r"|repository not found|not found$|not authori[sz]ed|service not enabled|host key verification failed",
    re.IGNORECASE | re.MULTILINE,
)


class NoSuchRef(ServiceError):  # noqa: N818 - named for what it says, as its siblings are
    """The remote has no ref or commit of that name."""


class Denied(ServiceError):  # noqa: N818 - named for what it says
    """The remote does not let us in, or not write."""


class Unreachable(ServiceError):  # noqa: N818 - named for what it says
    """The remote did not answer, or not as git understands it; it may do so later."""


class Pushed(Enum):
    """What became of a push that was not refused for good."""

    DONE = "done"
    MOVED = "moved"
    """The ref is no longer where it was expected to be: fetch it and do the work again."""


@dataclass(frozen=True, slots=True)
class TreeEntry:
    """One entry of a tree.

    Attributes:
        mode: Git's file mode, such as `100644`.
        kind: `blob`, `tree` or `commit`.
        oid: The object's name.
        path: From the root of the commit.
    """

    mode: str
    kind: str
    oid: str
    path: str

    @property
    def is_file(self) -> bool:
        """Whether it is a regular file: no symbolic link, directory or submodule."""
        return self.mode in _REGULAR


@contextmanager
def scratch(remote: Remote, env: Mapping[str, str], *, timeout: float = NETWORK_SECONDS) -> Iterator["Scratch"]:
    """An empty repository that is gone afterwards.

    Args:
        remote: The one remote it knows.
        env: The user's environment.
        timeout: Seconds for each command.

    Raises:
        ServiceError: There is no git, or no room for the repository.
    """
    with tempfile.TemporaryDirectory(prefix="leakgate-git-", ignore_cleanup_errors=True) as directory:
        home = Path(directory)
        variables = {name: value for name, value in env.items() if _KEPT_VARIABLES.match(name)}
        variables |= credentials.environment((*remote.settings, *_SETTINGS), env)
        # Named outright, so that `safe.bareRepository=explicit` is content; never fetching by itself.
        variables |= {"GIT_DIR": directory, "GIT_NO_LAZY_FETCH": "1", "GIT_INDEX_FILE": str(home / "index")}
        for role in ("AUTHOR", "COMMITTER"):
            variables |= {f"GIT_{role}_{name}": value for name, value in _WHO.items()}
        made = Scratch(runner(home, env, timeout), variables, home, remote)
        made.start()
        yield made


@dataclass(frozen=True, slots=True)
class Scratch:
    """The repository. Every method raises ServiceError where git cannot do what it is asked.

    Attributes:
        run: Git in its directory.
        variables: What that git must find in its environment. Holds secrets.
        directory: Where it is.
        remote: Where it fetches from and pushes to.
    """

    run: GitRunner
    variables: Mapping[str, str]
    directory: Path
    remote: Remote

    def start(self) -> None:
        """Make the repository, without the user's template of hooks."""
        self._must(["init", "--quiet", "--bare", "--template=", "."])

    def fetch(
        self,
        names: Sequence[str],
        *,
        depth: int | None = None,
        filter: str | None = None,  # noqa: A002 - git's word
    ) -> dict[str, str]:
        """Bring refs or commits here with the history behind them. May be repeated, to deepen it.

        Args:
            names: Full refs (`refs/heads/main`) or full hashes of commits.
            depth: How many commits deep; None: all of the history.
            filter: What to leave out, where the server can: `BLOBLESS`, `COMMITS_ONLY`.

        Returns:
            For each name the hash of its commit.

        Raises:
            NoSuchRef: The remote has not one of them.
            Denied: It may not be read.
            Unreachable: The remote does not answer.
        """
        how = [] if filter is None else [f"--filter={filter}"]
        if depth is not None:
            how.append(f"--depth={depth}")
        elif self.is_shallow():
            how.append("--unshallow")
        self._fetch(how, [f"+{name}:{_local(name)}" for name in names])
        found = self._must(["rev-parse", *(f"{_local(name)}^{{commit}}" for name in names)]).text.split()
        return dict(zip(names, found, strict=True))

    def fetch_objects(self, oids: Sequence[str]) -> None:
        """Bring single objects here, such as the blobs that a filter left out.

        Raises:
            NoSuchRef: The remote has not one of them.
            Denied: It may not be read.
            Unreachable: The remote does not answer.
        """
        # Negotiation would tell the server that we have the commits, and so, it thinks, these objects.
        self._fetch([f"--filter={BLOBLESS}"], list(oids), ["-c", "fetch.negotiationAlgorithm=noop"])

    def default_branch(self) -> str | None:
        """The branch that the remote calls its default; None where it names none.

        Raises:
            Denied: It may not be read.
            Unreachable: The remote does not answer.
        """
        done = self._git(["ls-remote", "--symref", NAME, "HEAD"])
        if not done.ok:
            raise self._failure(done, "cannot ask for the default branch")
        found = _DEFAULT_BRANCH.match(done.text)
        return found["name"] if found else None

    def has_commit(self, commit: str) -> bool:
        """Whether the commit is here."""
        return self._git(["cat-file", "-e", f"{commit}^{{commit}}"]).ok

    def is_shallow(self) -> bool:
        """Whether history is cut off here."""
        return (self.directory / "shallow").exists()

    def parents(self, commit: str) -> tuple[str, ...]:
        """The hashes of a commit's parents, as it names them, be they here or not."""
        header = self._must(["cat-file", "commit", commit]).out.partition(b"\n\n")[0].decode("ascii", "replace")
        return tuple(line[7:] for line in header.splitlines() if line.startswith("parent "))

    def rev_list_first_parent(self, commit: str) -> tuple[str, ...]:
        """The commit and its first-parent ancestors that are here, nearest first."""
        return tuple(self._must(["rev-list", "--first-parent", commit, "--"]).text.split())

    def ls_tree(self, commit: str, path: str = "", *, recursive: bool = False) -> tuple[TreeEntry, ...]:
        """What is in a directory of a commit; nothing where there is no such directory.

        Args:
            commit: The commit.
            path: The directory, `""` for the root.
            recursive: List the files below instead, at any depth.
        """
        args = ["ls-tree", "-z", "--full-tree", *(["-r"] if recursive else []), commit]
        return self._entries([*args, "--", f"{path}/"] if path else args)

    def entry(self, commit: str, path: str) -> TreeEntry | None:
        """What is at a path of a commit."""
        found = self._entries(["ls-tree", "-z", "--full-tree", commit, "--", path])
        return next((entry for entry in found if entry.path == path), None)

    def read_blob(self, oid: str, most: int) -> bytes:
        """A file's content, fetched where it is not here yet.

        Args:
            oid: Its name.
            most: The bytes it may be long.

        Raises:
            InputError: It is longer.
            ServiceError: It cannot be fetched.
        """
        size = self._size(oid)
        if size is None:
            self.fetch_objects([oid])
            size = self._size(oid)
        if size is None:
            raise ServiceError(f"the object {oid} did not arrive", where=self.remote.url)
        if size > most:
            raise InputError(f"is {size:,} bytes long, and leakgate reads at most {most:,}", where=self.remote.url)
        return self._must(["cat-file", "blob", oid]).out

    def write_blob(self, data: bytes) -> str:
        """Store a file's content, and return its name."""
        return self._must(["hash-object", "-w", "--stdin"], stdin=data).text

    def write_tree(self, base: str | None, changes: Mapping[str, str | None]) -> str:
        """A tree like that of the commit `base` (None: an empty one) with some files replaced.

        Args:
            base: The commit.
            changes: Path → the blob's name; None takes the file away.

        Returns:
            The tree's name.
        """
        self._must(["read-tree", "--empty"] if base is None else ["read-tree", base])
        nothing = "0" * 40
        lines = (
            f"0 {nothing}\t{path}\0" if oid is None else f"100644 {oid}\t{path}\0" for path, oid in changes.items()
        )
        done = self._must(["update-index", "-z", "--index-info"], stdin="".join(lines).encode())
        if done.err:  # it leaves out a path such as `../a`, says so and succeeds
            raise ServiceError(f"a file cannot be stored: {self._said(done)}", where=self.remote.url)
        return self._must(["write-tree", "--missing-ok"]).text

    def commit_tree(self, tree: str, parents: Sequence[str], message: str, time: datetime) -> str:
        """A commit by leakgate of that time, unsigned; its hash."""
        stamp = {f"GIT_{role}_DATE": f"@{int(time.timestamp())} +0000" for role in ("AUTHOR", "COMMITTER")}
        args = ["commit-tree", tree, *(word for parent in parents for word in ("-p", parent))]
        return self._must(args, stdin=message.encode(), env=stamp).text

    def push(self, commit: str, ref: str, *, replacing: str | None = None) -> Pushed:
        """Let a ref of the remote point to a commit.

        Args:
            commit: Must descend from where the ref is, unless `replacing` is given.
            ref: The full ref; made where it is not there.
            replacing: Let go of the ref's history, but only if it still points here.

        Raises:
            Denied: We may not write there.
            Unreachable: The remote does not answer.
            ServiceError: It refuses for another reason.
        """
        lease = [] if replacing is None else [f"--force-with-lease={ref}:{replacing}"]
        done = self._git(["push", "--porcelain", "--no-verify", *lease, NAME, f"{commit}:{ref}"])
        if done.ok:
            return Pushed.DONE
        refused = "\n".join(
            line.rpartition("\t")[2]  # without the names, which are anyone's
            for line in done.out.decode("utf-8", "replace").splitlines()
            if line.startswith("!")
        )
        if _DENIED.search(refused) is None and _MOVED.search(refused):
            return Pushed.MOVED
        raise self._failure(Done(done.code, b"", f"{done.err}\n{refused}"), f"cannot write {ref}", writing=True)

    def _fetch(self, how: Sequence[str], refspecs: Sequence[str], before: Sequence[str] = ()) -> None:
        # The user's settings for what else to fetch are of no use here.
        quiet = ["--quiet", "--no-tags", "--no-write-fetch-head", "--refmap=", "--recurse-submodules=no"]
        done = self._git([*before, "fetch", *quiet, *how, NAME, *refspecs])
        # A filter made it a "promisor", from which git would go on fetching by itself.
        self._git(["config", "--remove-section", f"remote.{NAME}"])
        if not done.ok:
            raise self._failure(done, "cannot fetch")

    def _entries(self, args: Sequence[str]) -> tuple[TreeEntry, ...]:
        entries = []
        for line in self._must(args).out.decode("utf-8", "surrogateescape").split("\0"):
            if line:
                about, _, path = line.partition("\t")
                mode, kind, oid = about.split(" ")
                entries.append(TreeEntry(mode, kind, oid, path))
        return tuple(entries)

    def _size(self, oid: str) -> int | None:
        """The length of a blob that is here."""
        done = self._git(["cat-file", "--batch-check=%(objecttype) %(objectsize)"], stdin=f"{oid}\n".encode())
        kind, _, size = done.text.partition(" ")
        return int(size) if kind == "blob" and size.isdecimal() else None

    def _git(self, args: Sequence[str], *, stdin: bytes = b"", env: Mapping[str, str] = _NOTHING) -> Done:
        return self.run(args, stdin=stdin, env={**self.variables, **env})

    def _must(self, args: Sequence[str], *, stdin: bytes = b"", env: Mapping[str, str] = _NOTHING) -> Done:
        done = self._git(args, stdin=stdin, env=env)
        if not done.ok:
            raise ServiceError(f"`git {args[0]}` failed: {self._said(done)}", where=self.remote.url)
        return done

    def _failure(self, done: Done, what: str, *, writing: bool = False) -> ServiceError:
        """Why the remote did not do it."""
        text, where = f"{what}: {self._said(done)}", self.remote.url
        if _NO_SUCH.search(done.err):
            return NoSuchRef(text, where=where)
        if _DENIED.search(done.err):
            may = "write to it: the workflow needs `permissions: contents: write`" if writing else "read it"
            return Denied(text, where=where, remedy=f"check that the token or your git credentials may {may}")
        if "invalid refspec" in done.err:
            return ServiceError(
                text, where=where, remedy="`git help check-ref-format` says what a branch may be called"
            )
        return Unreachable(text, where=where, remedy="check the address and the network, and run it again")

    def _said(self, done: Done) -> str:
        """What git and the remote said, on one line and without secrets. The remote's words are anyone's."""
        lines = [line for line in done.err.splitlines() if not line.startswith(_NOISE)]
        telling = [line for line in lines if re.match(r"fatal:|remote:|error:|!", line)] or lines
        parts = (re.sub(r"^((fatal|remote|error): *)+", "", line).strip() for line in telling)
        text = "; ".join(part for part in parts if part)
        text = "".join(c if c.isprintable() else " " for c in self.remote.redact(text))
        return " ".join(text.split())[:500] or f"git ended with {done.code}"


def _local(name: str) -> str:
    return f"{_FETCHED}/{name}"
