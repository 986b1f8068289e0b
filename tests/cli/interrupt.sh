#!/bin/sh
# interrupt.sh - a painting that is stopped: the best picture so far is saved, nothing is half-written.
# shellcheck source-path=SCRIPTDIR source=tap.sh
. "$(dirname "$0")/tap.sh"

# In the background and with signals as a terminal's job has them (a plain & would ignore SIGINT).
launch() {
    "$PYTHON" -c 'import os, signal, sys; signal.signal(signal.SIGINT, signal.SIG_DFL); os.execvp(sys.argv[1], sys.argv[1:])' \
        "$@" &
    job=$!
}

start() {
    launch impasto stylize photo.png painting.png --params tiny.json --steps 100000 "$@"
}

# Until a file is there, or 30 s have gone.
await() {
    for _ in $(seq 300); do
        [ -s "$1" ] && return
        sleep 0.1
    done
    echo "# $1 did not appear"
}

# A download that stalls half-way, stopped: what was got is kept for the next one.
if impasto --version | grep -q "download: built in"; then
    cat > server.py <<'PY'
import http.server, time
class Stall(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Length", "1000000")
        self.end_headers()
        self.wfile.write(b"x" * 1000)
        self.wfile.flush()
        open("stalled", "w").write("yes")
        time.sleep(60)
    def log_message(self, *args):
        pass
server = http.server.HTTPServer(("127.0.0.1", 0), Stall)
open("port.tmp", "w").write(str(server.server_port))
__import__("os").rename("port.tmp", "port")
server.handle_request()
PY
    "$PYTHON" server.py &
    server=$!
    await port
    launch env IMPASTO_HOME="$scratch/home" no_proxy='*' impasto model fetch vgg19-torchvision \
        --from "http://127.0.0.1:$(cat port)/weights.pth" 2> said
    await stalled
    kill -s INT $job
    wait $job
    equal "download: status" $? 130
    check "download: it says so" grep -q "^impasto: stopped; the next fetch of vgg19-torchvision goes on" said
    kill $server
else
    skip "download: stopped" "download: left out"
fi

for signal in INT:130 TERM:143; do
    rm -f out.png view.png said
    start -o out.png --preview view.png --every 1 --log log.csv 2> said
    await view.png
    check "SIG${signal%:*}: a preview is there while it runs" impasto info view.png
    kill -s "${signal%:*}" $job
    wait $job
    equal "SIG${signal%:*}: status" $? "${signal#*:}"
    check "SIG${signal%:*}: the picture tells how far it got" sh -c \
        'impasto info out.png | grep -Eq "painted:  .*, [0-9]+ of 100000 steps, loss"'
    check "SIG${signal%:*}: it says so" grep -q "out.png: the best picture so far, after .* of 100000 steps" said
    check "SIG${signal%:*}: the log ends with a whole row" sh -c 'tail -1 log.csv | grep -Eq "^[0-9]+(,[^,]+){10}$"'
done

# Two signals at one moment: the program is halted while they are sent, so that both come within one
# step, in whichever order. The second ends the program without a picture.
rm -f out.png log.csv
start -o out.png --threads 1 --log log.csv -q
await log.csv
kill -s STOP $job
kill -s INT $job
kill -s TERM $job
kill -s CONT $job
wait $job
status=$?
# shellcheck disable=SC2016  # the inner shell expands
check "two signals: status" sh -c '[ $1 = 130 ] || [ $1 = 143 ]' - $status
equal "two signals: no picture, whole or half" "$(ls out.png* 2> /dev/null)" ""
finish
