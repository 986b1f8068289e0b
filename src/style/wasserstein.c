/* wasserstein.c - see wasserstein.h. */
#include "style/wasserstein.h"

#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"

/* Added to the variances, in units of the features squared. */
static const double epsilon = 1e-4;

static int pixels_of(const imp_tensor *map)
{
    return map->h * map->w;
}

static size_t square(int c)
{
    return (size_t) c * (size_t) c;
}

/* With so few pixels the covariance is (nearly) singular, T grows beyond what a product in
 * float bears, and the features are few enough to be worked on in double. */
static bool are_few(const imp_tensor *map)
{
    return 4 * pixels_of(map) <= 5 * map->c;
}

/* The most pixels that are worked on at a time: a few, or as many as there are channels. */
static int columns_of(const imp_tensor *shape)
{
    const int n = pixels_of(shape);

    return are_few(shape) && n > shape->c ? n : shape->c;
}

/* Room on the host for so many pixels in any layout, and for a matrix. */
static size_t host_floats(const imp_tensor *shape)
{
    return ((size_t) shape->c + IMP_BLOCK) * (size_t) columns_of(shape);
}

/* --- Making it --------------------------------------------------------------------------- */

static double scale_of(const imp_params *params, const imp_features *shape, double weight)
{
    const double c = shape->map.c;

    if (params->style_reduction == IMP_REDUCE_MEAN) weight /= c;
    if (params->style_norm == IMP_STYLE_NORM_CHW) weight /= c * shape->pixels;
    return weight;
}

imp_status imp_wasserstein_loss_init(imp_wasserstein_loss *loss, const imp_ops *ops,
                                     const imp_params *params, const imp_features *shape,
                                     double weight, imp_error *err)
{
    const imp_tensor packed = imp_features_shape(shape), *map = &packed;
    const bool few = are_few(map);
    const size_t c = (size_t) map->c;

    *loss = (imp_wasserstein_loss) {
        .ops = ops, .scale = scale_of(params, shape, weight),
        .block = map->block, .columns = pixels_of(map), .pixels = shape->pixels, .few = few,
        .n_host = host_floats(map),
        .target_mean = imp_alloc(c, sizeof(float)), .mean = imp_alloc(c, sizeof(float)),
        .host = imp_alloc(host_floats(map), sizeof(float)),
        .gram = ops->alloc(c * c), .shift = ops->alloc(c),
        .image = few ? ops->alloc(imp_tensor_floats(map)) : NULL,
    };
    if (!loss->target_mean || !loss->mean || !loss->host || !loss->gram || !loss->shift
        || (few && !loss->image))
        return imp_fail(err, IMP_ENOMEM, "no memory for the moments of %d channels", map->c);
    return imp_transport_init(&loss->transport, map->c, columns_of(map), epsilon, err);
}

void imp_wasserstein_loss_free(imp_wasserstein_loss *loss)
{
    imp_transport_free(&loss->transport);
    imp_free(loss->target_mean);
    imp_free(loss->mean);
    imp_free(loss->host);
    if (loss->gram) loss->ops->free(loss->gram);
    if (loss->shift) loss->ops->free(loss->shift);
    if (loss->image) loss->ops->free(loss->image);
}

uint64_t imp_wasserstein_loss_bytes(const imp_tensor *shape)
{
    const size_t image = are_few(shape) ? imp_tensor_floats(shape) : 0;

    return imp_transport_bytes(shape->c, columns_of(shape))
           + (host_floats(shape) + square(shape->c) + 3 * (size_t) shape->c + image)
             * sizeof(float);
}

/* The region of few pixels that has most. */
static imp_tensor most_of_few(const imp_tensor *shape)
{
    const int most = 5 * shape->c / 4;
    const imp_tensor few = { NULL, shape->c, 1, most, shape->block };

    return pixels_of(shape) < most ? *shape : few;
}

uint64_t imp_wasserstein_loss_region_bytes(const imp_tensor *shape)
{
    const imp_tensor few = most_of_few(shape);

    return imp_wasserstein_loss_bytes(&few);
}

