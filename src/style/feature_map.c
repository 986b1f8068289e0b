/* feature_map.c - see feature_map.h. */
#include "style/feature_map.h"

imp_tensor imp_features_shape(const imp_features *f)
{
    imp_tensor shape = f->map;

    shape.data = NULL;
    if (f->part) shape.h = 1, shape.w = (int) f->part->n;
    return shape;
}

imp_tensor imp_features_packed(const imp_features *f, const imp_ops *ops, float *room)
{
    imp_tensor packed = imp_features_shape(f);

    packed.data = f->part ? room : f->map.data;
    if (f->part) ops->pack(&packed, &f->map, f->part);
    return packed;
}

void imp_features_gradient(const imp_features *f, const imp_ops *ops, imp_tensor *grad,
                           float *room, imp_packed_gradient *gradient, const void *loss)
{
    const imp_tensor packed = imp_features_packed(f, ops, room);

    if (!f->part) {
        gradient(loss, &packed, grad);
        return;
    }
    const size_t floats = imp_tensor_floats(&packed);
    imp_tensor part = packed;
    part.data += floats;
    ops->fill(part.data, 0, floats);
    gradient(loss, &packed, &part);
    ops->unpack(grad, &part, f->part);
}
