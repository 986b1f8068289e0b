# tap.sh - what the scripts of this folder share: `. tap.sh` gives them TAP on standard output,
# a scratch folder with pictures and small networks as the working directory, and impasto and
# same-pixels on the PATH. Their arguments are the program and a Python that has PIL.
# shellcheck shell=sh
set -u
tests=$(cd "$(dirname "$0")" && pwd)
PATH=$(cd "$(dirname "$1")" && pwd):$tests:$PATH
PYTHON=$2
unset DISPLAY WAYLAND_DISPLAY COLUMNS IMPASTO_VIEWER
scratch=$(mktemp -d "${TMPDIR:-/tmp}/impasto-cli.XXXXXX")
trap 'rm -rf "$scratch"' EXIT
"$PYTHON" "$tests/make_pictures.py" "$scratch"
cd "$scratch" || exit 1
number=0
failed=0

# check NAME COMMAND... - the command succeeds; what it says is shown if not.
check() {
    number=$((number + 1))
    title=$1
    shift
    if said=$("$@" 2>&1); then
        echo "ok $number - $title"
    else
        echo "not ok $number - $title"
        printf '%s\n' "$said" | sed 's/^/# /'
        failed=$((failed + 1))
    fi
}

skip() {
    number=$((number + 1))
    echo "ok $number - $1 # SKIP $2"
}

# equal NAME GOT WANTED
equal() {
    # shellcheck disable=SC2016  # the inner shell expands
    check "$1" sh -c '[ "$1" = "$2" ] || { printf "got    %s\nwanted %s\n" "$1" "$2"; false; }' - "$2" "$3"
}

has_weights() {
    [ -e "$(impasto model path vgg19)" ]
}

finish() {
    echo "1..$number"
    exit $((failed > 0))
}
