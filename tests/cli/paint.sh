#!/bin/sh
# paint.sh - painting with a small network: what is written during it and after it, and repeating it.
# shellcheck source-path=SCRIPTDIR source=tap.sh
. "$(dirname "$0")/tap.sh"

impasto stylize photo.png painting.png -o out.png --params tiny.json --steps 4 --tv-weight 0.1 --quiet \
    --log log.csv --plot plot.svg --preview view.png --every 3 > said 2>&1
equal "status of painting" $? 0
equal "quiet says nothing" "$(cat said)" ""

equal "the log's columns" "$(head -1 log.csv)" "step,seconds,width,height,total,content,style,tv,content:relu2_1,style:relu1_1,style:relu2_1"
equal "the log's rows" "$(cut -d, -f1 log.csv | tr '\n' ' ')" "step 1 2 3 4 "
# The terms are printed with 9 digits, of which the sum may lose the last two.
# shellcheck disable=SC2016  # awk expands
check "the log's terms add up" awk -F, 'NR > 1 {
    d = $5 - $6 - $7 - $8; e = $6 - $9; f = $7 - $10 - $11
    if (d * d > 1e-14 * $5 * $5 || e * e > 1e-14 * $5 * $5 || f * f > 1e-14 * $5 * $5) { print; exit 1 } }' log.csv
check "the plot is well-formed XML" "$PYTHON" - <<'PY'
import xml.etree.ElementTree as tree
svg = tree.parse("plot.svg").getroot()
names = [t.text for t in svg.iter("{http://www.w3.org/2000/svg}text")]
assert {"total", "content", "style", "total variation", "step", "loss"} <= set(names), names
PY
check "the last preview is the result" cmp view.png out.png

# From coarse to fine: the log and the previews show each size.
impasto stylize photo.png painting.png -o fine.png --params tiny.json --start-size 32 --scale-factor 2 \
    --steps 2,1 --quiet --log fine.csv
equal "the log's sizes" "$(cut -d, -f1,3,4 fine.csv | tail -3 | tr '\n' ' ')" "1,32,24 2,32,24 3,64,48 "
equal "the size in the end" "$(impasto info fine.png | grep -c 64x48)" 1
impasto stylize photo.png painting.png -o again.png --params fine.png -q
check "--params PICTURE gives the same bytes from coarse to fine" cmp fine.png again.png

impasto stylize photo.png painting.png -o again.png --params out.png -q
check "--params PICTURE gives the same bytes" cmp out.png again.png
impasto info out.png --params > settings-of-out.json
impasto stylize photo.png painting.png -o again.png --params settings-of-out.json -q
check "info --params gives the same bytes" cmp out.png again.png
impasto stylize photo.png painting.png -o again.png --params out.png --seed 1 --init noise -q
check "other settings give other pixels" sh -c '! same-pixels out.png again.png'

# shellcheck disable=SC2002  # a pipe is what is tested
cat photo.png | impasto stylize - painting.png -o - --params out.png -q > again.png
check "through pipes the same pixels" same-pixels out.png again.png
impasto stylize photo.png painting.png -o - --params out.png > again.png 2> said
check "progress is kept out of the picture" cmp out.png again.png

impasto stylize photo.png painting.png -o out.jpg --params tiny.json --steps 3 --json --preview view.png --every 2 > lines
check "every line of --json is an object" "$PYTHON" - <<'PY'
import json
events = [json.loads(line) for line in open("lines")]
assert [e["event"] for e in events] == ["start", "step", "step", "preview", "step", "preview", "saved"], events
assert events[-1]["whole"] is True and events[1]["total"] > 0
PY
impasto info out.png --json > info.json
check "info --json is JSON with the settings" "$PYTHON" -c \
    'import json; i = json.load(open("info.json")); assert i["width"] == 64 and i["settings"]["params"]["steps"] == 4'
check "the picture's last losses are the log's" "$PYTHON" -c 'import json, csv
told = json.load(open("info.json"))["settings"]["painted"]
last = list(csv.DictReader(open("log.csv")))[-1]
assert told["steps"] == int(last["step"]), (told, last)
for name, loss in told["losses"].items():  # told with 6 digits
    assert abs(loss - float(last[name])) <= 1e-5 * loss, (name, told, last)'

# Names that JPEG has no room for are left out: the picture is worth more.
mkdir -p "$(printf "%0200d/%0200d/%0200d/%0200d/%0200d/%0200d/%0200d/%0200d/%0200d/%0200d" 1 2 3 4 5 6 7 8 9 0)"
far=$(printf "%0200d/%0200d/%0200d/%0200d/%0200d/%0200d/%0200d/%0200d/%0200d/%0200d" 1 2 3 4 5 6 7 8 9 0)/painting.png
cp painting.png "$far"
set --
for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16; do set -- "$@" --style "$far" --style-mask "$far"; done
impasto stylize photo.png "$@" -o long.jpg --params tiny.json -q
check "a picture with very long names" sh -c 'impasto info long.jpg | grep -q "painted: .* 2 steps"'

if has_weights; then
    impasto stylize photo.png painting.png -o real.png --size 32 --steps 3 -q
    impasto stylize photo.png painting.png -o again.png --params real.png -q
    check "with the real network too, the same bytes" cmp real.png again.png
else
    skip "with the real network too, the same bytes" "no weights: impasto model fetch vgg19"
fi
finish
