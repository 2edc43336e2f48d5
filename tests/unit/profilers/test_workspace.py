from collections.abc import Callable, Mapping, Sequence
from pathlib import Path, PurePosixPath

import msgspec

from leakgate.dhat.frames import Workspace
from leakgate.errors import UsageError
from leakgate.profilers import workspace
from leakgate.profilers.cargo.build import Metadata, Package, Target
from leakgate.profilers.session import Session
from leakgate.profilers.suite import SuiteRequest
from leakgate.source import LARGEST


def metadata(root: Path) -> Metadata:
    targets = (
        Target("store-core", ("lib",)),
        Target("serve", ("bin",)),
        Target("build-script-build", ("custom-build",)),
    )
    other = (Target("serve", ("lib",)), Target("store_core", ("test",)))
    return Metadata(
        packages=(
            Package("1", "store-core", str(root / "crates/store/Cargo.toml"), targets, {}),
            Package("2", "serve", str(root / "crates/serve/Cargo.toml"), other, {}),
        ),
        workspace_root=str(root),
        target_directory=str(root / "target"),
    )


class Git:
    """Stands in for the process runner: `git ls-files` prints this."""

    def __init__(self, printed: str, code: int = 0) -> None:
        self.printed = printed
        self.code = code
        self.calls: list[tuple[tuple[str, ...], Path, dict[str, str]]] = []

    def __call__(
        self,
        argv: Sequence[str],
        *,
        cwd: Path,
        env: Mapping[str, str],
        on_line: Callable[[str], None],  # noqa: ARG002 - the protocol's
        on_stdout: Callable[[str], None] | None = None,
        **_others: object,
    ) -> int:
        self.calls.append((tuple(argv), cwd, dict(env)))
        assert on_stdout is not None
        on_stdout(self.printed)
        return self.code


class NoGit(Git):
    def __call__(self, argv: Sequence[str], **_others: object) -> int:
        raise UsageError(f"`{argv[0]}` was not found")


def tree(root: Path, *files: str) -> None:
    for name in files:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()


def test_crates_and_files_are_relative_to_the_repository(tmp_path: Path) -> None:
    tree(tmp_path, ".git/HEAD")
    git = Git("rust/src/b.rs\0rust/new\nline.rs\0rust/src/a.rs\0rust/src/a.rs\0")

    found = workspace.find(metadata(tmp_path / "rust"), {"PATH": "/bin", "GIT_DIR": "/elsewhere"}, git)

    assert found == Workspace(
        crates={
            "serve": PurePosixPath("rust/crates/serve"),  # a library's name goes before a program's
            "store_core": PurePosixPath("rust/crates/store"),
        },
        files=("rust/new\nline.rs", "rust/src/a.rs", "rust/src/b.rs"),
    )
    ((argv, cwd, env),) = git.calls
    assert argv[:2] == ("git", "ls-files")
    assert (cwd, env) == (tmp_path, {"PATH": "/bin"})


def test_without_git_the_files_are_those_on_disk(tmp_path: Path) -> None:
    root = tmp_path / "rust"
    tree(root, "src/lib.rs", "crates/store/src/lib.rs", "target/debug/build/out.rs", ".cache/x.rs", "notes.txt")
    expected = ("crates/store/src/lib.rs", "src/lib.rs")

    assert workspace.find(metadata(root), {}, NoGit("")).files == expected
    tree(root, ".git/HEAD")
    assert workspace.find(metadata(root), {}, NoGit("")).files == expected
    assert workspace.find(metadata(root), {}, Git("fatal: dubious ownership", code=128)).files == expected


def test_around_a_directory_without_a_cargo_project_there_are_only_files(tmp_path: Path) -> None:
    tree(tmp_path, "c/main.c", "rust/lib.rs")
    request = SuiteRequest(("./server",), tmp_path, {}, tmp_path)

    found = workspace.around(tmp_path, Session(request, lambda _: None, Git("")))

    assert found == Workspace(crates={}, files=("rust/lib.rs",))


def test_around_a_cargo_project_its_crates_are_known_where_cargo_is_there(tmp_path: Path) -> None:
    tree(tmp_path, "Cargo.toml", "src/lib.rs")
    described = msgspec.json.encode(metadata(tmp_path)).decode()
    request = SuiteRequest(("./server",), tmp_path / "src", {}, tmp_path)

    known = workspace.around(tmp_path / "src", Session(request, lambda _: None, Git(described)))
    unknown = workspace.around(tmp_path / "src", Session(request, lambda _: None, NoGit("")))

    assert set(known.crates) == {"serve", "store_core"}
    assert unknown == Workspace(crates={}, files=("lib.rs",))


def test_a_source_file_is_read_if_it_is_one_of_the_repositorys(tmp_path: Path) -> None:
    root = tmp_path / "rust"
    tree(root, ".git/HEAD", "src/huge.rs", "src/dir/x.rs")
    (root / "src/lib.rs").write_text("fn f() {}\n")
    (root / "src/huge.rs").write_bytes(b" " * (LARGEST + 1))
    (tmp_path / "secret").write_text("secret")
    (root / "src/link.rs").symlink_to(root / "src/lib.rs")
    (root / "src/out.rs").symlink_to(tmp_path / "secret")

    read = workspace.find(metadata(root), {}, Git("")).read

    assert (read("src/lib.rs"), read("src/link.rs")) == (b"fn f() {}\n", b"fn f() {}\n")
    for refused in (
        "src/out.rs",
        "../secret",
        str(tmp_path / "secret"),
        "src/huge.rs",
        "src/dir",
        "gone.rs",
        "a\0b",
    ):
        assert read(refused) is None, refused


def test_the_roots_of_the_crates_are_known(tmp_path: Path) -> None:
    tree(tmp_path, ".git/HEAD")
    targets = (
        Target("serve", ("bin",), str(tmp_path / "src/main.rs")),
        Target("my-core", ("lib",), str(tmp_path / "source/root.rs")),
        Target("build-script-build", ("custom-build",), str(tmp_path / "build.rs")),
    )
    package = Package("1", "my-core", str(tmp_path / "Cargo.toml"), targets, {})

    found = workspace.find(Metadata((package,), str(tmp_path), str(tmp_path / "target")), {}, Git(""))

    assert found.roots == {"source/root.rs": "my_core", "src/main.rs": "serve"}
    assert next(iter(found.roots)) == "source/root.rs"  # a library's modules go before a program's


def test_the_files_of_a_member_that_git_does_not_list_are_found_on_disk(tmp_path: Path) -> None:
    """A submodule's are another repository's."""
    tree(
        tmp_path, ".git/HEAD", "crates/store/src/lib.rs", "crates/serve/src/lib.rs", "crates/serve/src/ignored.rs"
    )

    found = workspace.find(metadata(tmp_path), {}, Git("crates/serve/src/lib.rs\0"))

    assert found.files == ("crates/serve/src/lib.rs", "crates/store/src/lib.rs")
    beside = workspace.find(metadata(tmp_path), {}, Git("crates/serve/src/lib.rs\0crates/store2/src/lib.rs\0"))
    assert beside.files == (*found.files, "crates/store2/src/lib.rs")
