"""A repository of our own, against a real remote on disk."""

import os
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from leakgate.errors import InputError, ServiceError
from leakgate.git.command import Done
from leakgate.git.credentials import Remote, remote
from leakgate.git.scratch import (
    BLOBLESS,
    COMMITS_ONLY,
    Denied,
    NoSuchRef,
    Pushed,
    Scratch,
    TreeEntry,
    Unreachable,
    scratch,
)

TIME = datetime(2026, 11, 1, 12, tzinfo=UTC)
MAIN = "refs/heads/main"
NOBODY = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}


class Project:
    """A bare repository whose main has the commits `first`, `second` and a merge of `side` and `second`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._commits = 0
        self.path.mkdir()
        self.git("init", "--quiet", "--bare", "--initial-branch=main", ".")
        self.git("config", "uploadpack.allowFilter", "true")
        deep = self.tree("100644 blob {a}\ta", "120000 blob {a}\tlink", a="a\n")
        tree = self.git("mktree", stdin=f"040000 tree {deep}\tdir\n100644 blob {self.blob('top')}\ttop\n")
        self.first = self.commit(tree)
        self.second = self.commit(tree, self.first)
        self.side = self.commit(tree, self.first)
        self.merge = self.commit(tree, self.second, self.side)
        self.git("update-ref", MAIN, self.merge)
        self.git("update-ref", "refs/heads/side", self.side)

    def git(self, *args: str, stdin: str = "") -> str:
        env = (
            os.environ | NOBODY | {f"GIT_{r}_{w}": "x" for r in ("AUTHOR", "COMMITTER") for w in ("NAME", "EMAIL")}
        )
        done = subprocess.run(
            ["git", *args], cwd=self.path, env=env, input=stdin, capture_output=True, text=True, check=True
        )
        return done.stdout.strip()

    def blob(self, text: str) -> str:
        return self.git("hash-object", "-w", "--stdin", stdin=text)

    def tree(self, *lines: str, **blobs: str) -> str:
        names = {name: self.blob(text) for name, text in blobs.items()}
        return self.git("mktree", stdin="".join(f"{line.format(**names)}\n" for line in lines))

    def commit(self, tree: str, *parents: str) -> str:
        self._commits += 1
        return self.git(
            "commit-tree", "-m", f"commit {self._commits}", *(w for p in parents for w in ("-p", p)), tree
        )

    def hook(self, name: str, script: str) -> None:
        path = self.path / "hooks" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path / "project.git")


@pytest.fixture
def ours(project: Project) -> Iterator[Scratch]:
    with scratch(remote(str(project.path), Path("/")), os.environ | NOBODY) as made:
        yield made


class TestFetch:
    def test_a_branch_without_its_files(self, ours: Scratch, project: Project) -> None:
        assert ours.fetch([MAIN], depth=1, filter=BLOBLESS) == {MAIN: project.merge}
        top, a = (project.git("rev-parse", f"main:{path}") for path in ("top", "dir/a"))
        directory = project.git("rev-parse", "main:dir")
        assert ours.ls_tree(project.merge) == (
            TreeEntry("040000", "tree", directory, "dir"),
            TreeEntry("100644", "blob", top, "top"),
        )
        assert ours.ls_tree(project.merge, "dir") == (
            TreeEntry("100644", "blob", a, "dir/a"),
            TreeEntry("120000", "blob", a, "dir/link"),
        )
        assert [entry.path for entry in ours.ls_tree(project.merge, recursive=True)] == [
            "dir/a",
            "dir/link",
            "top",
        ]
        assert ours.ls_tree(project.merge, "nowhere") == ()
        assert [entry.is_file for entry in ours.ls_tree(project.merge, "dir")] == [True, False]
        assert ours.entry(project.merge, "dir/a") == TreeEntry("100644", "blob", a, "dir/a")
        assert ours.entry(project.merge, "dir/b") is None
        here = ours.run(["cat-file", "--batch-all-objects", "--batch-check=%(objecttype)"], env=ours.variables)
        assert sorted(here.text.split()) == ["commit", "tree", "tree"]
        assert ours.read_blob(a, 100) == b"a\n"

    def test_history_alone_deeper_and_deeper(self, ours: Scratch, project: Project) -> None:
        ours.fetch([MAIN], depth=1, filter=COMMITS_ONLY)
        assert ours.rev_list_first_parent(project.merge) == (project.merge,)
        assert ours.parents(project.merge) == (project.second, project.side)
        assert not ours.has_commit(project.first)
        assert ours.is_shallow()
        ours.fetch([MAIN], depth=2, filter=COMMITS_ONLY)
        assert ours.rev_list_first_parent(project.merge) == (project.merge, project.second)
        ours.fetch([MAIN], filter=COMMITS_ONLY)
        assert ours.rev_list_first_parent(project.merge) == (project.merge, project.second, project.first)
        assert ours.has_commit(project.first)
        assert not ours.is_shallow()

    def test_several_at_once_by_name_or_hash(self, ours: Scratch, project: Project) -> None:
        names = [MAIN, "refs/heads/side", project.second]
        assert ours.fetch(names, filter=COMMITS_ONLY) == dict(
            zip(names, (project.merge, project.side, project.second), strict=True)
        )

    @pytest.mark.parametrize("name", ["refs/heads/none", "1" * 40])
    def test_what_is_not_there(self, ours: Scratch, name: str) -> None:
        with pytest.raises(NoSuchRef):
            ours.fetch([name])

    def test_a_blob_that_is_not_there(self, ours: Scratch) -> None:
        with pytest.raises(NoSuchRef):
            ours.read_blob("1" * 40, 100)

    def test_a_remote_that_leaves_nothing_out(self, ours: Scratch, project: Project) -> None:
        project.git("config", "uploadpack.allowFilter", "false")
        ours.fetch([MAIN], depth=1, filter=BLOBLESS)
        assert ours.read_blob(project.git("rev-parse", "main:dir/a"), 100) == b"a\n"

    def test_a_file_that_is_too_long_is_not_read(self, ours: Scratch, project: Project) -> None:
        ours.fetch([MAIN], depth=1, filter=BLOBLESS)
        with pytest.raises(InputError, match="is 2 bytes long, and leakgate reads at most 1"):
            ours.read_blob(project.git("rev-parse", "main:dir/a"), 1)

    def test_a_name_that_is_none(self, ours: Scratch) -> None:
        with pytest.raises(ServiceError) as raised:
            ours.fetch(["refs/heads/a..b"])
        assert type(raised.value) is ServiceError
        assert raised.value.remedy == "`git help check-ref-format` says what a branch may be called"

    @pytest.mark.parametrize("given", ["environment", "clone"])
    def test_the_users_own_way_by_ssh(self, project: Project, tmp_path: Path, given: str) -> None:
        ssh = tmp_path / "my-ssh"
        ssh.write_text('#!/bin/sh\nfor command; do :; done\nexec sh -c "$command"\n')
        ssh.chmod(0o755)
        env = os.environ | NOBODY | ({"GIT_SSH_COMMAND": str(ssh)} if given == "environment" else {})
        local = [("core.sshcommand", str(ssh))] if given == "clone" else []
        url = f"ssh://git@example.invalid{project.path}"
        with scratch(remote(url, Path("/"), local=local), env) as made:
            assert made.fetch([MAIN], depth=1) == {MAIN: project.merge}

    @pytest.mark.parametrize("url", ["/nowhere/at/all.git", "http://127.0.0.1:1/project.git"])
    def test_nobody_answers(self, url: str) -> None:
        with scratch(remote(url, Path("/")), os.environ | NOBODY) as made, pytest.raises(Unreachable) as raised:
            made.fetch([MAIN])
        assert raised.value.where == url
        assert raised.value.remedy == "check the address and the network, and run it again"


def tree_of(ours: Scratch, commit: str) -> str:
    return ours.run(["rev-parse", f"{commit}^{{tree}}"], env=ours.variables).text


class TestWrite:
    def test_a_commit_on_top_of_one_whose_files_are_not_here(self, ours: Scratch, project: Project) -> None:
        ours.fetch([MAIN], depth=1, filter=BLOBLESS)
        new = ours.write_blob(b"new\r\n")
        tree = ours.write_tree(project.merge, {"dir/new": new, "dir/link": None})
        commit = ours.commit_tree(tree, [project.merge], "Why\n", TIME)
        assert tree_of(ours, commit) == tree
        assert ours.push(commit, MAIN) is Pushed.DONE
        assert project.git("ls-tree", "-r", "--name-only", "main").split() == ["dir/a", "dir/new", "top"]
        assert project.git("cat-file", "blob", new) == "new"
        assert project.git("cat-file", "commit", "main") == (
            f"tree {tree}\nparent {project.merge}\n"
            "author leakgate <leakgate@users.noreply.github.com> 1793534400 +0000\n"
            "committer leakgate <leakgate@users.noreply.github.com> 1793534400 +0000\n\nWhy"
        )
        project.git("fsck", "--strict")

    def test_a_branch_that_is_not_there_yet(self, ours: Scratch, project: Project) -> None:
        commit = ours.commit_tree(ours.write_tree(None, {"a/b": ours.write_blob(b"x")}), [], "First", TIME)
        assert ours.push(commit, "refs/heads/new") is Pushed.DONE
        assert project.git("rev-parse", "new") == commit

    @pytest.mark.parametrize("path", ["../a", "/a", ".git/config", "a//b", "a/./b"])
    def test_no_path_leads_out(self, ours: Scratch, path: str) -> None:
        with pytest.raises(ServiceError):
            ours.write_tree(None, {path: ours.write_blob(b"x")})

    def test_somebody_was_first(self, ours: Scratch, project: Project) -> None:
        ours.fetch([MAIN], depth=1, filter=BLOBLESS)
        tree = tree_of(ours, project.merge)
        commit = ours.commit_tree(tree, [project.merge], "Ours", TIME)
        theirs = project.commit(tree, project.merge)
        project.git("update-ref", MAIN, theirs)
        assert ours.push(commit, MAIN) is Pushed.MOVED
        root = ours.commit_tree(tree, [], "Root", TIME)
        assert ours.push(root, MAIN, replacing=project.merge) is Pushed.MOVED
        assert project.git("rev-parse", "main") == theirs
        ours.fetch([MAIN], depth=1, filter=BLOBLESS)
        assert ours.push(root, MAIN, replacing=theirs) is Pushed.DONE
        assert project.git("rev-parse", "main") == root

    def test_somebody_is_first_while_we_push(self, ours: Scratch, project: Project) -> None:
        ours.fetch([MAIN], depth=1, filter=BLOBLESS)
        commit = ours.commit_tree(tree_of(ours, project.merge), [project.merge], "Ours", TIME)
        theirs = project.commit(tree_of(ours, project.merge), project.merge)
        project.hook("update", f"unset GIT_QUARANTINE_PATH\nexec git update-ref {MAIN} {theirs}")
        assert ours.push(commit, MAIN) is Pushed.MOVED
        assert project.git("rev-parse", "main") == theirs

    @pytest.mark.parametrize(
        ("hook", "says"),
        [
            (
                "echo 'error: GH006: Protected branch update failed for refs/heads/main.' >&2; exit 1",
                "GH006: Protected branch update failed for refs/heads/main.",
            ),
            (
                "printf 'no \\033[31mwrites::error::x\\r\\n' >&2; exit 1",
                "no [31mwrites::error::x",
            ),
        ],
    )
    def test_we_may_not_write(self, ours: Scratch, project: Project, hook: str, says: str) -> None:
        project.hook("pre-receive", hook)
        ours.fetch([MAIN], depth=1, filter=BLOBLESS)
        commit = ours.commit_tree(tree_of(ours, project.merge), [project.merge], "Ours", TIME)
        with pytest.raises(Denied) as raised:
            ours.push(commit, MAIN)
        assert raised.value.what == f"cannot write refs/heads/main: {says}"
        assert raised.value.remedy == (
            "check that the token or your git credentials may write to it: the workflow needs "
            "`permissions: contents: write`"
        )


class TestRefusals:
    """What servers say that are not here to be asked."""

    @pytest.mark.parametrize(
        ("said", "kind"),
        [
            ("remote: Permission to o/r.git denied to github-actions[bot].\nfatal: unable to access it", Denied),
            ("fatal: unable to access 'https://x/': The requested URL returned error: 403", Denied),
            ("remote: Write access to repository not granted.", Denied),
            ("fatal: could not read Username for 'https://github.com': terminal prompts disabled", Denied),
            (
                "remote: Invalid username or token.\nfatal: Authentication failed for 'https://github.com/o/r/'",
                Denied,
            ),
            ("remote: Repository not found.\nfatal: repository 'https://github.com/o/r/' not found", Denied),
            (
                "git@github.com: Permission denied (publickey).\nfatal: Could not read from remote repository.",
                Denied,
            ),
            ("ERROR: The key you are authenticating with has been marked as read only.", Denied),
            ("fatal: unable to access 'https://github.com/': Could not resolve host: github.com", Unreachable),
            ("error: RPC failed; HTTP 502 curl 22 The requested URL returned error: 502", Unreachable),
            ("error: RPC failed; HTTP 429 curl 22 The requested URL returned error: 429", Unreachable),
            ("fatal: the remote end hung up unexpectedly\nfatal: early EOF", Unreachable),
            ("git did not end within 120 s", Unreachable),
            ("fatal: couldn't find remote ref refs/heads/main", NoSuchRef),
        ],
    )
    def test_what_they_mean(self, tmp_path: Path, said: str, kind: type[ServiceError]) -> None:
        def run(args: object, *, stdin: bytes = b"", env: object = None) -> Done:
            del args, stdin, env
            return Done(128, b"", said)

        made = Scratch(run, {}, tmp_path, Remote("https://github.com/o/r.git", secrets=("ghs_secret",)))
        with pytest.raises(kind) as raised:
            made.fetch([MAIN])
        assert type(raised.value) is kind
        assert raised.value.where == "https://github.com/o/r.git"

    def test_no_secret_is_repeated(self, tmp_path: Path) -> None:
        def run(args: object, *, stdin: bytes = b"", env: object = None) -> Done:
            del args, stdin, env
            return Done(128, b"", "fatal: https://me:other@github.com/o/r.git said ghs_secret")

        made = Scratch(run, {}, tmp_path, Remote("https://github.com/o/r.git", secrets=("ghs_secret",)))
        with pytest.raises(Unreachable) as raised:
            made.fetch([MAIN])
        assert raised.value.what == "cannot fetch: https://github.com/o/r.git said ***"


def test_nothing_is_left_behind(project: Project) -> None:
    with scratch(remote(str(project.path), Path("/")), os.environ | NOBODY) as made:
        made.fetch([MAIN])
        assert made.directory.is_dir()
    assert not made.directory.exists()
