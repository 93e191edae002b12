# Prints the newest Python on this machine that can build the environment: CPython ≥ 3.11 with venv and pip.
for python in ${PYTHON:-python3.14 python3.13 python3.12 python3.11 python3}; do
    if "$python" -c 'import sys, venv, pip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
        echo "$python"
        exit 0
    fi
done
echo "idp needs Python 3.11 or newer with the modules venv and pip (on Debian: apt-get install python3 python3-venv python3-pip)." >&2
exit 1
