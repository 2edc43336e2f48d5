"""Which commit a check is compared with, in clones made as `actions/checkout` and developers make them.

Real git against a bare repository with a branch of baselines. Told by names: `c1` to `c6` are main, `f…` a feature
branch off c2, `s…` a branch stacked on it. Baselines were saved for c1, c2 and c4.
"""

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest

from factories import snapshot
from leakgate.baselines.ancestry import wanted
from leakgate.baselines.branch import BranchStore
from leakgate.baselines.find import find
from leakgate.baselines.model import Base, Missing, Saving, Wanted
from leakgate.github.context import ActionsContext
from repositories import Repository, checked_out, clone, make

pytestmark = pytest.mark.e2e

NOW = datetime(2026, 11, 20, tzinfo=UTC)
ZEROS = "0" * 40
REPOSITORY = {"full_name": "octo/store", "default_branch": "main", "owner": {"login": "octo"}}


@dataclass
class Forge:
    """The bare repository that everybody pushes to, and the commits in it by name."""

    bare: Repository
    author: Repository
    tmp_path: Path
    names: dict[str, str] = field(default_factory=dict)

    def commit(self, name: str) -> str:
        self.names[name] = self.author.commit(name, **{f"{name}.txt": name})
        return self.names[name]

    def merge_ref(self, number: int, base: str, head: str) -> str:
        """What GitHub makes of an open pull request: refs/pull/N/head and refs/pull/N/merge."""
        name = f"merge of {head} into {base}"
        tree = self.author.git("merge-tree", "--write-tree", self.names[base], self.names[head])
        self.names[name] = self.author.git(
            "commit-tree", tree, "-p", self.names[base], "-p", self.names[head], "-m", name
        )
        self.author.git("push", "--quiet", "--force", "origin", f"{self.names[name]}:refs/pull/{number}/merge")
        self.author.git("push", "--quiet", "--force", "origin", f"{self.names[head]}:refs/pull/{number}/head")
        return self.names[name]

    def push(self, *branches: str) -> None:
        self.author.git("push", "--quiet", "--force", "origin", *branches)

    def saved(self, *names: str, branch: str = "main") -> None:
        """Baselines as pushes have left them on the branch of baselines."""
        with self.author.scratch() as scratch:
            store = BranchStore(scratch, "memory", "leakgate-baselines", keep=200, now=lambda: NOW)
            for name in names:
                commit = self.names[name]
                store.save(snapshot("s3 put: gmax=1", commit=commit), Saving(commit, branch, NOW))

    def name(self, commit: str | None) -> str | None:
        return next((name for name, known in self.names.items() if known == commit), commit)


@dataclass(frozen=True)
class Answer:
    """What was wanted and found, by names."""

    wanted: str | None
    used: str | None
    distance: int | None
    why: str


def ask(forge: Forge, copy: Repository, context: ActionsContext | None, branches: tuple[str, ...] = ()) -> Answer:
    """Look for the base as a check does; the clone must stay byte-identical."""
    before = copy.bytes()
    with copy.history() as history, copy.scratch() as scratch:
        want = wanted(context, history, copy.checkout.head(), branches)
        store = BranchStore(scratch, "memory", "leakgate-baselines", keep=200, now=lambda: NOW)
        found = find(store, want, partial(history.ancestors, want.commit or ""))
    assert copy.bytes() == before
    if isinstance(found, Missing):
        return Answer(forge.name(want.commit), None, None, want.why)
    assert isinstance(found, Base)
    return Answer(forge.name(want.commit), forge.name(found.side.commit), found.side.distance, want.why)


def run(tmp_path: Path, event: str, sha: str, ref: str, payload: Mapping[str, object]) -> ActionsContext:
    """What the runner says, by way of its environment and the file with the payload."""
    path = tmp_path / "event.json"
    path.write_text(json.dumps({"repository": REPOSITORY, **payload}))
    env = {
        "GITHUB_ACTIONS": "true",
        "GITHUB_REPOSITORY": "octo/store",
        "GITHUB_EVENT_NAME": event,
        "GITHUB_EVENT_PATH": str(path),
        "GITHUB_SHA": sha,
        "GITHUB_REF": ref,
    }
    context = ActionsContext.from_env(env, lambda file: file.read_text("utf-8"))
    assert context is not None
    return context


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Forge:
    """Made once, and copied for each test."""
    tmp_path = tmp_path_factory.mktemp("template")
    bare = make(tmp_path / "forge.git", bare=True)
    bare.git("config", "uploadpack.allowFilter", "true")
    author = make(tmp_path / "author")
    author.git("remote", "add", "origin", bare.path.as_uri())
    made = Forge(bare, author, tmp_path)
    made.commit("c1")
    made.commit("c2")
    author.git("checkout", "--quiet", "-b", "feature")
    made.commit("f1")
    made.commit("f2")
    author.git("checkout", "--quiet", "-b", "stacked")
    made.commit("s1")
    author.git("checkout", "--quiet", "main")
    for name in ("c3", "c4", "c5"):
        made.commit(name)
    made.push("main", "feature", "stacked")
    made.saved("c1", "c2", "c4")
    return made


