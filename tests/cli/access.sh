#!/bin/sh
# access.sh - files that may not be read or written, seen by a user without privileges.
# shellcheck source-path=SCRIPTDIR source=tap.sh
. "$(dirname "$0")/tap.sh"

as_user=
if [ "$(id -u)" = 0 ]; then
    as_user="setpriv --reuid 65534 --regid 65534 --clear-groups"
    # shellcheck disable=SC2086  # the command is several words
    if ! $as_user impasto --version > /dev/null 2>&1; then
        echo "1..0 # SKIP root may do all, and another user cannot start the program here"
        exit 0
    fi
fi
chmod 755 .
chmod 000 sketch.png
mkdir closed open
chmod 555 closed
chmod 777 open

# refused NAME STATUS TEXT ARGUMENT... - the program ends with this status and says this.
refused() {
    name=$1 wanted=$2 text=$3
    shift 3
    # shellcheck disable=SC2086
    $as_user impasto "$@" > /dev/null 2> open/said
    equal "$name: status" $? "$wanted"
    check "$name: message" grep -q "^impasto: $text" open/said
    equal "$name: one line" "$(wc -l < open/said | tr -d ' ')" 1
}

refused "unreadable photo" 3 "sketch.png: " blend sketch.png painting.png -o open/out.png
refused "unreadable painting" 3 "sketch.png: " blend photo.png sketch.png -o open/out.png
refused "unreadable settings" 3 "sketch.png: " stylize photo.png painting.png -o open/out.png --params sketch.png
refused "unwritable folder" 6 "closed/out.png: " blend photo.png painting.png -o closed/out.png
refused "unwritable folder for a plot" 6 "closed/p.svg: " stylize photo.png painting.png -o open/out.png --plot closed/p.svg
refused "unwritable folder for a log" 6 "closed/l.csv: " stylize photo.png painting.png -o open/out.png --log closed/l.csv
touch open/fixed.png
chmod 444 open/fixed.png
refused "unwritable file" 6 "open/fixed.png: " blend photo.png painting.png -o open/fixed.png
equal "unwritable file is as it was" "$(wc -c < open/fixed.png | tr -d ' ')" 0
equal "nothing was left behind" "$(ls open)" "$(printf 'fixed.png\nsaid')"
chmod 755 closed
finish