size_t imp_wasserstein_loss_room(const imp_tensor *shape)
{
    const imp_tensor few = most_of_few(shape);

    return 2 * imp_tensor_floats(&few);
}

/* --- Features as columns of doubles ------------------------------------------------------ */

static double weight_of(const imp_features *f, size_t pixel)
{
    return f->host_weight ? (double) f->host_weight[pixel] : 1;
}

/* n of f's pixels, which are packed, from the first on, less the mean and divided by the root
 * of their number: a column of all channels each. */
static void columns(const imp_wasserstein_loss *loss, double *out, const imp_features *f,
                    const imp_tensor *packed, size_t first, size_t n, const float *mean)
{
    const size_t c = (size_t) packed->c, b = (size_t) packed->block;
    const size_t plane = (size_t) pixels_of(packed) * b;
    const double by = 1 / sqrt(f->pixels);

    for (size_t ch = 0; ch < c; ch += b) {
        loss->ops->download(loss->host, packed->data + ch / b * plane + first * b, n * b);
        for (size_t p = 0; p < n; p++) {
            const double w = weight_of(f, first + p);
            for (size_t i = 0; i < b && ch + i < c; i++)
                out[p * c + ch + i] = by * ((double) loss->host[p * b + i]
                                            - w * (double) mean[ch + i]);
        }
    }
}

/* The means were rounded to float; T may be long where the columns have nothing else. */
static void centre(imp_transport *t, const imp_features *f, size_t n)
{
    const size_t c = (size_t) t->c;
    double *mean = t->spectrum;   /* till eigenvalues come */

    memset(mean, 0, c * sizeof *mean);
    for (size_t p = 0; p < n; p++)
        for (size_t ch = 0; ch < c; ch++)
            mean[ch] += weight_of(f, p) / f->pixels * t->a[p * c + ch];
    for (size_t p = 0; p < n; p++)
        for (size_t ch = 0; ch < c; ch++) t->a[p * c + ch] -= weight_of(f, p) * mean[ch];
}

void imp_wasserstein_loss_target(imp_wasserstein_loss *loss, const imp_features *f,
                                 float *room)
{
    const imp_tensor packed = imp_features_packed(f, loss->ops, room);
    const size_t c = (size_t) packed.c, n = (size_t) pixels_of(&packed);
    imp_transport *t = &loss->transport;

    loss->ops->channel_means(loss->shift, &f->map, f->part, f->pixels);
    loss->ops->download(loss->target_mean, loss->shift, c);
    memset(t->b, 0, square(f->map.c) * sizeof *t->b);
    for (size_t first = 0; first < n; first += c) {
        const size_t some = n - first < c ? n - first : c;
        columns(loss, t->a, f, &packed, first, some, loss->target_mean);
        imp_transport_add(t, t->b, t->a, (int) some);
    }
    imp_transport_target(t, t->b, (int) n);
}

/* --- An evaluation ----------------------------------------------------------------------- */

static void measure_few(imp_wasserstein_loss *loss, const imp_features *f, float *room)
{
    const imp_tensor packed = imp_features_packed(f, loss->ops, room);
    const size_t n = (size_t) loss->columns;

    columns(loss, loss->transport.a, f, &packed, 0, n, loss->mean);
    centre(&loss->transport, f, n);
    loss->weight = f->host_weight;
}

static void measure_many(imp_wasserstein_loss *loss, const imp_features *f)
{
    const size_t c = (size_t) f->map.c;
    double *cov = loss->transport.b;

    loss->ops->gram(loss->gram, &f->map, f->part, 1 / f->pixels);
    loss->ops->download(loss->host, loss->gram, c * c);
    for (size_t i = 0; i < c; i++)
        for (size_t j = 0; j < c; j++)
            cov[i * c + j] = (double) loss->host[i * c + j]
                             - (double) loss->mean[i] * (double) loss->mean[j];
}

