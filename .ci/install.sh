# Sourced by ./run and ./test: installs a hash-locked requirements file into .venv, once for each of its versions.

install_locked() {
    lock=$1
    wanted=$(cksum <"$lock")
    [ "$(cat ".venv/.$lock" 2>/dev/null)" = "$wanted" ] && return 0
    echo "Installing $lock (once, about a minute) ..." >&2
    if command -v uv >/dev/null 2>&1; then
        uv pip install --quiet --python .venv/bin/python --require-hashes --only-binary :all: -r "$lock" ||
            die "The packages could not be installed; see the lines above. Is this machine connected to its package index?"
    else
        .venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes --only-binary :all: -r "$lock" ||
            die "The packages could not be installed; see the lines above. Is this machine connected to its package index?"
    fi
    echo "$wanted" >".venv/.$lock"
}
