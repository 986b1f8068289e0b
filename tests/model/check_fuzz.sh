#!/bin/sh
# check_fuzz.sh PROGRAM SEEDS - lets libFuzzer have a short, seeded run; prints TAP.
set -u
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/found"
echo 1..1
if "$1" -seed=1 -runs=20000 -max_total_time=20 -timeout=20 -rss_limit_mb=1024 -print_final_stats=1 \
        -artifact_prefix="$work/" "$work/found" "$2" >"$work/log" 2>&1; then
    echo "ok 1 - fuzz_weights"
    grep -E 'number_of_executed_units|peak_rss' "$work/log" | sed 's/^/# /'
else
    tail -60 "$work/log" | sed 's/^/# /'
    for f in "$work"/crash-* "$work"/timeout-* "$work"/oom-* "$work"/leak-*; do
        if [ -f "$f" ]; then echo "# input, in base64:"; base64 "$f" | head -50 | sed 's/^/# /'; fi
    done
    echo "not ok 1 - fuzz_weights"
fi
