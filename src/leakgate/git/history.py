"""How commits hang together: from the user's clone where it knows, else fetched, without content and in steps."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass

from leakgate.errors import ServiceError
from leakgate.git.checkout import Checkout, merge_base
from leakgate.git.command import Done
from leakgate.git.scratch import COMMITS_ONLY, NoSuchRef, Scratch

_DEPTHS = (64, 512, 4096)
"""How deep history is fetched: mostly the first is enough, at some 30 kB, and the last takes 1.6 MB."""

OpenScratch = Callable[[], AbstractContextManager[Scratch]]


@contextmanager
def history(checkout: Checkout, open_scratch: OpenScratch | None) -> Iterator["CommitHistory"]:
    """The history around a checkout.

    Args:
        checkout: The user's clone.
        open_scratch: Makes a repository to fetch into, asked only where one is needed; None without a remote.
    """
    with ExitStack() as stack:
        made: list[Scratch] = []

        def once() -> Scratch | None:
            if open_scratch is not None and not made:
                made.append(stack.enter_context(open_scratch()))
            return made[0] if made else None

        yield CommitHistory(checkout, once)


@dataclass(frozen=True, slots=True)
class CommitHistory:
    """Answers questions about commits, and fetches what it takes.

    Attributes:
        checkout: The user's clone, only read.
        scratch: The repository to fetch into; None where there is no remote to fetch from.
    """

    checkout: Checkout
    scratch: Callable[[], Scratch | None]

    def default_branch(self) -> str | None:
        """The repository's default branch, as the clone remembers it, else as the remote says.

        Raises:
            ServiceError: The remote cannot be asked.
        """
        known = self.checkout.default_branch()
        scratch = self.scratch() if known is None else None
        return known if scratch is None else scratch.default_branch()

    def branch_tip(self, name: str) -> str | None:
        """The newest commit of the repository's branch; None where it has none of that name.

        A clone with all of history is taken at its word. A shallow one may be a runner's that is used again and
        again, with branches as they were some time ago.

        Raises:
            ServiceError: The remote cannot be asked.
        """
        known = self.checkout.branch_tip(name)
        if known is not None and self.checkout.is_shallow() is False:
            return known
        scratch = self.scratch()
        if scratch is None:
            return known
        ref = f"refs/heads/{name}"
        try:
            return scratch.fetch([ref], depth=_DEPTHS[0], filter=COMMITS_ONLY)[ref]
        except NoSuchRef:
            return None
        except ServiceError:
            if known is None:
                raise
            return known

    def parents(self, commit: str) -> tuple[str, ...] | None:
        """A commit's parents in their order; None where it is not to be had.

        Raises:
            ServiceError: The remote cannot be asked.
        """
        known = self.checkout.parents(commit)
        scratch = self.scratch() if known is None else None
        if scratch is None:
            return known
        try:
            scratch.fetch([commit], depth=1, filter=COMMITS_ONLY)
        except NoSuchRef:
            return None
        return scratch.parents(commit)

    def merge_base(self, one: str, other: str) -> str | None:
        """The best common ancestor of two commits; None where there is none, or it lies too far back.

        Raises:
            ServiceError: The remote cannot be asked.
        """
        base, certain = self.checkout.merge_base(one, other)
        scratch = None if certain else self.scratch()
        if scratch is None:
            return base

        def git(args: Sequence[str]) -> Done:
            return scratch.run(args, env=scratch.variables)

        for depth in _DEPTHS:
            try:
                scratch.fetch([one, other], depth=depth, filter=COMMITS_ONLY)
            except NoSuchRef:
                # Never pushed; but where a shallow clone is cut off, it has what it was cloned from.
                line = self.checkout.first_parents(one, _DEPTHS[-1])
                return self.merge_base(line[-1], other) if line[1:] else base
            base, certain = merge_base(git, one, other, shallow=scratch.is_shallow())
            if certain:
                break
        return base

    def ancestors(self, commit: str) -> Iterator[str]:
        """The commit and its first-parent ancestors, nearest first, a few thousand at most.

        Raises:
            ServiceError: The remote cannot be asked. Only when iteration gets to where it must be.
        """
        yield commit
        line = self.checkout.first_parents(commit, _DEPTHS[-1])
        yield from line[1:]
        if len(line) == _DEPTHS[-1]:
            return
        if (parents := self.checkout.parents(line[-1] if line else commit)) is None:
            yield from self._fetched(commit)
        elif parents:  # of a shallow clone's last commit the parent's name is known, and nothing else
            yield parents[0]
            yield from self._fetched(parents[0])

    def _fetched(self, commit: str) -> Iterator[str]:
        """What comes before a commit that the clone does not have, first from what was fetched already."""
        scratch = self.scratch()
        if scratch is None:
            return
        told = 1
        for depth in (0, *_DEPTHS):
            if depth:
                try:
                    scratch.fetch([commit], depth=depth, filter=COMMITS_ONLY)
                except NoSuchRef:  # gone from the remote
                    return
            elif not scratch.has_commit(commit):
                continue
            line = scratch.rev_list_first_parent(commit)
            yield from line[told:]
            told = max(told, len(line))
            if not scratch.parents(line[-1]):
                return
