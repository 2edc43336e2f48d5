#!/usr/bin/env bash
# Installs leakgate, exactly as locked, into an environment of its own below RUNNER_TEMP: $RUNNER_TEMP/leakgate/env.
# Leaves nothing in the workspace, on PATH or in the environment of later steps.
set -euo pipefail

fail() {
  echo "::error title=leakgate cannot be installed::$1"
  exit 2
}

case "$(uname -s)" in
  Linux | Darwin) ;;
  *) fail "it runs on Linux and macOS, and this runner is $(uname -s)" ;;
esac

# The job's own Python settings are for the job's own code. Of uv's settings, those for the network and its cache stay.
unset VIRTUAL_ENV PYTHONPATH PYTHONHOME PYTHONSTARTUP PYTHONUSERBASE
unset PIP_TARGET PIP_PREFIX PIP_ROOT PIP_USER PIP_PYTHON PIP_REQUIRE_VIRTUALENV PIP_CONSTRAINT PIP_NO_BINARY PIP_DRY_RUN
for name in $(compgen -v UV_); do
  case "$name" in
    UV_CACHE_DIR | UV_HTTP_* | UV_NATIVE_TLS | UV_SYSTEM_CERTS | UV_OFFLINE | UV_LINK_MODE) ;;
    *) unset "$name" ;;
  esac
done

remedy="put actions/setup-python with python-version 3.11 or newer before this step"
python="$(command -v python3)" || fail "there is no python3 on this runner; $remedy"
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
  fail "$("$python" --version) is too old; $remedy"
"$python" -m pip --version > /dev/null || fail "$python has no pip; $remedy"

source="$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)" # not GITHUB_ACTION_PATH: that of publish/ is another
home="$RUNNER_TEMP/leakgate"
"$python" -m venv --without-pip "$home/uv"
"$python" -m pip --python "$home/uv" install --quiet --disable-pip-version-check --no-deps \
  --only-binary :all: --require-hashes --requirement "$source/requirements-uv.txt"
UV_PROJECT_ENVIRONMENT="$home/env" "$home/uv/bin/uv" sync --quiet --project "$source" --python "$python" \
  --no-python-downloads --locked --no-dev --no-editable --reinstall-package leakgate # uv's cache would know it by version alone
