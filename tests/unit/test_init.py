"""The first files of a project: what is in them, what they adapt to, and that nothing is lost."""

import re
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from leakgate import config, init
from leakgate.config import DEFAULT
from leakgate.edges import Edges
from leakgate.errors import ServiceError, UsageError
from machine import Machine
from repositories import clone, make

ROOT = Path(__file__).parents[2]
ZIZMOR = Path(sys.executable).with_name("zizmor")

CONFIG = """\
# How much memory the tests may take. All keys: https://github.com/leakgate/leakgate#leakgateyml
version: 1
command: cargo test
limits: # what a pull request may add to a test; these are the defaults
  t-gmax: {ratio: 1.5, min-delta: 4 KiB} # bytes live at the peak
  t-end: {ratio: 1.5, min-delta: 64 B} # bytes that the test left behind
# tests: # other limits for some tests, which are named as cargo-nextest does
#   - match: "my-crate::api upload*"
#     limits: {t-gmax: {max: 2 MiB}, t-end: {max: 0 B}}
# ignore: # memory that is known and accepted
#   - frame: "my_cache::*"
#     reason: filled once per process
#     expires: 2030-12-31
"""
STEPS = """\
next:
  1. `leakgate doctor` tells what will be built and measured, and what is missing
  2. pin the compiler: baselines of another one are incomparable (`leakgate doctor` prints the line)
  3. `git add leakgate.yml .github/workflows/leakgate.yml`, commit and push: the first run on main saves the
     baseline, and from then on every pull request is compared
"""


def project(root: Path, **files: str) -> Edges:
    """A cargo project in a repository of its own."""
    make(root)
    machine = Machine(root)
    machine.write(**{"Cargo.toml": '[package]\nname = "store"\n', **files})
    return machine.edges()


def written(edges: Edges, *, force: bool = False) -> dict[str, str]:
    """What the verb does, and the files it leaves."""
    found = init.discover(edges)
    new = init.new_files(found)
    init.write(found, new, force=force)
    return {file.path: (found.repository / file.path).read_text(encoding="utf-8") for file in new}


def test_the_config_is_the_defaults_written_out(tmp_path: Path) -> None:
    files = written(project(tmp_path / "store"))
    assert files["leakgate.yml"] == CONFIG
    assert config.parse(CONFIG, "leakgate.yml", date(2026, 5, 1)).limits == DEFAULT.limits


def test_the_examples_in_the_config_can_be_switched_on() -> None:
    text = re.sub("^# (tests:|ignore:|  )", r"\1", CONFIG, flags=re.MULTILINE)
    parsed = config.parse(text, "leakgate.yml", date(2026, 5, 1))
    assert (len(parsed.tests), len(parsed.ignore)) == (1, 1)


def test_the_workflow_is_that_of_the_readme(tmp_path: Path) -> None:
    """But for the pins, and for the command, which is in leakgate.yml."""
    workflow = written(project(tmp_path / "store"))[init.WORKFLOW]
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    found = re.search(r"<!-- workflow -->\n```yaml\n(.*?)```", readme, re.DOTALL)
    assert found is not None
    tags = re.sub(r"@[0-9a-f]{40} # (v\d+)\S*", r"@\1", re.sub(" # zizmor: .*", "", workflow))
    assert tags.partition("\n")[2] == found[1].replace(
        "        with:\n          command: cargo test --workspace\n", ""
    )


def test_what_it_pins_is_what_our_own_workflows_use(tmp_path: Path) -> None:
    workflow = written(project(tmp_path / "store", **{".config/nextest.toml": ""}))[init.WORKFLOW]
    ours = (ROOT / ".github/workflows/ci.yml").read_text(encoding="utf-8")
    assert set(re.findall("actions/checkout@.*", workflow)) == set(re.findall("actions/checkout@.*", ours))


@pytest.mark.parametrize(
    "files",
    [{}, {".config/nextest.toml": ""}],
    ids=["cargo test", "cargo nextest run"],
)
def test_the_workflow_passes_zizmor(tmp_path: Path, files: dict[str, str]) -> None:
    written(project(tmp_path / "store", **files))
    command = [str(ZIZMOR), "--offline", "--no-progress", str(tmp_path / "store")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    ("files", "command"),
    [
        ({}, ("cargo", "test")),
        ({"Cargo.toml": '[workspace]\nmembers = ["a"]\n'}, ("cargo", "test", "--workspace")),
        ({".config/nextest.toml": ""}, ("cargo", "nextest", "run")),
    ],
)
def test_the_command_is_the_projects(tmp_path: Path, files: dict[str, str], command: tuple[str, ...]) -> None:
    text = written(project(tmp_path / "store", **files))["leakgate.yml"]
    assert config.parse(text, "leakgate.yml", date(2026, 5, 1)).command == command


