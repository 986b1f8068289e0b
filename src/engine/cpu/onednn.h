/* onednn.h - the table whose convolutions oneDNN computes. */
#ifndef IMP_ONEDNN_H
#define IMP_ONEDNN_H

#include "engine/ops.h"

extern const imp_ops imp_ops_onednn;

#endif