void imp_wasserstein_loss_measure(imp_wasserstein_loss *loss, const imp_features *f,
                                  float *room)
{
    loss->ops->channel_means(loss->shift, &f->map, f->part, f->pixels);
    loss->ops->download(loss->mean, loss->shift, (size_t) f->map.c);
    if (loss->few) measure_few(loss, f, room);
    else measure_many(loss, f);
}

static double mean_distance(const imp_wasserstein_loss *loss)
{
    double sum = 0;

    for (size_t i = 0; i < (size_t) loss->transport.c; i++) {
        const double d = (double) loss->mean[i] - (double) loss->target_mean[i];
        sum += d * d;
    }
    return sum;
}

/* m2 + T (F - m1), laid out as F in blocks or in planes. */
static void make_image(imp_wasserstein_loss *loss)
{
    const size_t c = (size_t) loss->transport.c, n = (size_t) loss->columns;
    const size_t b = (size_t) loss->block;
    const double root = sqrt(loss->pixels);

    memset(loss->host, 0, loss->n_host * sizeof *loss->host);
    for (size_t p = 0; p < n; p++) {
        const double w = loss->weight ? (double) loss->weight[p] : 1;
        for (size_t ch = 0; ch < c; ch++) {
            const double ta = root * loss->transport.a[p * c + ch];
            const double m = w * (double) loss->target_mean[ch];
            loss->host[(ch / b * n + p) * b + ch % b] = (float) (m + ta);
        }
    }
}

/* I - T, and what has to be added for F stands there and not F - m1: (m1 - m2) - (I - T) m1,
 * with I - T as it was rounded. */
static void make_map(imp_wasserstein_loss *loss)
{
    const size_t c = (size_t) loss->transport.c;
    double *shift = loss->transport.spectrum;

    for (size_t i = 0; i < c; i++) {
        shift[i] = (double) loss->mean[i] - (double) loss->target_mean[i];
        for (size_t j = 0; j < c; j++) {
            const double d = (i == j) - loss->transport.map[i * c + j];
            loss->host[i * c + j] = (float) d;
            shift[i] -= (double) loss->host[i * c + j] * (double) loss->mean[j];
        }
    }
    for (size_t i = 0; i < c; i++) loss->mean[i] = (float) shift[i];
}

double imp_wasserstein_loss_solve(imp_wasserstein_loss *loss)
{
    imp_transport *t = &loss->transport;
    const double means = mean_distance(loss);
    double distance = 0;

    if (!(loss->few ? imp_transport_columns(t, loss->columns, loss->weight,
                                             &distance)
                    : imp_transport_map(t, &distance)))
        return NAN;
    if (loss->few) make_image(loss);
    else make_map(loss);
    return loss->scale * (means + distance);
}

/* d/dF of s |m1 - m2|^2 + s W(C1) is 2 s / n (F - (m2 + T (F - m1))). */
static double gradient_scale(const imp_wasserstein_loss *loss)
{
    return 2 * loss->scale / loss->pixels;
}

/* With respect to what is packed. */
static void gradient_of_few(const void *user, const imp_tensor *packed, imp_tensor *grad)
{
    const imp_wasserstein_loss *loss = user;
    const size_t floats = imp_tensor_floats(packed);

    loss->ops->upload(loss->image, loss->host, floats);
    loss->ops->add_difference(grad->data, packed->data, loss->image, gradient_scale(loss),
                              floats);
}

static void gradient_of_many(const imp_wasserstein_loss *loss, const imp_features *f,
                             imp_tensor *grad)
{
    const size_t c = (size_t) f->map.c;

    loss->ops->upload(loss->gram, loss->host, c * c);
    loss->ops->upload(loss->shift, loss->mean, c);
    loss->ops->gram_backward(grad, loss->gram, loss->shift, &f->map, f->part,
                             gradient_scale(loss));
}

void imp_wasserstein_loss_gradient(const imp_wasserstein_loss *loss, const imp_features *f,
                                   imp_tensor *grad, float *room)
{
    if (loss->few) imp_features_gradient(f, loss->ops, grad, room, gradient_of_few, loss);
    else gradient_of_many(loss, f, grad);
}
