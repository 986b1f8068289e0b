/* machine.c - what the processor says of itself. See impasto/bench.h. */
#include <sched.h>
#include <stdio.h>
#include <string.h>

#include <impasto/bench.h>

#include "base/text.h"
#include "base/threads.h"

/* --- Its name ---------------------------------------------------------------------------- */

/* The text behind "key : " in a line of /proc/cpuinfo, NULL if it is another's. */
static const char *value_of(char *line, const char *key)
{
    char *colon = strchr(line, ':');

    if (strncmp(line, key, strlen(key)) || !colon) return NULL;
    line[strcspn(line, "\n")] = '\0';
    return colon + 1 + strspn(colon + 1, " \t");
}

static void name_processor(imp_machine *machine)
{
    FILE *f = fopen("/proc/cpuinfo", "r");
    const char *name = NULL;
    char line[512];

    while (f && !name && fgets(line, sizeof line, f))
        if (!(name = value_of(line, "model name"))) name = value_of(line, "CPU part");
    snprintf(machine->processor, sizeof machine->processor, "%.127s",
             name && *name ? name : "unknown");
    imp_text_clean(machine->processor);
    if (f) fclose(f);
}

/* --- Its cores --------------------------------------------------------------------------- */

/* The lowest-numbered thread of the core that runs this one; itself if nobody says. */
static size_t first_sibling(size_t cpu)
{
    char path[96];
    size_t first = cpu;
    FILE *f;

    snprintf(path, sizeof path, "/sys/devices/system/cpu/cpu%zu/topology/thread_siblings_list",
             cpu);
    if (!(f = fopen(path, "r"))) return cpu;
    if (fscanf(f, "%zu", &first) != 1) first = cpu;
    fclose(f);
    return first;
}

static int count_cores(int threads)
{
    cpu_set_t allowed, seen;

    CPU_ZERO(&seen);
    if (sched_getaffinity(0, sizeof allowed, &allowed)) return threads;
    for (size_t cpu = 0; cpu < CPU_SETSIZE; cpu++)
        if (CPU_ISSET(cpu, &allowed)) {
            const size_t first = first_sibling(cpu);
            if (first < CPU_SETSIZE) CPU_SET(first, &seen);
        }
    return CPU_COUNT(&seen);
}

/* --- Its instructions -------------------------------------------------------------------- */

static void add_instructions(imp_machine *machine, const char *name, bool has)
{
    const size_t n = strlen(machine->instructions);

    if (has)
        snprintf(machine->instructions + n, sizeof machine->instructions - n, "%s%s",
                 n ? " " : "", name);
}

static void list_instructions(imp_machine *machine)
{
#if defined __x86_64__
    __builtin_cpu_init();
    add_instructions(machine, "sse2", __builtin_cpu_supports("sse2"));
    add_instructions(machine, "avx", __builtin_cpu_supports("avx"));
    add_instructions(machine, "avx2", __builtin_cpu_supports("avx2"));
    add_instructions(machine, "fma", __builtin_cpu_supports("fma"));
    add_instructions(machine, "avx512f", __builtin_cpu_supports("avx512f"));
    add_instructions(machine, "avx512bf16", __builtin_cpu_supports("avx512bf16"));
#elif defined __aarch64__
    add_instructions(machine, "neon", true);
#else
    (void) machine;
#endif
}

void imp_machine_describe(imp_machine *machine)
{
    *machine = (imp_machine) { .threads = imp_threads_available() };
    name_processor(machine);
    machine->cores = count_cores(machine->threads);
    list_instructions(machine);
}