@pytest.fixture
def forge(template: Forge, tmp_path: Path) -> Forge:
    bare, author = (
        Repository(Path(shutil.copytree(repository.path, tmp_path / repository.path.name)))
        for repository in (template.bare, template.author)
    )
    author.git("remote", "set-url", "origin", bare.path.as_uri())
    return Forge(bare, author, tmp_path, dict(template.names))


def pull_request(
    forge: Forge, sha: str, head: str, base: tuple[str, str] = ("main", "c2"), number: int = 7
) -> ActionsContext:
    """The event of a pull request from a head into a branch, which was at a commit when GitHub last looked."""
    branch, tip = base
    payload = {
        "number": number,
        "pull_request": {
            "number": number,
            "head": {"ref": "feature", "sha": forge.names[head], "repo": REPOSITORY},
            "base": {"ref": branch, "sha": forge.names[tip], "repo": REPOSITORY},
        },
    }
    return run(forge.tmp_path, "pull_request", sha, f"refs/pull/{number}/merge", payload)


def runner_at(
    forge: Forge, commit: str, ref: str = "refs/remotes/pull/7/merge", depth: int | None = 1
) -> Repository:
    return checked_out(forge.bare, forge.tmp_path / "runner", commit, ref, depth)


MERGE_PARENT = "the merge commit's parent on main"
BRANCHES_OFF = "where these changes branch off main"


@pytest.mark.parametrize("depth", [1, 2, None], ids=["depth 1", "depth 2", "all of history"])
def test_a_pull_request_as_it_is_checked_out_by_default(forge: Forge, depth: int | None) -> None:
    sha = forge.merge_ref(7, "c4", "f2")

    answer = ask(forge, runner_at(forge, sha, depth=depth), pull_request(forge, sha, "f2"))

    assert answer == Answer("c4", "c4", 0, MERGE_PARENT)


def test_a_pull_request_into_a_commit_that_was_not_measured_takes_the_nearest_before(forge: Forge) -> None:
    sha = forge.merge_ref(7, "c5", "f2")

    assert ask(forge, runner_at(forge, sha), pull_request(forge, sha, "f2")) == Answer("c5", "c4", 1, MERGE_PARENT)


def test_a_merge_ref_of_an_older_head(forge: Forge) -> None:
    sha = forge.merge_ref(7, "c4", "f1")

    answer = ask(forge, runner_at(forge, sha), pull_request(forge, sha, "f2"))

    assert answer == Answer("c4", "c4", 0, "the merge commit's first parent, on main")


@pytest.mark.parametrize("depth", [1, None], ids=["depth 1", "all of history"])
def test_the_head_of_a_pull_request_checked_out_instead(forge: Forge, depth: int | None) -> None:
    sha = forge.merge_ref(7, "c4", "f2")
    copy = runner_at(forge, forge.names["f2"], "refs/remotes/origin/feature", depth)

    assert ask(forge, copy, pull_request(forge, sha, "f2")) == Answer("c2", "c2", 0, BRANCHES_OFF)


def test_the_head_of_a_pull_request_into_which_main_was_merged(forge: Forge) -> None:
    forge.author.git("checkout", "--quiet", "feature")
    forge.names["f3"] = forge.author.merge("main")
    forge.push("feature")
    sha = forge.merge_ref(7, "c5", "f3")
    copy = runner_at(forge, forge.names["f3"], "refs/remotes/origin/feature")

    assert ask(forge, copy, pull_request(forge, sha, "f3")) == Answer("c5", "c4", 1, BRANCHES_OFF)


def test_a_rebased_pull_request(forge: Forge) -> None:
    forge.author.git("checkout", "--quiet", "feature")
    forge.author.git("rebase", "--quiet", "main")
    forge.names["f2 rebased"] = forge.author.head
    forge.push("feature")
    sha = forge.merge_ref(7, "c5", "f2 rebased")
    context = pull_request(forge, sha, "f2 rebased")
    head = runner_at(forge, forge.names["f2 rebased"], "refs/remotes/origin/feature")

    assert ask(forge, head, context) == Answer("c5", "c4", 1, BRANCHES_OFF)
    merged = checked_out(forge.bare, forge.tmp_path / "other", sha, "refs/remotes/pull/7/merge")
    assert ask(forge, merged, context) == Answer("c5", "c4", 1, MERGE_PARENT)


