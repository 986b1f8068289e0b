/* option_table.c - the program's own options, and those that the library's parameters make. */
#include "options.h"

#include <stdio.h>
#include <string.h>

#define FIELD(name) .field = offsetof(options, name)
#define RANGE(min_, max_) .min = min_, .max = max_
#define PICTURES (FOR_STYLIZE | FOR_BLEND | FOR_SEGMENT)
#define READERS (FOR_STYLIZE | FOR_BLEND | FOR_INFO | FOR_SEGMENT)
#define COMPUTERS (FOR_STYLIZE | FOR_BENCH | FOR_SEGMENT | FOR_SERVE)

static const option_def own[] = {
    { "output", 'o', VALUE_FILE, "FILE", PICTURES, "output", FIELD(output),
      .help = "Where the picture goes; the ending (.jpg, .png, .webp, .tif) says its "
              "format. \"-\" is standard output." },
    { "quality", 0, VALUE_COUNT, "N", PICTURES, "output", FIELD(quality), RANGE(1, 100),
      .help = "Quality of JPEG and WebP, 1 to 100 (default 95)." },
    { "depth", 0, VALUE_WORD, "8|16", PICTURES, "output", FIELD(depth),
      .help = "Bits per channel of PNG and TIFF (default 8, but 16 for TIFF)." },
    { "format", 0, VALUE_WORD, "jpeg|png|webp|tiff", PICTURES, "output", FIELD(format),
      .help = "The format, whatever the ending says; PNG if the picture goes to standard "
              "output." },
    { "show", 0, VALUE_NONE, NULL, PICTURES, "output", FIELD(show),
      .help = "Show the picture when it is done: with $IMPASTO_VIEWER or xdg-open on a "
              "desktop, else drawn in the terminal." },

    { "weights", 0, VALUE_TEXT, "A,B", FOR_BLEND, "blend", FIELD(weights),
      .help = "How much of the photograph and of the painting, each 0 to 1, taken as they "
              "are (default 0.6,0.4)." },
    { "size", 0, VALUE_TEXT, "SIZE", FOR_BLEND, "blend", FIELD(size),
      .help = "Size of the result: WxH, or N or long:N for the photograph with its long "
              "side N, or short:N (default 512x512). Both pictures are stretched to it." },
    { "keep-size", 0, VALUE_NONE, NULL, FOR_BLEND, "blend", FIELD(keep_size),
      .help = "Keep the photograph's size; the painting is stretched to it." },

    { "class", 0, VALUE_TEXT, "NAME,...", FOR_SEGMENT, "segment", FIELD(classes),
      .help = "Write a soft grey mask of this class instead, white where it surely is; of "
              "several, where any of them is." },
    { "overlay", 0, VALUE_NONE, NULL, FOR_SEGMENT, "segment", FIELD(overlay),
      .help = "Write the photograph instead, with the classes' colours laid over it." },
    { "list-classes", 0, VALUE_NONE, NULL, FOR_SEGMENT, "segment", FIELD(list_classes),
      .help = "List the classes with their numbers, and end." },
    { "model", 0, VALUE_FILE, "NAME|FILE", FOR_SEGMENT, "segment",
      FIELD(segment_model),
      .help = "The network: a name that impasto model list shows, or a file of torchvision's "
              "weights (default deeplabv3-resnet101)." },
    { "size", 0, VALUE_TEXT, "SIZE", FOR_SEGMENT, "segment", FIELD(size),
      .help = "Size at which the network looks at the photograph: short:N, N or long:N, WxH, "
              "or keep (default short:520, as it was trained). What is written has the "
              "photograph's size in any case." },

    { "size", 0, VALUE_TEXT, "N,...", FOR_BENCH, "bench", FIELD(size),
      .help = "Sides of the square pictures to paint, each 16 to 8192 (default 512)." },
    { "steps", 0, VALUE_COUNT, "N", FOR_BENCH, "bench", FIELD(steps),
      RANGE(1, IMP_BENCH_MAX_STEPS),
      .help = "Steps that are measured, after one that is not (default 5)." },
    { "precision", 0, VALUE_WORD, "fp32|bf16", FOR_BENCH, "bench", FIELD(precision),
      .help = "Of the products in convolutions (default fp32)." },
    { "compare", 0, VALUE_FILE, "FILE", FOR_BENCH, "bench", FIELD(compare),
      .help = "Print the result beside that of an earlier run with --json." },
    { "tolerance", 0, VALUE_COUNT, "PERCENT", FOR_BENCH, "bench", FIELD(tolerance),
      RANGE(0, 1000),
      .help = "End with status 8 if a step takes longer than in the earlier run by more than "
              "this." },

    { "port", 0, VALUE_COUNT, "N", FOR_SERVE, "serve", FIELD(port), RANGE(0, 65535),
      .help = "Where it listens (default 8080); 0 is any free port." },
    { "address", 0, VALUE_TEXT, "ADDRESS", FOR_SERVE, "serve", FIELD(address),
      .help = "An address of this machine to listen on (default 127.0.0.1, which nobody else "
              "reaches); 0.0.0.0 or :: are all of them. Beyond loopback --token is needed." },
    { "token", 0, VALUE_FILE, "FILE|auto", FOR_SERVE, "serve", FIELD(token),
      .help = "Only who has the token in this file comes in; auto makes one, keeps it in the "
              "folder of --data and prints a link with it." },
    { "certificate", 0, VALUE_FILE, "FILE", FOR_SERVE, "serve", FIELD(certificate),
      .help = "Speak TLS with this certificate (PEM, with its chain)." },
    { "key", 0, VALUE_FILE, "FILE", FOR_SERVE, "serve", FIELD(key),
      .help = "The private key of --certificate." },
    { "host", 0, VALUE_EACH, "NAME", FOR_SERVE, "serve",
      .help = "A further name by which browsers reach it, as often as wanted: that of a proxy "
              "before it." },
    { "data", 0, VALUE_FILE, "DIR", FOR_SERVE, "serve", FIELD(data),
      .help = "The folder where pictures, jobs and results are kept." },
    { "disk", 0, VALUE_SCALED, "SIZE", FOR_SERVE, "serve", FIELD(disk), RANGE(1, 1e18),
      .help = "Room for pictures and results, such as 600M (default 10G). When it is full the "
              "oldest jobs that are over and not pinned go first, then pictures that no job "
              "uses." },
    { "model", 0, VALUE_FILE, "NAME|FILE", FOR_SERVE, "serve", FIELD(model),
      .help = "The network for jobs that do not name one (default: as the settings say)." },
    { "jobs", 0, VALUE_COUNT, "N", FOR_SERVE, "serve", FIELD(jobs), RANGE(1, 64),
      .help = "Paint so many at once (default 1), each with its share of the threads; one "
              "waits while there is no memory for it beside the others." },
    { "segment-model", 0, VALUE_FILE, "NAME|FILE", FOR_SERVE, "serve", FIELD(segment_model),
      .help = "The network that finds things in photographs, for masks (default: the first "
              "DeepLabV3 that impasto model has fetched)." },
    { "checkpoint-every", 0, VALUE_COUNT, "SECONDS", FOR_SERVE, "serve",
      FIELD(checkpoint_every), RANGE(0, 86400),
      .help = "Keep how far a painting is at most so often (default 20), and never so often "
              "that it takes 2 % of the time." },
    { "open", 0, VALUE_NONE, NULL, FOR_SERVE, "serve", FIELD(open),
      .help = "Open the studio with $BROWSER, or with xdg-open on a desktop." },

    { "style", 0, VALUE_EACH, "FILE[@CLASS,...][:WEIGHT[:SCALE]]", FOR_STYLIZE, "picture",
      .help = "A painting besides or instead of PAINTING, as often as wanted: how much of it "
              "beside the others (above 0; default 1; style_blend_weights elsewhere), and how "
              "large its strokes are beside --style-scale (0.05..20; default 1). A folder "
              "stands for all pictures in it, not in folders within it. With @CLASS it goes "
              "where a network finds that in the photograph (impasto segment "
              "--list-classes)." },
    { "mask", 0, VALUE_EACH, "FILE[#RRGGBB]|auto|CLASS,...", FOR_STYLIZE, "masks",
      .help = "Where the painting named before it goes (PAINTING counts as named before all): "
              "the white of a grey picture drawn over the photograph, soft edges and all; one "
              "colour of a colour-coded one, in which channels may be off by 24 of 255; the "
              "photograph's main subject (auto); or where a network finds any of these "
              "classes. A painting without a mask gets what the others leave. Where none "
              "goes, the picture is held to the photograph alone, and stays near it." },
    { "style-mask", 0, VALUE_EACH, "FILE[#RRGGBB]|auto", FOR_STYLIZE, "masks",
      .help = "The part of the painting named before it that is looked at." },
    { "style-colours", 0, VALUE_EACH, "no|cholesky|pca|symmetric", FOR_STYLIZE, "colour",
      .help = "What --match-colours says, for the painting named before it alone." },
    { "keep", 0, VALUE_EACH, "FILE[#RRGGBB]|auto|CLASS,...", FOR_STYLIZE, "masks",
      .help = "What stays as it is in the photograph; several add up. It is blended in along "
              "the mask's soft edges: a hard edge shows, so blur it, or draw it soft." },
    { "content-mask", 0, VALUE_FILE, "FILE[#RRGGBB]|auto|CLASS,...", FOR_STYLIZE, "masks",
      FIELD(content_mask),
      .help = "Where the picture has to resemble the photograph (default: everywhere). Where "
              "it is black nothing of the photograph is held, and the painting's own forms "
              "appear; grey holds it in part." },
    { "subject", 0, VALUE_TEXT, "X,Y,W,H", FOR_STYLIZE, "masks", FIELD(subject),
      .help = "For masks of the photograph that are auto: a box, in its pixels, around the "
              "whole subject and little else. Without it, and in paintings, the subject is "
              "guessed by colour and contrast." },
    { "segment-model", 0, VALUE_FILE, "NAME|FILE", FOR_STYLIZE, "masks",
      FIELD(segment_model),
      .help = "The network that finds classes (default deeplabv3-resnet101, of 233 MiB; "
              "deeplabv3-mobilenet-v3-large has 42 MiB). Masks by auto, or drawn, need "
              "none." },
    { "save-masks", 0, VALUE_FILE, "FOLDER", FOR_STYLIZE, "masks", FIELD(save_masks),
      .help = "Write the masks to PNG files in this folder, which is made if need be: "
              "mask-1.png and so on, the share of the photograph that each painting gets when "
              "overlaps are divided and what is kept is taken off; keep.png, content.png, "
              "style-mask-1.png, as they were read or found. With --plan that is all." },

    { "preset", 0, VALUE_PRESET, "NAME", FOR_STYLIZE, "settings", FIELD(preset),
      .help = "Start from a preset (default: default)." },
    { "params", 0, VALUE_FILE, "FILE", FOR_STYLIZE, "settings", FIELD(params),
      .help = "Take the settings from a JSON file, or from a picture that impasto painted. "
              "They override the preset, and single options override both, in whatever "
              "order." },
    { "list-presets", 0, VALUE_NONE, NULL, FOR_STYLIZE, "settings", FIELD(list_presets),
      .help = "List the presets with what they reproduce, and end." },
    { "print-params", 0, VALUE_NONE, NULL, FOR_STYLIZE, "settings", FIELD(print_params),
      .help = "Print all settings as JSON, as --params reads them, and end." },
    { "plan", 0, VALUE_NONE, NULL, FOR_STYLIZE, "settings", FIELD(plan),
      .help = "Print the size of the picture, the time and the memory it will take, each size "
              "on the way, and of each painting the size that it is seen at and how much of "
              "the picture it is for, and end; status 5 if there is not as much memory." },

    { "init", 0, VALUE_FILE, "WORD|FILE", FOR_STYLIZE, "start", FIELD(init),
      .help = "Where the painting starts: content (the photograph), style (noise with the "
              "painting's colours), noise, grey, or a picture file, stretched to the size if "
              "need be." },

    { "preview", 0, VALUE_FILE, "FILE", FOR_STYLIZE, "meanwhile", FIELD(preview),
      .help = "Keep a picture of how far it is; it may be the output itself." },
    { "every", 0, VALUE_COUNT, "N", FOR_STYLIZE, "meanwhile", FIELD(every), RANGE(1, 1e6),
      .help = "Steps from one preview to the next, and from one checkpoint to the next "
              "(default 25)." },
    { "checkpoint", 0, VALUE_FILE, "FILE", FOR_STYLIZE, "meanwhile", FIELD(checkpoint),
      .help = "Keep in FILE, every so many steps and when Ctrl-C or SIGTERM ends the program, "
              "what the painting can go on from. FILE goes when the picture is done and "
              "saved." },
    { "resume", 0, VALUE_FILE, "FILE", FOR_STYLIZE, "meanwhile", FIELD(resume),
      .help = "Go on from such a FILE, which may be the --checkpoint itself. With the same "
              "pictures, settings, backend and number of threads, and no others are taken, "
              "the picture becomes what it would have been, to the byte." },
    { "log", 0, VALUE_FILE, "FILE", FOR_STYLIZE, "meanwhile", FIELD(log),
      .help = "Write every loss term to a CSV file, one row a step; of several paintings "
              "each has a column, style-1, style-2 and so on in the order of --plan." },
    { "plot", 0, VALUE_FILE, "FILE", FOR_STYLIZE, "meanwhile", FIELD(plot),
      .help = "Draw the curves of the losses to an SVG file." },
    { "quiet", 'q', VALUE_NONE, NULL, PICTURES | FOR_MODEL, "meanwhile", FIELD(quiet),
      .help = "Say nothing but errors." },
    { "json", 0, VALUE_NONE, NULL, FOR_STYLIZE, "meanwhile", FIELD(json),
      .help = "For programs: tell everything in JSON, one object a line, on standard "
              "output (on standard error if the picture goes to standard output). The first "
              "lists the paintings, in whose order steps have their losses." },
    { "json", 0, VALUE_NONE, NULL, FOR_MODEL | FOR_INFO | FOR_BENCH | FOR_SEGMENT,
      "meanwhile",
      FIELD(json),
      .help = "Print JSON, for programs." },
    { "params", 0, VALUE_NONE, NULL, FOR_INFO, "meanwhile", FIELD(params_only),
      .help = "Print the settings alone, as stylize --params reads them." },
    { "from", 0, VALUE_FILE, "SOURCE", FOR_MODEL, "meanwhile", FIELD(from),
      .help = "Fetch from this file or address instead of the model's own." },

    { "threads", 0, VALUE_COUNT, "N", COMPUTERS, "machine", FIELD(threads),
      RANGE(1, 1024),
      .help = "Threads to compute with (default: one per core). Another number may change "
              "the last bits of the picture." },
    { "backend", 0, VALUE_WORD, "avx512|avx2|c|onednn|reference", COMPUTERS,
      "machine", FIELD(backend),
      .help = "How to compute (default: the first of these that this processor runs, or the "
              "one of the first three that the variable IMPASTO_CPU names): with AVX-512, "
              "AVX2, plain C; the last two are slow and there to compare with." },
    { "memory", 0, VALUE_SCALED, "SIZE", FOR_STYLIZE | FOR_SEGMENT | FOR_SERVE, "machine",
      FIELD(memory), RANGE(1, 1e18),
      .help = "Memory that may be taken, such as 600M or 2G (default: what is free)." },

    { "max-pixels", 0, VALUE_SCALED, "N", READERS, "limits", FIELD(max_pixels), RANGE(1, 1e18),
      .help = "Refuse pictures of more pixels (default 400M)." },
    { "max-side", 0, VALUE_COUNT, "N", READERS, "limits", FIELD(max_side),
      RANGE(1, 4294967295.0),
      .help = "Refuse pictures with a longer side (default 65500)." },
    { "max-bytes", 0, VALUE_SCALED, "SIZE", READERS, "limits", FIELD(max_bytes),
      RANGE(1, 1e18),
      .help = "Refuse larger files (default 2 GiB)." },

    { "help", 'h', VALUE_NONE, NULL, FOR_ALL, "other", FIELD(help),
      .help = "Print this help, and end." },
    { "man", 0, VALUE_NONE, NULL, FOR_HELP, NULL, FIELD(man),
      .help = "Print the manual page's source." },
    { "completion", 0, VALUE_WORD, "bash|zsh", FOR_HELP, NULL, FIELD(completion),
      .help = "Print the completion of a shell." },
};

