#!/bin/sh
# example.sh BUILD SOURCE PYTHON COMPILER... - installs the library into a temporary folder, builds
# examples/paint.c through pkg-config and runs it on real weights.
set -u
build=$1 source=$2 python=$3
shift 3
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# say NUMBER NAME STATUS
say() {
    if [ "$3" -eq 0 ]; then echo "ok $1 - $2"; else echo "not ok $1 - $2"; sed 's/^/# /' "$folder/log"; fi
}

echo 1..3
DESTDIR=$folder/root meson install -C "$build" --no-rebuild --quiet >"$folder/log" 2>&1
pc=$(find "$folder/root" -name impasto.pc)
flags=$(PKG_CONFIG_SYSROOT_DIR=$folder/root PKG_CONFIG_PATH=$(dirname "$pc") pkg-config --cflags --libs impasto 2>>"$folder/log")
say 1 "pkg-config finds the installed library" $?

# shellcheck disable=SC2086  # the flags are several words
"$@" -std=c99 -Wall -Wextra -Werror "$source/examples/paint.c" -o "$folder/paint" $flags >"$folder/log" 2>&1
say 2 "the example compiles" $?

LD_LIBRARY_PATH=$(dirname "$(dirname "$pc")") "$folder/paint" "$source/tests/data/reference/scene-odd.png" \
    "$source/tests/data/reference/paint-odd.png" "$folder/out.png" >"$folder/log" 2>&1
status=$?
if grep -q 'impasto model fetch' "$folder/log"; then
    echo "ok 3 - the example paints # SKIP no weights: impasto model fetch vgg19"
    exit
fi
[ $status -eq 0 ] && grep -q '^20 of 20: loss' "$folder/log" &&
    "$python" -c "import sys; from PIL import Image; assert max(Image.open(sys.argv[1]).size) == 128" "$folder/out.png" >>"$folder/log" 2>&1
say 3 "the example paints" $?