def test_a_pull_request_after_main_was_forced_elsewhere(forge: Forge) -> None:
    """The merge ref was made before; c4, its parent, is no longer on any branch."""
    sha = forge.merge_ref(7, "c4", "f2")
    forge.author.git("reset", "--quiet", "--hard", forge.names["c2"])
    forge.commit("c6")
    forge.push("main")

    assert ask(forge, runner_at(forge, sha), pull_request(forge, sha, "f2")) == Answer("c4", "c4", 0, MERGE_PARENT)
    head = checked_out(forge.bare, forge.tmp_path / "other", forge.names["f2"], "refs/remotes/origin/feature")
    assert ask(forge, head, pull_request(forge, sha, "f2")) == Answer("c2", "c2", 0, BRANCHES_OFF)


def test_a_stacked_pull_request_goes_down_to_what_was_measured_below(forge: Forge) -> None:
    sha = forge.merge_ref(8, "f2", "s1")
    context = pull_request(forge, sha, "s1", ("feature", "f2"), 8)

    merged = runner_at(forge, sha, "refs/remotes/pull/8/merge")
    assert ask(forge, merged, context) == Answer("f2", "c2", 2, "the merge commit's parent on feature")
    head = checked_out(forge.bare, forge.tmp_path / "other", forge.names["s1"], "refs/remotes/origin/stacked")
    assert ask(forge, head, context) == Answer("f2", "c2", 2, "where these changes branch off feature")
    forge.saved("f2", branch="feature")
    assert ask(forge, merged, context) == Answer("f2", "f2", 0, "the merge commit's parent on feature")


def test_a_stacked_pull_request_whose_base_was_deleted(forge: Forge) -> None:
    sha = forge.merge_ref(8, "f2", "s1")
    forge.push(":feature")
    head = runner_at(forge, forge.names["s1"], "refs/remotes/origin/stacked")
    context = pull_request(forge, sha, "s1", ("feature", "f2"), 8)

    assert ask(forge, head, context) == Answer("f2", "c2", 2, "where these changes branch off feature")


def test_a_pull_request_that_nothing_measured_lies_below(forge: Forge) -> None:
    forge.author.git("checkout", "--quiet", "--orphan", "pages")
    forge.commit("p1")
    forge.push("pages")
    forge.author.git("checkout", "--quiet", "-b", "pages-change")
    forge.commit("p2")
    forge.push("pages-change")
    sha = forge.merge_ref(9, "p1", "p2")
    context = pull_request(forge, sha, "p2", ("pages", "p1"), 9)

    answer = ask(forge, runner_at(forge, sha), context)

    assert answer == Answer("p1", None, None, "the merge commit's parent on pages")


def test_a_merge_queue(forge: Forge) -> None:
    """Two groups behind one another: the second is on top of the first, which is on no branch yet."""
    first, second = forge.merge_ref(7, "c5", "f2"), ""
    forge.names["group 1"] = first
    second = forge.merge_ref(8, "group 1", "s1")
    queue = f"gh-readonly-queue/main/pr-8-{first}"
    forge.push(f"{second}:refs/heads/{queue}")
    group = {
        "head_sha": second,
        "head_ref": f"refs/heads/{queue}",
        "base_sha": first,
        "base_ref": "refs/heads/main",
    }
    copy = runner_at(forge, second, f"refs/remotes/origin/{queue}")

    def asked(group: Mapping[str, str]) -> Answer:
        context = run(forge.tmp_path, "merge_group", second, f"refs/heads/{queue}", {"merge_group": group})
        return ask(forge, copy, context)

    on_top = asked(group)
    assert (forge.names[on_top.wanted or ""], on_top.used, on_top.distance) == (first, "c4", 2)
    assert on_top.why == "what the merge queue put these changes on top of"
    del group["base_sha"]  # older servers
    assert asked(group) == Answer("c5", "c4", 1, BRANCHES_OFF)


BEFORE = "the parent of the pushed commit"


