"""Where things are on the branch of baselines. People's names become paths that any file system can hold.

.leakgate-baselines-v1                            says whose branch this is
README.md                                         says so to people
<job>/index.json                                  what is there, and how values went
<job>/snapshots/<2 digits>/<commit>.leakgate-snapshot.json
                                                  one file for each commit; git stores what changed alone
"""

import hashlib
import re

MARKER = ".leakgate-baselines-v1"
ANY_MARKER = re.compile(r"\.leakgate-baselines-v\d+")
MARKER_TEXT = b"This branch is written by leakgate. Without this file leakgate does not touch it.\n"
README = "README.md"
README_TEXT = b"""# Baselines

leakgate keeps here what it measured at each commit, to compare pull requests with.

- The branch shares no history with the others: do not merge it, do not edit it.
- Its own history is cut off now and then.
- If it is deleted, the next push begins it anew, and until then there is nothing to compare with.
"""

_PLAIN = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
_LIKE_A_QUOTED_ONE = re.compile(r".*-[0-9a-f]{16}")
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)")
_READABLE = 40
_DIGEST = 16


def directory(key: str) -> str:
    """The directory of a job: its key where that is a plain lower-case name, else a likeness of it and a digest.

    No two keys share one, also where letters' case does not count; none is hidden, reserved or a path.
    """
    if _PLAIN.fullmatch(key) and not _LIKE_A_QUOTED_ONE.fullmatch(key) and not _RESERVED.fullmatch(key):
        return key
    likeness = re.sub(r"[^a-z0-9_]+", "-", key.lower()).strip("-_")[:_READABLE].strip("-_")
    digest = hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()[:_DIGEST]
    return f"{likeness or 'job'}-{digest}"


def index_path(job: str) -> str:
    """The index of the job with that directory."""
    return f"{job}/index.json"


def snapshots_path(job: str) -> str:
    """The directory of all snapshots of the job with that directory."""
    return f"{job}/snapshots"


def snapshot_path(job: str, commit: str) -> str:
    """The snapshot of one commit.

    The names end alike for more than 16 characters, which are what git goes by when it looks for similar files: it
    then stores of most snapshots what changed alone. A directory for each would do the same, and is a tree more to
    fetch.

    Args:
        job: The job's directory.
        commit: The commit's full hash.
    """
    return f"{snapshots_path(job)}/{commit[:2]}/{commit}.leakgate-snapshot.json"
