/* network.c - looking things up in a network's table. */
#include "engine/network.h"

#include <stdio.h>
#include <string.h>

int imp_network_find(const imp_network *net, const char *name)
{
    for (int i = 0; i < net->n_layers; i++)
        if (!strcmp(net->layer[i].name, name)) return i;
    return -1;
}

void imp_network_names(const imp_network *net, char *text, size_t size)
{
    size_t used = 0;

    if (size) text[0] = '\0';
    for (int i = 0; i < net->n_layers && used < size; i++)
        used += (size_t) snprintf(text + used, size - used, "%s%s", i ? " " : "",
                                  net->layer[i].name);
}
