/* classes.c - the classes of PASCAL VOC (Everingham et al., 2010) with their colours, whose
 * bits are those of the class's number, dealt out to the three channels in turn. */
#include <ctype.h>
#include <stddef.h>

#include <impasto/segment.h>

static const imp_class known[IMP_CLASSES] = {
    { "background", { 0, 0, 0 } },       { "aeroplane", { 128, 0, 0 } },
    { "bicycle", { 0, 128, 0 } },        { "bird", { 128, 128, 0 } },
    { "boat", { 0, 0, 128 } },           { "bottle", { 128, 0, 128 } },
    { "bus", { 0, 128, 128 } },          { "car", { 128, 128, 128 } },
    { "cat", { 64, 0, 0 } },             { "chair", { 192, 0, 0 } },
    { "cow", { 64, 128, 0 } },           { "dining table", { 192, 128, 0 } },
    { "dog", { 64, 0, 128 } },           { "horse", { 192, 0, 128 } },
    { "motorbike", { 64, 128, 128 } },   { "person", { 192, 128, 128 } },
    { "potted plant", { 0, 64, 0 } },    { "sheep", { 128, 64, 0 } },
    { "sofa", { 0, 192, 0 } },           { "train", { 128, 192, 0 } },
    { "tv monitor", { 0, 64, 128 } },
};

const imp_class *imp_class_known(size_t i)
{
    return i < IMP_CLASSES ? &known[i] : NULL;
}

static const char *next_letter(const char *s)
{
    while (*s == ' ' || *s == '-' || *s == '_') s++;
    return s;
}

static bool same_name(const char *a, const char *b)
{
    for (;; a++, b++) {
        a = next_letter(a);
        b = next_letter(b);
        if (tolower((unsigned char) *a) != tolower((unsigned char) *b)) return false;
        if (!*a) return true;
    }
}

int imp_class_find(const char *name)
{
    for (int i = 0; i < IMP_CLASSES; i++)
        if (same_name(known[i].name, name)) return i;
    return -1;
}