@pytest.mark.parametrize(
    ("pushed", "before", "answer"),
    [
        ("c5", "c4", Answer("c4", "c4", 0, BEFORE)),
        ("c5", "c2", Answer("c4", "c4", 0, BEFORE)),
        ("c4", "c3", Answer("c3", "c2", 1, BEFORE)),
        ("f2", None, Answer("f1", "c2", 1, BEFORE)),
        ("c1", None, Answer(None, None, None, "the pushed commit is the first one, without a parent")),
    ],
    ids=[
        "one commit",
        "several commits",
        "its parent was not measured",
        "a new branch",
        "the first commit of all",
    ],
)
@pytest.mark.parametrize("depth", [1, None], ids=["depth 1", "all of history"])
def test_a_push(forge: Forge, pushed: str, before: str | None, answer: Answer, depth: int | None) -> None:
    sha, branch = forge.names[pushed], "feature" if pushed == "f2" else "main"
    payload = {"before": forge.names[before] if before else ZEROS, "after": sha, "ref": f"refs/heads/{branch}"}
    copy = runner_at(forge, sha, f"refs/remotes/origin/{branch}", depth)

    assert ask(forge, copy, run(forge.tmp_path, "push", sha, f"refs/heads/{branch}", payload)) == answer


def test_a_forced_push_is_compared_with_what_it_is_on_and_not_with_what_was_there(forge: Forge) -> None:
    forge.author.git("reset", "--quiet", "--hard", forge.names["c2"])
    sha = forge.commit("c6")
    forge.push("main")
    payload = {"before": forge.names["c5"], "after": sha, "forced": True}
    copy = runner_at(forge, sha, "refs/remotes/origin/main")

    assert ask(forge, copy, run(forge.tmp_path, "push", sha, "refs/heads/main", payload)) == Answer(
        "c2", "c2", 0, "the parent of the pushed commit"
    )


@pytest.mark.parametrize("event", ["push", "release"])
def test_a_tag(forge: Forge, event: str) -> None:
    forge.author.git("tag", "--annotate", "--message=one", "v1", forge.names["c5"])
    forge.push("v1")
    sha = forge.names["c5"]
    copy = runner_at(forge, forge.author.git("rev-parse", "v1"), "refs/tags/v1")

    assert ask(forge, copy, run(forge.tmp_path, event, sha, "refs/tags/v1", {})) == Answer(
        "c4", "c4", 0, "the parent of the tagged commit"
    )


@pytest.mark.parametrize("event", ["schedule", "workflow_dispatch"])
@pytest.mark.parametrize(
    ("at", "branches", "answer"),
    [
        ("c4", (), Answer("c4", "c4", 0, "this commit itself, as it is on main")),
        ("c5", (), Answer("c5", "c4", 1, "this commit itself, as it is on main")),
        ("f2", (), Answer("c2", "c2", 0, BRANCHES_OFF)),
        ("f2", ("feat*",), Answer("f2", "c2", 2, "this commit itself, as it is on feature")),
    ],
)
def test_a_run_by_the_clock_or_by_hand(
    forge: Forge, event: str, at: str, branches: tuple[str, ...], answer: Answer
) -> None:
    sha, branch = forge.names[at], "feature" if at == "f2" else "main"
    copy = runner_at(forge, sha, f"refs/remotes/origin/{branch}")

    assert ask(forge, copy, run(forge.tmp_path, event, sha, f"refs/heads/{branch}", {}), branches) == answer


@pytest.mark.parametrize("how", [[], ["--depth=1"], ["--filter=blob:none"]], ids=["full", "shallow", "partial"])
def test_a_developers_branch(forge: Forge, how: list[str]) -> None:
    copy = clone(forge.bare, forge.tmp_path / "mine", "--branch=feature", "--no-single-branch", *how)

    assert ask(forge, copy, None) == Answer("c2", "c2", 0, BRANCHES_OFF)
    copy.commit("not pushed yet")
    assert ask(forge, copy, None) == Answer("c2", "c2", 0, BRANCHES_OFF)
    copy.git("checkout", "--quiet", "--detach", "origin/main")
    assert ask(forge, copy, None) == Answer("c5", "c4", 1, "this commit itself, which is on main")


def test_a_developers_work_on_top_of_a_shallow_clone(forge: Forge) -> None:
    copy = clone(forge.bare, forge.tmp_path / "mine", "--depth=1")
    copy.commit("not pushed yet")

    assert ask(forge, copy, None) == Answer("c5", "c4", 1, BRANCHES_OFF)


def test_a_repository_without_a_commit_or_a_remote(tmp_path: Path) -> None:
    empty = make(tmp_path / "empty")
    with empty.history() as history:
        assert wanted(None, history, empty.checkout.head()) == Wanted(None, None, "no commit is checked out here")
    head = empty.commit()
    with empty.history() as history:
        assert wanted(None, history, head) == Wanted(head, "main", "this commit itself, which is on main")
    empty.git("checkout", "--quiet", "-b", "feature")
    with empty.history() as history:
        assert wanted(None, history, empty.commit()) == Wanted(head, "main", BRANCHES_OFF)
