/* network.c - looking things up in a network's table. */
#include "engine/network.h"

#include <string.h>

int imp_network_find(const imp_network *net, const char *name)
{
    for (int i = 0; i < net->n_layers; i++)
        if (!strcmp(net->layer[i].name, name)) return i;
    return -1;
}

int imp_network_least_side(const imp_network *net, int layer)
{
    int least = 1;

    for (int i = 0; i <= layer; i++)
        if (net->layer[i].kind == IMP_LAYER_POOL) least *= 2;
    return least;
}
