"""The branch of baselines as several jobs share it: reading it with care, and landing a change among others.

Nobody waits for anybody. A change is made on top of what was fetched and pushed without force; whoever comes
second is refused by the server, fetches again and makes the same change on top of that.
"""

import math
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from leakgate.baselines import layout
from leakgate.baselines.index import Index, parse
from leakgate.errors import InputError, ServiceError
from leakgate.git.scratch import BLOBLESS, NoSuchRef, Pushed, Scratch, Unreachable

_MOST_INDEX = 64 << 20
T = TypeVar("T")

_FIRST_WAIT, _LONGEST_WAIT = 0.25, 8.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Retries:
    """How long to go on where others write at the same time.

    Attributes:
        tries: How often at most.
        seconds: How long at most.
        outages: After how many times without an answer from the remote to give up.
        clock: Seconds from some start.
        sleep: Waits so many seconds.
        chance: A random number, 0 to 1: jobs that were refused at once must not come back at once.
    """

    tries: int = 30
    seconds: float = 120.0
    outages: int = 4
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    chance: Callable[[], float] = random.random

    def wait(self, attempt: int) -> float:
        """Seconds to wait after that failed attempt, the first being 0."""
        return self.chance() * min(_LONGEST_WAIT, math.ldexp(_FIRST_WAIT, attempt))

    def through_outages(self, action: Callable[[], T]) -> T:
        """What the action returns; where the remote does not answer it is tried again."""
        end = self.clock() + self.seconds
        for attempt in range(self.outages - 1):
            try:
                return action()
            except Unreachable:
                if self.clock() > end:
                    raise
                self.sleep(self.wait(attempt))
        return action()


@dataclass(frozen=True, slots=True)
class Change:
    """What the branch should become.

    Attributes:
        tree: Its files.
        title: What happened to them.
        base: The tip that it was made from; None where the branch is to be made.
        anew: Whether the branch's history begins with it.
    """

    tree: str
    title: str
    base: str | None
    anew: bool = False


