import subprocess
from pathlib import Path

import pytest
from quality.cases import Case, ZooError
from quality.sides import prepare

CASE = Case("cup", "t", "c")
PATCH = """\
diff --git a/cases/cup/src/lib.rs b/cases/cup/src/lib.rs
deleted file mode 100644
--- a/cases/cup/src/lib.rs
+++ /dev/null
@@ -1 +0,0 @@
-// cup
diff --git a/cases/cup/src/mug.rs b/cases/cup/src/mug.rs
new file mode 100644
--- /dev/null
+++ b/cases/cup/src/mug.rs
@@ -0,0 +1 @@
+// mug
"""


@pytest.fixture
def zoo(tmp_path: Path) -> Path:
    root = tmp_path / "zoo"
    (root / "cases/cup/src").mkdir(parents=True)
    (root / "target").mkdir()
    for path, text in {
        "Cargo.toml": "[workspace]\n",
        "target/built": "old",
        "cases/cup/Cargo.toml": "[package]\n",
        "cases/cup/case.toml": "",
        "cases/cup/head.patch": PATCH,
        "cases/cup/src/lib.rs": "// cup\n",
    }.items():
        (root / path).write_text(text)
    return root


def tracked(directory: Path) -> list[str]:
    listing = subprocess.run(["git", "ls-files"], cwd=directory, check=True, capture_output=True, text=True)
    return listing.stdout.split()


def test_base_is_the_zoo_and_head_has_the_patches_each_as_one_commit(zoo: Path, tmp_path: Path) -> None:
    base, head = prepare(zoo, [CASE], tmp_path / "work")
    assert tracked(base.directory) == ["Cargo.toml", "cases/cup/Cargo.toml", "cases/cup/src/lib.rs"]
    assert tracked(head.directory) == ["Cargo.toml", "cases/cup/Cargo.toml", "cases/cup/src/mug.rs"]
    assert (head.directory / "cases/cup/src/mug.rs").read_text() == "// mug\n"
    for side in (base, head):
        log = ["git", "log", "--format=%H %s"]
        done = subprocess.run(log, cwd=side.directory, check=True, capture_output=True, text=True)
        assert done.stdout.split() == [side.commit, side.name]


def test_what_is_there_already_is_left_alone_and_builds_stay(zoo: Path, tmp_path: Path) -> None:
    work = tmp_path / "work"
    before = prepare(zoo, [CASE], work)
    (work / "head/target").mkdir()
    (work / "head/target/built").write_text("new")
    times = {path: path.stat().st_mtime_ns for path in work.glob("*/cases/**/*") if path.is_file()}
    (zoo / "Cargo.toml").write_text("[workspace]\n# changed\n")

    after = prepare(zoo, [CASE], work)

    assert {path: path.stat().st_mtime_ns for path in times} == times
    assert (work / "base/Cargo.toml").read_text() == "[workspace]\n# changed\n"
    assert (work / "head/target/built").read_text() == "new"
    assert "target/built" not in tracked(work / "head")
    assert [side.commit for side in before] != [side.commit for side in after]


def test_the_same_files_are_the_same_commit(zoo: Path, tmp_path: Path) -> None:
    one, other = (prepare(zoo, [CASE], tmp_path / name) for name in ("one", "other"))
    assert [side.commit for side in one] == [side.commit for side in other]


def test_without_their_patches_both_sides_are_the_same_files(zoo: Path, tmp_path: Path) -> None:
    base, head = prepare(zoo, [], tmp_path / "work")
    assert tracked(base.directory) == tracked(head.directory)


def test_a_patch_that_does_not_apply_names_its_case(zoo: Path, tmp_path: Path) -> None:
    (zoo / "cases/cup/src/lib.rs").write_text("// changed since\n")
    with pytest.raises(ZooError, match=r"^cases/cup/head\.patch does not apply to the zoo; "):
        prepare(zoo, [CASE], tmp_path / "work")
