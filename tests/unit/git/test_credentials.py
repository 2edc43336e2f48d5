"""What git is told to get at a remote, and what nobody gets to see."""

import base64
import os
import subprocess
from pathlib import Path

import pytest

from leakgate.git.command import runner
from leakgate.git.credentials import Token, environment, local_settings, redact, remote

HERE = Path("/clone")
GITHUB = Token("https://github.com", "ghs_secret")
BASIC = base64.b64encode(b"x-access-token:ghs_secret").decode()
URL = "https://github.com/owner/repo.git"

HEADERS = [
    ("credential.helper", ""),
    (f"http.{URL}.extraheader", ""),
    (f"http.{URL}.extraheader", f"AUTHORIZATION: basic {BASIC}"),
    (f"url.{URL}.pushInsteadOf", URL),
]
PLACE = [("remote.leakgate.url", URL), (f"url.{URL}.insteadOf", URL)]


class TestRemote:
    @pytest.mark.parametrize("server", ["https://github.com", "https://GitHub.com/", "https://github.com:443"])
    def test_the_token_is_for_its_server(self, server: str) -> None:
        assert list(remote(URL, HERE, token=Token(server, "ghs_secret")).settings) == [*HEADERS, *PLACE]

    @pytest.mark.parametrize(
        "url",
        [
            "https://github.com.evil.example/owner/repo.git",
            "https://gitlab.example/owner/repo.git",
            "http://github.com/owner/repo.git",
            "https://github.com:8443/owner/repo.git",
            "ssh://git@github.com/owner/repo.git",
            "git@github.com:owner/repo.git",
            "https://[github.com/owner/repo.git",
            "https://github.com:port/owner/repo.git",
            "/srv/github.com/repo.git",
        ],
    )
    def test_no_other_place_sees_it(self, url: str) -> None:
        found = remote(url, HERE, token=GITHUB)
        assert found.settings == (("remote.leakgate.url", url), (f"url.{url}.insteadOf", url))
        assert found.secrets == ()

    def test_it_takes_the_place_of_what_checkout_left(self) -> None:
        left = [
            ("http.https://github.com/.extraheader", "AUTHORIZATION: basic b2xkLXRva2Vu"),
            ("http.proxy", "http://proxy.example:3128"),
        ]
        found = remote(URL, HERE, token=GITHUB, local=left)
        assert list(found.settings) == [left[1], *HEADERS, *PLACE]
        assert "AUTHORIZATION: basic b2xkLXRva2Vu" in found.secrets

    def test_without_a_token_what_checkout_left_opens_it(self) -> None:
        left = [("http.https://github.com/.extraheader", "AUTHORIZATION: basic b2xkLXRva2Vu")]
        assert list(remote(URL, HERE, local=left).settings) == [*left, *PLACE]

    def test_a_password_in_the_url_becomes_a_header(self) -> None:
        found = remote("https://x-access-token:ghs%5Fsecret@github.com/owner/repo.git", HERE)
        assert found.url == URL
        assert list(found.settings) == [*HEADERS, *PLACE]
        assert remote("https://me:other-secret@github.com/owner/repo.git", HERE, token=GITHUB).settings == (
            *HEADERS,
            *PLACE,
        )

    def test_a_name_alone_is_left_to_the_credential_helper(self) -> None:
        found = remote("https://me@github.com/owner/repo.git", HERE)
        assert list(found.settings) == [(f"credential.{URL}.username", "me"), *PLACE]

    @pytest.mark.parametrize(
        ("url", "absolute"),
        [
            ("../project.git", "/clone/../project.git"),
            ("/srv/project.git", "/srv/project.git"),
            ("./a:b", "/clone/./a:b"),
            ("file:///srv/project.git", "file:///srv/project.git"),
            ("host:project.git", "host:project.git"),
        ],
    )
    def test_a_path_is_relative_to_the_clone(self, url: str, absolute: str) -> None:
        expected = str(HERE / url) if absolute.startswith("/clone") else absolute
        assert remote(url, HERE).url == expected

    def test_no_secret_is_shown(self) -> None:
        found = remote("https://me:hunter22@github.com/owner/repo.git", HERE)
        for text in (repr(found), repr(GITHUB), found.redact(f"refused: hunter22, {found.settings}")):
            assert "hunter22" not in text
            assert "ghs_secret" not in text
            assert base64.b64encode(b"me:hunter22").decode() not in text


def test_redact() -> None:
    assert redact("fatal: https://me:pw@host/x and ssh://git@host/y, mail me@host") == (
        "fatal: https://host/x and ssh://host/y, mail me@host"
    )


class TestEnvironment:
    def test_settings_come_after_those_that_are_there(self) -> None:
        env = {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "http.proxy", "GIT_CONFIG_VALUE_0": "p"}
        assert environment([("a.b", "1"), ("a.b", "2")], env) == {
            "GIT_CONFIG_KEY_1": "a.b",
            "GIT_CONFIG_VALUE_1": "1",
            "GIT_CONFIG_KEY_2": "a.b",
            "GIT_CONFIG_VALUE_2": "2",
            "GIT_CONFIG_COUNT": "3",
        }

    @pytest.mark.parametrize("count", ["", "x", "-1", "²"])
    def test_a_count_that_is_none(self, count: str) -> None:
        assert environment([("a.b", "1")], {"GIT_CONFIG_COUNT": count})["GIT_CONFIG_COUNT"] == "1"


class TestLocalSettings:
    def test_what_opens_a_remote_is_taken_and_nothing_else(self, tmp_path: Path) -> None:
        subprocess.run(["git", "init", "--quiet", str(tmp_path)], check=True)
        (tmp_path / "credentials.config").write_text(
            '[http "https://github.com/"]\n\textraheader = AUTHORIZATION: x\n'
        )
        with (tmp_path / ".git/config").open("a") as config:
            config.write(
                "[include]\n\tpath = ../credentials.config\n"
                "[credential]\n\thelper = store --file=a\\nb\n\tuseHttpPath\n"
                "[core]\n\tsshCommand = ssh -i key\n\thooksPath = /hooks\n"
                "[user]\n\tname = me\n[fetch]\n\tprune = true\n"
            )
        assert local_settings(runner(tmp_path, os.environ)) == (
            ("http.https://github.com/.extraheader", "AUTHORIZATION: x"),
            ("credential.helper", "store --file=a\nb"),
            ("credential.usehttppath", "true"),
            ("core.sshcommand", "ssh -i key"),
        )

    def test_outside_a_clone_there_are_none(self, tmp_path: Path) -> None:
        assert local_settings(runner(tmp_path, os.environ)) == ()
