#!/bin/sh
# Compiles one public header alone: compile-header.sh COMPILER... INCLUDE-DIR HEADER LANGUAGE STANDARD
set -eu
compiler=
while [ $# -gt 4 ]; do compiler="$compiler $1"; shift; done
# shellcheck disable=SC2086  # the compiler may be several words
printf '#include <%s>\n' "$2" | $compiler -I"$1" -x "$3" "$4" -Wall -Wextra -Wpedantic -Werror -fsyntax-only -
