#!/bin/bash
# help.sh - help, manual page and completion, which the program makes of its tables.
# shellcheck source-path=SCRIPTDIR source=tap.sh
. "$(dirname "$0")/tap.sh"

# shellcheck disable=SC2016  # the inner shell expands
check "every parameter is an option in help" sh -c '
    impasto stylize --print-params | sed -n "s/^  \"\([a-z0-9-]*\)\":.*/\1/p" | while read -r name; do
        impasto stylize --help | grep -q -e "--$name" || { echo "$name is missing"; exit 1; }
    done'
equal "help COMMAND is COMMAND --help" "$(impasto help blend)" "$(impasto blend --help)"
equal "-h helps" "$(impasto -h)" "$(impasto --help)"
for width in 60 72 100; do
    # Tokens longer than the line cannot be broken, and examples are meant to be copied whole.
    equal "help fits $width columns" "$(COLUMNS=$width impasto help stylize | grep -v '^  impasto' |
        awk -v w=$width 'length($0) > w')" ""
done
check "the version is told" sh -c 'impasto --version | head -1 | grep -Eqx "impasto [0-9]+\.[0-9]+\.[0-9]+"'
equal "every preset is listed with its origin" \
    "$(impasto stylize --list-presets | grep -c '^  Origin: ')" "$(impasto stylize --list-presets --json | grep -c '"origin"')"
check "the generators are hidden" sh -c '! impasto help help | grep -q completion'

impasto help --man > impasto.1
if command -v mandoc > /dev/null; then
    equal "mandoc finds nothing in the manual" "$(mandoc -Tlint impasto.1)" ""
    for status in 0 1 2 3 4 5 6 7 8 130 143; do
        check "the manual has status $status" grep -qx ".B $status" impasto.1
    done
else
    skip "mandoc finds nothing in the manual" "no mandoc"
fi

impasto help --completion bash > impasto.bash
check "bash reads its completion" bash -n impasto.bash
# shellcheck disable=SC1091
. ./impasto.bash
# complete WORD... - what bash offers for the last word.
complete_words() {
    COMP_WORDS=("$@")
    COMP_CWORD=$(($# - 1))
    _impasto
    echo "${COMPREPLY[*]}"
}
equal "bash: a command" "$(complete_words impasto sty)" "stylize"
equal "bash: an option" "$(complete_words impasto stylize --style-w)" "--style-weight"
equal "bash: a flag's opposite" "$(complete_words impasto stylize --no-cl)" "--no-clamp"
equal "bash: a preset" "$(complete_words impasto stylize --preset cl)" "classic"
equal "bash: a preset behind =" "$(complete_words impasto stylize --preset = cl)" "classic"
equal "bash: all presets behind =" "$(complete_words impasto stylize --preset =)" \
    "$(impasto stylize --list-presets | grep -v '^ ' | xargs)"
equal "bash: a word of a parameter" "$(complete_words impasto stylize --pooling av)" "average"
equal "bash: a network that paints" "$(complete_words impasto stylize --model vgg19-)" "vgg19-torchvision"
equal "bash: none that finds objects" "$(complete_words impasto stylize --model deep)" ""
equal "bash: one of those" "$(complete_words impasto stylize --segment-model deeplabv3-m)" "deeplabv3-mobilenet-v3-large"
equal "bash: the same for segment" "$(complete_words impasto segment --model deeplabv3-m)" "deeplabv3-mobilenet-v3-large"
equal "bash: where it starts" "$(complete_words impasto stylize --init gr)" "grey"
equal "bash: colours of one painting" "$(complete_words impasto stylize --style-colours p)" "pca"
equal "bash: a file" "$(complete_words impasto stylize --log phot | tr ' ' '\n' | sort)" "$(printf '%s\n' phot* | sort)"
equal "bash: a file by its letter" "$(complete_words impasto blend -o sket)" "sketch.png"
equal "bash: nothing for a number" "$(complete_words impasto stylize --steps '')" ""
equal "bash: a model" "$(complete_words impasto model fetch vgg19-)" "vgg19-torchvision"
equal "bash: what model does" "$(complete_words impasto model ver)" "verify"
equal "bash: an option of bench" "$(complete_words impasto bench --tol)" "--tolerance"
equal "bash: a file for bench" "$(complete_words impasto bench --compare sket)" "sketch.png"
equal "bash: an option of blend" "$(complete_words impasto blend --kee)" "--keep-size"
finish
