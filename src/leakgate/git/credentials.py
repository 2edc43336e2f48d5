"""How our own git gets at a remote: its URL and what opens it, handed over in the environment and nowhere else.

Arguments are shown in process lists and files outlive a run, so neither the token nor the URL is ever in one. The
settings go into `GIT_CONFIG_COUNT`, `GIT_CONFIG_KEY_<n>` and `GIT_CONFIG_VALUE_<n>` of git's environment.
"""

import base64
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import SplitResult, unquote, urlsplit

from leakgate.git.command import GitRunner

Setting = tuple[str, str]
"""A key of git's configuration and its value."""

NAME = "leakgate"
"""What the remote is called in our own repository: no user has settings for a remote of this name."""

_KEPT = r"^(http|credential)\..*|^core\.(sshcommand|askpass)$|^ssh\.variant$"
_USERINFO = re.compile(r"(?<=://)[^/@\s]*@")
_SHORTEST_SECRET = 6
"""A shorter one occurs in innocent words, and is in no place but a URL, where it is redacted anyway."""

_DEFAULT_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Token:
    """A secret and the one server that may see it.

    Attributes:
        server: Such as `https://github.com`.
        value: The secret.
    """

    server: str
    value: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Remote:
    """A repository somewhere else, and how to get in.

    Attributes:
        url: Without user name or password, fit to be shown.
        settings: What git must be told. Holds secrets.
        secrets: What must never be shown.
    """

    url: str
    settings: tuple[Setting, ...] = field(default=(), repr=False)
    secrets: tuple[str, ...] = field(default=(), repr=False)

    def redact(self, text: str) -> str:
        """The text without our secrets, and without user names and passwords in URLs."""
        for secret in self.secrets:
            text = text.replace(secret, "***")
        return redact(text)


def remote(url: str, cwd: Path, *, token: Token | None = None, local: Iterable[Setting] = ()) -> Remote:
    """What opens `url`.

    A token wins over a password in the URL, and either over what the user's configuration has for that server: two
    `Authorization` headers are refused by GitHub. The URL is taken as it is: the user's `url.*.insteadOf` was
    applied when it was asked for (`git remote get-url`), or would lead away from the server of the token. The
    user's `url.*.pushInsteadOf` counts where there is neither a token nor a password.

    Args:
        url: Of any kind that git knows; a path is relative to `cwd`.
        cwd: The user's clone.
        token: Used where `url` is http(s) on the token's server.
        local: What `local_settings` found.
    """
    bare, basic = _without_userinfo(_absolute(url, cwd))
    settings = list(local)
    secrets = [value for key, value in settings if key.lower().endswith(".extraheader")]
    origin = _origin(bare)
    if token is not None and origin is not None and origin == _origin(token.server):
        basic = ("x-access-token", token.value)
    if basic is not None and basic[1]:
        encoded = base64.b64encode(":".join(basic).encode()).decode("ascii")
        secrets += [basic[1], encoded]
        settings = [(key, value) for key, value in settings if not key.lower().endswith(".extraheader")]
        settings += [
            ("credential.helper", ""),  # the empty value forgets those named before: no other identity steps in
            (f"http.{bare}.extraheader", ""),
            (f"http.{bare}.extraheader", f"AUTHORIZATION: basic {encoded}"),
            (f"url.{bare}.pushInsteadOf", bare),
        ]
    elif basic is not None:
        settings.append((f"credential.{bare}.username", basic[0]))
    settings += [
        (f"remote.{NAME}.url", bare),
        (f"url.{bare}.insteadOf", bare),  # the longest match wins, so that no other rule rewrites it
    ]
    secrets = sorted((secret for secret in secrets if len(secret) >= _SHORTEST_SECRET), key=len, reverse=True)
    return Remote(bare, tuple(settings), tuple(secrets))


def local_settings(run: GitRunner) -> tuple[Setting, ...]:
    """What the user's clone alone says about getting in: headers, credential helpers, ssh.

    `actions/checkout` leaves its token there, by way of an included file.

    Args:
        run: Git in the user's clone.
    """
    done = run(["config", "--local", "--includes", "--null", "--get-regexp", _KEPT])
    if not done.ok:
        return ()
    settings = []
    for item in done.out.decode("utf-8", "replace").split("\0"):
        key, newline, value = item.partition("\n")
        if key:
            settings.append((key, value if newline else "true"))  # a key by itself means true
    return tuple(settings)


def environment(settings: Iterable[Setting], env: Mapping[str, str]) -> dict[str, str]:
    """The variables that hand `settings` to git, after those that `env` hands over already.

    Args:
        settings: In the order in which git should read them: a later one wins.
        env: The environment.
    """
    given = env.get("GIT_CONFIG_COUNT", "")
    first = int(given) if given.isascii() and given.isdecimal() else 0
    variables = {}
    count = first
    for key, value in settings:
        variables[f"GIT_CONFIG_KEY_{count}"] = key
        variables[f"GIT_CONFIG_VALUE_{count}"] = value
        count += 1
    return {**variables, "GIT_CONFIG_COUNT": str(count)}


def redact(text: str) -> str:
    """The text without user names and passwords in URLs."""
    return _USERINFO.sub("", text)


def _absolute(url: str, cwd: Path) -> str:
    """A path below the user's clone as one that holds elsewhere; `host:path` and URLs as they are."""
    if "://" in url or ":" in url.partition("/")[0]:
        return url
    return str(cwd.absolute() / url)


def _without_userinfo(url: str) -> tuple[str, tuple[str, str] | None]:
    """An http(s) URL without its user name and password, and the two. For ssh they stay: no secret is there."""
    parts = _http(url)
    if parts is None or "@" not in parts.netloc:
        return url, None
    userinfo, _, host = parts.netloc.rpartition("@")
    name, _, password = userinfo.partition(":")
    return parts._replace(netloc=host).geturl(), (unquote(name), unquote(password))


def _origin(url: str) -> tuple[str, str, int | None] | None:
    """Scheme, host and port of an http(s) URL."""
    parts = _http(url)
    if parts is None:
        return None
    try:
        return parts.scheme, parts.hostname or "", parts.port or _DEFAULT_PORTS[parts.scheme]
    except ValueError:  # a port that is no number
        return None


def _http(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    return parts if parts.scheme in _DEFAULT_PORTS else None
