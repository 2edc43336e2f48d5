from pathlib import Path

from leakgate.profilers.cargo.settings import BuildSettings, read


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def test_nothing_is_set(tmp_path: Path) -> None:
    assert read(tmp_path, {"CARGO_HOME": str(tmp_path / "home")}, []) == BuildSettings()


def test_the_nearest_file_counts_and_paths_are_relative_to_where_it_stands(tmp_path: Path) -> None:
    home, project = tmp_path / "home", tmp_path / "a" / "b"
    write(home / "config.toml", '[build]\nrustc = "rustc-home"\nrustc-wrapper = "sccache"\ntarget = "one"\n')
    write(tmp_path / "a/.cargo/config", '[build]\nrustc-wrapper = "tools/wrap"\n')
    write(tmp_path / "a/.cargo/config.toml", '[build]\nrustc-wrapper = "not this one"\n')
    write(
        project / ".cargo/config.toml", '[build]\nrustc-workspace-wrapper = "clippy-driver"\ntarget = ["x", "y"]\n'
    )

    assert read(project, {"CARGO_HOME": str(home)}, []) == BuildSettings(
        rustc="rustc-home",
        wrapper=str(tmp_path / "a/tools/wrap"),
        workspace_wrapper="clippy-driver",
        targets=("x", "y"),
    )


def test_the_environment_counts_more_and_an_empty_variable_switches_off(tmp_path: Path) -> None:
    write(tmp_path / ".cargo/config.toml", '[build]\nrustc-wrapper = "sccache"\nrustc-workspace-wrapper = "w"\n')
    env = {
        "HOME": str(tmp_path / "home"),
        "RUSTC_WRAPPER": "",
        "CARGO_BUILD_RUSTC_WORKSPACE_WRAPPER": "v",
        "CARGO_BUILD_TARGET": "t",
        "RUSTC": "/opt/rustc",
    }
    assert read(tmp_path, env, []) == BuildSettings("/opt/rustc", None, "v", ("t",))


def test_the_command_line_counts_more_than_files_and_the_last_word_most(tmp_path: Path) -> None:
    write(tmp_path / ".cargo/config.toml", '[build]\nrustc-wrapper = "file"\n')
    write(tmp_path / "extra.toml", '[build]\nrustc = "extra"\n')
    overrides = ['build.rustc-wrapper="one"', "build.rustc-wrapper='two'", "extra.toml"]
    settings = read(tmp_path, {"CARGO_HOME": "/none"}, overrides)
    assert (settings.wrapper, settings.rustc) == ("two", "extra")


def test_what_cannot_be_read_is_left_to_cargo(tmp_path: Path) -> None:
    write(tmp_path / ".cargo/config.toml", "[build\n")
    assert read(tmp_path, {"CARGO_HOME": "/none"}, ["also = not TOML ="]) == BuildSettings()
    write(tmp_path / ".cargo/config.toml", "build = 3\n")
    assert read(tmp_path, {"CARGO_HOME": "/none"}, []) == BuildSettings()
