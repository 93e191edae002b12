# Writes the locks of this folder from pyproject.toml and lock.in. They hold hashes and no address: whoever installs
# uses the registry of their own pip. One lock serves every system and every Python from 3.11 on.
set -eu
cd "$(dirname "$0")/.."
python=$(sh requirements/python.sh)
venv=.venv-lock

# uv reads no pip configuration, so it is told which registry pip would use.
index=${PIP_INDEX_URL:-$("$python" -m pip config get global.index-url 2>/dev/null || true)}
[ -z "$index" ] || export UV_DEFAULT_INDEX="$index"

[ -x "$venv/bin/python" ] || "$python" -m venv --without-pip "$venv"
"$python" -m pip --python "$venv/bin/python" --disable-pip-version-check install --quiet \
    --require-hashes --only-binary :all: --requirement requirements/lock.txt

resolve() {
    output=$1
    shift
    # UPGRADE may hold two words.
    # shellcheck disable=SC2086
    "$venv/bin/uv" pip compile --quiet --universal --python-version 3.11 --generate-hashes --only-binary :all: \
        --no-emit-index-url --no-emit-find-links --no-annotate --custom-compile-command "make lock" \
        ${UPGRADE:-} --output-file "requirements/$output" "$@"
}
# The widest first; the others are its parts, so that tests check what `make run` and a server run.
resolve test.txt --extra demo --extra build --extra test --extra lint --extra bench pyproject.toml
UPGRADE=
resolve run.txt --constraint requirements/test.txt --extra demo --extra build pyproject.toml
resolve serve.txt --constraint requirements/test.txt pyproject.toml
resolve lock.txt requirements/lock.in
# What relying parties of others need: they share nothing with us.
for input in tests/interop/*/requirements.in; do
    resolve "../${input%.in}.txt" "$input"
done
