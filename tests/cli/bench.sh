#!/bin/sh
# bench.sh - impasto bench at tiny sizes: what it tells, and how it compares with an earlier run.
# shellcheck source-path=SCRIPTDIR source=tap.sh
. "$(dirname "$0")/tap.sh"

impasto bench --size 16,32 --steps 2 > said 2>&1
equal "status of a run" $? 0
check "machine, peak and both sizes are told" sh -c \
    'grep -q "^machine " said && grep -q "^peak .*GFLOP/s" said && grep -q "^16x16: .* s a step" said && grep -q "^32x32: " said'
check "rows of layers are equally long" awk '/^  conv/ && n++ && length($0) != l { exit 1 } /^  conv/ { l = length($0) } END { exit n < 26 }' said
check "it needs no weights" env IMPASTO_HOME="$scratch/empty" impasto bench --size 16 --steps 1

impasto bench --size 16,32 --steps 2 --json > before.json 2> said
equal "status of --json" $? 0
equal "--json says nothing else" "$(cat said)" ""
check "the result is JSON and whole" "$PYTHON" - <<'PY'
import json
result = json.load(open("before.json"))
assert set(result) == {"impasto", "machine", "backend", "threads", "precision", "peak", "sizes"}, set(result)
assert set(result["machine"]) == {"processor", "cores", "threads", "instructions"}, result["machine"]
assert result["peak"] and all(p["gflops"] > 0 for p in result["peak"]), result["peak"]
assert [s["size"] for s in result["sizes"]] == [16, 32]
layers = [f"conv{block}_{i}" for block, n in ((1, 2), (2, 2), (3, 4), (4, 4), (5, 1)) for i in range(1, n + 1)]
losses = [f"loss relu{block}" for block in ("1_1", "2_1", "3_1", "4_1", "4_2", "5_1")]
for size in result["sizes"]:
    assert set(size) == {"size", "steps", "step", "fastest", "slowest", "start", "planned", "resident", "parts"}
    assert 0 < size["fastest"] <= size["step"] <= size["slowest"] and size["start"] > 0
    assert size["planned"] > 1e6 and size["resident"] > 1e6
    parts = {part["name"].split("+")[0]: part for part in size["parts"]}
    for name in layers + losses:
        assert parts[name]["forward"] > 0 and parts[name]["backward"] > 0, parts[name]
    assert parts["optimiser"]["forward"] > 0 and "rest" in parts
    # 9 products of 64 by 128 channels at a quarter of the pixels, two operations each.
    flop = 2e-9 * 9 * 64 * 128 * (size["size"] // 2) ** 2
    assert abs(parts["conv2_1"]["gflop"] / flop - 1) < 1e-5, parts["conv2_1"]
PY

impasto bench --size 32 --steps 2 --compare before.json > said 2> warned
equal "status of a comparison" $? 0
equal "the same machine gives no warning" "$(cat warned)" ""
check "both stand side by side" sh -c 'grep -q "before *now *ratio" said && grep -Eq "^  conv3_1[+a-z]* backward +[0-9]" said'
impasto bench --size 32,48 --steps 1 --json --compare - < before.json > compared.json
check "the comparison in JSON" "$PYTHON" - <<'PY'
import json
compared = json.load(open("compared.json"))["compared"]
before = json.load(open("before.json"))["sizes"][1]["step"]
assert compared["same-machine"] is True
row, = compared["steps"]
assert row["size"] == 32 and abs(row["before"] / before - 1) < 1e-5
assert abs(row["ratio"] * row["before"] / row["now"] - 1) < 1e-4
PY

# The earlier run a thousand times slower, and a thousand times quicker, than it was.
"$PYTHON" - <<'PY'
import json
for name, factor in (("slow", 1e3), ("quick", 1e-3)):
    result = json.load(open("before.json"))
    for size in result["sizes"]:
        size["step"] *= factor
    json.dump(result, open(name + ".json", "w"))
result["machine"]["processor"] = "Difference Engine"
json.dump(result, open("other.json", "w"))
for name in ("machine", "backend", "threads", "precision", "peak", "sizes"):
    result = json.load(open("before.json"))
    del result[name]
    json.dump(result, open(f"no-{name}.json", "w"))
for i, name in enumerate(("step", "parts")):
    result = json.load(open("before.json"))
    result["sizes"][i][name] = "much"
    json.dump(result, open(f"bad-{name}.json", "w"))
PY
impasto bench --size 16 --steps 1 --compare slow.json --tolerance 5 > /dev/null 2>&1
equal "quicker than before is within the tolerance" $? 0
impasto bench --size 16 --steps 1 --compare quick.json --tolerance 5 > /dev/null 2> warned
equal "slower than the tolerance" $? 8
check "and it says how much" grep -q "times as long as in quick.json" warned
impasto bench --size 16 --steps 1 --compare quick.json > /dev/null 2>&1
equal "slower without a tolerance" $? 0
impasto bench --size 16 --steps 1 --compare other.json > /dev/null 2> warned
equal "status with another machine's result" $? 0
check "it warns of the other machine" grep -q "other.json: made with another processor: Difference Engine" warned

for name in no-machine no-backend no-threads no-precision no-peak no-sizes bad-step bad-parts; do
    impasto bench --size 16 --compare $name.json > said 2>&1
    equal "refused: $name" "$? $(wc -l < said) $(grep -c "impasto: $name.json: no result of impasto bench" said)" "3 1 1"
done
finish