def test_nextest_is_installed_before_the_gate(tmp_path: Path) -> None:
    workflow = written(project(tmp_path / "store", **{".config/nextest.toml": ""}))[init.WORKFLOW]
    steps = YAML(typ="safe").load(workflow)["jobs"]["leakgate"]["steps"]
    assert [step["uses"].partition("@")[0] for step in steps] == [
        "actions/checkout",
        "taiki-e/install-action",
        "leakgate/leakgate",
    ]
    assert steps[1]["with"] == {"tool": "cargo-nextest"}


@pytest.mark.parametrize("branch", ["main", "trunk", "release/1.x", "on", "a+b", "it's", "#1"])
def test_the_branch_is_that_of_the_clone(tmp_path: Path, branch: str) -> None:
    edges = project(tmp_path / "store")
    edges.git.run(["symbolic-ref", "HEAD", f"refs/heads/{branch}"])
    workflow = YAML(typ="safe", pure=True).load(written(edges)[init.WORKFLOW])
    [pattern] = workflow["on"]["push"]["branches"]
    assert pattern.replace("\\", "") == branch
    assert pattern == branch.replace("+", "\\+")


def test_the_remote_knows_the_default_branch_best(tmp_path: Path) -> None:
    origin = make(tmp_path / "origin")
    origin.commit("one", **{"Cargo.toml": "[package]\n"})
    origin.git("branch", "--quiet", "--move", "trunk")
    copy = clone(origin, tmp_path / "store")
    copy.git("checkout", "--quiet", "-b", "gate")
    assert init.discover(Machine(copy.path).edges()).branch == "trunk"


def test_a_project_below_the_repositorys_root(tmp_path: Path) -> None:
    make(tmp_path / "mono")
    machine = Machine(tmp_path / "mono/services/store")
    machine.write(**{"Cargo.toml": "[package]\n"})
    files = written(machine.edges())
    assert sorted(files) == [".github/workflows/leakgate.yml", "services/store/leakgate.yml"]
    gate = YAML(typ="safe").load(files[init.WORKFLOW])["jobs"]["leakgate"]["steps"][-1]
    assert gate["with"] == {"working-directory": "services/store"}


def test_nothing_that_is_there_is_replaced_and_nothing_else_written(tmp_path: Path) -> None:
    edges = project(tmp_path / "store", **{".github/workflows/leakgate.yml": "mine"})
    with pytest.raises(UsageError) as refused:
        written(edges)
    assert str(refused.value) == (
        ".github/workflows/leakgate.yml is there already, and nothing was written\n"
        "  help: `leakgate doctor` looks at what is there; `leakgate init --force` replaces it"
    )
    assert not (edges.root / "leakgate.yml").exists()
    assert written(edges, force=True)[init.WORKFLOW] != "mine"


def test_a_config_of_the_other_name_is_there_too(tmp_path: Path) -> None:
    edges = project(tmp_path / "store", **{".github/leakgate.yml": "version: 1\n"})
    with pytest.raises(UsageError, match=r"^\.github/leakgate\.yml is there already"):
        written(edges)
    assert written(edges, force=True)[".github/leakgate.yml"] == CONFIG
    assert not (edges.root / "leakgate.yml").exists()


def test_a_workflow_that_uses_leakgate_is_enough(tmp_path: Path) -> None:
    edges = project(tmp_path / "store", **{".github/workflows/memory.yml": "uses: leakgate/leakgate@v0\n"})
    with pytest.raises(UsageError, match=r"^\.github/workflows/memory\.yml: a workflow uses leakgate already"):
        written(edges)
    assert not (edges.root / "leakgate.yml").exists()


def test_where_one_cannot_be_written_neither_is(tmp_path: Path) -> None:
    edges = project(tmp_path / "store", **{".github": "a file"})
    with pytest.raises(ServiceError):
        written(edges)
    assert not (edges.root / "leakgate.yml").exists()
    (edges.root / "leakgate.yml").write_text("mine")
    with pytest.raises(ServiceError):
        written(edges, force=True)
    assert (edges.root / "leakgate.yml").read_text() == "mine"


def test_without_a_cargo_project_it_says_where_some_are(tmp_path: Path) -> None:
    make(tmp_path / "mono")
    machine = Machine(tmp_path / "mono")
    machine.write(
        **{"services/store/Cargo.toml": "", "services/store/core/Cargo.toml": "", "target/x/Cargo.toml": ""}
    )
    with pytest.raises(UsageError) as refused:
        init.discover(machine.edges())
    assert refused.value.remedy == "go to it first: cd services/store"


def test_the_next_steps(tmp_path: Path) -> None:
    found = init.discover(project(tmp_path / "store"))
    new = init.new_files(found)
    assert init.next_steps(found, init.places(found, new, found.repository)) == STEPS
    assert init.places(found, new, found.repository / "src") == ["../leakgate.yml", f"../{init.WORKFLOW}"]


def test_a_pinned_compiler_needs_no_step(tmp_path: Path) -> None:
    found = init.discover(project(tmp_path / "store", **{"rust-toolchain.toml": ""}))
    assert "  2. `leakgate check` measures once, on this machine\n" in init.next_steps(found, [])