@dataclass(frozen=True, slots=True)
class SharedBranch:
    """The branch, through a repository of our own.

    Attributes:
        scratch: That repository.
        name: The branch's, without `refs/heads/`.
        now: The time, in UTC.
        retries: How long to go on.
    """

    scratch: Scratch
    name: str
    now: Callable[[], datetime]
    retries: Retries

    @property
    def _ref(self) -> str:
        return f"refs/heads/{self.name}"

    @property
    def anew(self) -> str:
        """What helps where nothing less does: what is damaged says what the branch has."""
        return (
            f"begin the branch anew: `git push origin --delete {self.name}`; the next push to a tracked branch "
            "makes it again"
        )

    def tip(self) -> str | None:
        """The branch's newest commit, fetched with its trees and no file; None where there is no such branch.

        Raises:
            InputError: It is somebody else's branch, or a newer leakgate's.
            ServiceError: It cannot be read.
        """
        try:
            tip = self.scratch.fetch([self._ref], depth=1, filter=BLOBLESS)[self._ref]
        except NoSuchRef:
            return None
        files = {entry.path for entry in self.scratch.ls_tree(tip) if entry.is_file}
        if layout.MARKER in files:
            return tip
        if any(layout.ANY_MARKER.fullmatch(file) for file in files):
            raise InputError(
                f"the branch `{self.name}` is in another form than this leakgate knows",
                where=self.scratch.remote.url,
                remedy="update leakgate, everywhere that it saves baselines",
            )
        raise InputError(
            f"the branch `{self.name}` is not leakgate's: it has no file {layout.MARKER}",
            where=self.scratch.remote.url,
            remedy="name another one in leakgate.yml (`baseline: {branch: …}`), or delete it if nobody needs it",
        )

    def jobs(self, tip: str) -> list[str]:
        """The directories of all jobs."""
        return [entry.path for entry in self.scratch.ls_tree(tip) if entry.kind == "tree"]

    def index(self, tip: str, job: str) -> Index | None:
        """The index of the job with that directory; None where it has saved nothing yet.

        Raises:
            InputError: It is damaged.
            ServiceError: It cannot be read.
        """
        path = layout.index_path(job)
        if self.scratch.entry(tip, path) is None:
            return None
        index = parse(self.file(tip, path, _MOST_INDEX, self.anew), self.place(path), self.anew)
        if layout.directory(index.key) != job:
            raise InputError("it is the index of another job", where=self.place(path), remedy=self.anew)
        return index

    def indexes(self, tip: str) -> tuple[Index, ...]:
        """The indexes of all jobs; raises as `index` does."""
        jobs = self.jobs(tip)
        self._bring_indexes(tip, jobs)
        return tuple(index for job in jobs if (index := self.index(tip, job)) is not None)

    def keys(self, tip: str) -> list[str]:
        """The keys of all jobs; of one whose index is damaged, its directory.

        Raises:
            ServiceError: The branch cannot be read.
        """
        jobs = self.jobs(tip)
        self._bring_indexes(tip, [job for job in jobs if layout.directory(job) != job])
        return [self._key(tip, job) for job in jobs]

    def _key(self, tip: str, job: str) -> str:
        if layout.directory(job) == job:
            return job
        try:
            index = self.index(tip, job)
        except InputError:
            return job
        return job if index is None else index.key

    def _bring_indexes(self, tip: str, jobs: Sequence[str]) -> None:
        """Fetch them all at once, and not one by one."""
        entries = [self.scratch.entry(tip, layout.index_path(job)) for job in jobs]
        if oids := [entry.oid for entry in entries if entry is not None and entry.is_file]:
            self.scratch.fetch_objects(oids)

    def file(self, tip: str, path: str, most: int, remedy: str) -> bytes:
        """The content of a file that should be there.

        Args:
            tip: The branch's newest commit.
            path: The file's.
            most: The bytes it may be long.
            remedy: What helps where it is damaged.

        Raises:
            InputError: It is not there, no regular file, or longer than `most` bytes.
            ServiceError: It cannot be read.
        """
        entry = self.scratch.entry(tip, path)
        if entry is None or not entry.is_file:
            what = "is missing, though the index lists it" if entry is None else "is no regular file"
            raise InputError(what, where=self.place(path), remedy=remedy)
        try:
            return self.scratch.read_blob(entry.oid, most)
        except InputError as error:
            raise InputError(error.what, where=self.place(path), remedy=remedy) from error

    def place(self, path: str) -> str:
        """How messages call a file on the branch."""
        return f"{self.name}:{path}"

    def land(self, change: Callable[[str | None], Change | None]) -> None:
        """Make a change on top of the branch and push it, again and again until it is there.

        Args:
            change: Given the branch's tip, what it should become; None where there is nothing to do.

        Raises:
            InputError: The branch is not leakgate's, or damaged.
            ServiceError: Others were always first, or the remote refuses or does not answer.
        """

        def attempted() -> bool:
            new = change(self.tip())
            return new is None or self._push(new) is Pushed.DONE

        end = self.retries.clock() + self.retries.seconds
        for attempt in range(self.retries.tries):
            if self.retries.through_outages(attempted):
                return
            wait = self.retries.wait(attempt)
            if self.retries.clock() + wait > end:
                break
            self.retries.sleep(wait)
        raise ServiceError(
            f"the branch `{self.name}` could not be written: others did so at the same time, again and again",
            where=self.scratch.remote.url,
            remedy="run the job again",
        )

    def _push(self, new: Change) -> Pushed:
        parents = () if new.base is None or new.anew else (new.base,)
        message = f"{new.title}\n\n[skip ci]\n"
        commit = self.scratch.commit_tree(new.tree, parents, message, self.now())
        return self.scratch.push(commit, self._ref, replacing=new.base if new.anew else None)