/* In the order in which help shows them; the library's groups stand among ours. */
static const struct { const char *group, *title; } groups[] = {
    { "output", "Output" },
    { "blend", "Blending" },
    { "segment", "Objects" },
    { "bench", "Benchmark" },
    { "serve", "Server" },
    { "settings", "Settings" },
    { "picture", "Picture" },
    { "colour", "Colours" },
    { "masks", "Masks" },
    { "network", "Network" },
    { "loss", "Losses" },
    { "start", "Start" },
    { "schedule", "Sizes and steps" },
    { "optimiser", "Optimiser" },
    { "meanwhile", "Reporting" },
    { "machine", "Machine" },
    { "limits", "Limits on input files" },
    { "other", "Other" },
};

enum { N_OWN = sizeof own / sizeof *own, N_GROUPS = sizeof groups / sizeof *groups };

const char *option_group_title(const char *group)
{
    for (int g = 0; g < N_GROUPS; g++)
        if (!strcmp(groups[g].group, group)) return groups[g].title;
    return group;
}

const option_def *option_find(const option_list *list, const char *name)
{
    for (int i = 0; i < list->n; i++)
        if (!strcmp(list->item[i].name, name)) return &list->item[i];
    return NULL;
}

static void add(option_list *list, const option_def *def)
{
    if (list->n < MAX_OPTIONS) list->item[list->n++] = *def;
}

