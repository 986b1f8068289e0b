/* guide.h - a mask carried from the picture to the layers of the network. */
#ifndef IMP_GUIDE_H
#define IMP_GUIDE_H

#include <impasto/mask.h>
#include <impasto/style.h>

#include "engine/network.h"

/* The mask at each of n layers by the network's own geometry (Gatys et
 * al. 2016, section 4): SIMPLE: how much of each unit's own patch of the picture lies within;
 * INSIDE: the least that a unit's receptive field meets, ALL: the most, what pads the maps
 * counting neither way. Ownership: the caller owns all guide[i], also after an error.
 * Errors: IMP_ENOMEM. */
imp_status imp_guide_carry(imp_mask *guide[], const imp_mask *mask, const imp_network *net,
                           const int *layers, int n, imp_guide rule, imp_error *err);

#endif