static void add_own(option_list *list, unsigned command, const char *group)
{
    for (int i = 0; i < N_OWN; i++)
        if (own[i].commands & command
            && (group && own[i].group ? !strcmp(own[i].group, group) : group == own[i].group))
            add(list, &own[i]);
}

/* The program has an option of this name itself, which does more. */
static bool is_own(const char *name)
{
    for (int i = 0; i < N_OWN; i++)
        if (own[i].commands & FOR_STYLIZE && !strcmp(own[i].name, name)) return true;
    return false;
}

static void add_params(option_list *list, const char *group)
{
    const imp_param_info *p;

    for (size_t i = 0; (p = imp_param_known(i)); i++) {
        const option_def def = {
            .name = p->name, .value = p->value, .range = p->range, .help = p->help,
            .group = p->group, .commands = FOR_STYLIZE,
            .kind = strcmp(p->value, "true|false") ? VALUE_PARAM : VALUE_SWITCH,
        };
        if (!strcmp(p->group, group) && !is_own(p->name)) add(list, &def);
    }
}

void option_list_of(option_list *list, unsigned command)
{
    list->n = 0;
    for (int g = 0; g < N_GROUPS; g++) {
        add_own(list, command, groups[g].group);
        if (command & FOR_STYLIZE) add_params(list, groups[g].group);
    }
    add_own(list, command, NULL);
}

void option_format(char text[OPTION_TEXT], const option_def *def)
{
    const char letter[] = { '-', def->letter, ',', ' ', '\0' };

    if (def->kind == VALUE_SWITCH)
        snprintf(text, OPTION_TEXT, "--%s, --no-%s", def->name, def->name);
    else
        snprintf(text, OPTION_TEXT, "%s--%s%s%s", def->letter ? letter : "", def->name,
                 def->value ? " " : "", def->value ? def->value : "");
}
