"""The project's seeded weights (src/convert/seeded.ts) and the published names and shapes of the three nets, in numpy."""

import numpy as np


def fnv1a(name):
    h = 0x811C9DC5
    for byte in name.encode():
        h = ((h ^ byte) * 0x01000193) & 0xFFFFFFFF
    return np.uint32(h)


def mixed(name, count):
    """MurmurHash3's 32-bit finaliser over a Weyl sequence that starts at the name's hash; uint32 wraps as it must."""
    x = np.arange(count, dtype=np.uint32) * np.uint32(0x9E3779B1) + fnv1a(name)
    x = (x ^ (x >> np.uint32(16))) * np.uint32(0x85EBCA6B)
    x = (x ^ (x >> np.uint32(13))) * np.uint32(0xC2B2AE35)
    return x ^ (x >> np.uint32(16))


def scale_and_offset(name, shape):
    leaf = name.rsplit("/", 1)[-1]
    if leaf in ("weights", "kernel"):
        return np.sqrt(6.0 / np.prod(shape[:-1])), 0.0
    if leaf == "depthwise_kernel":
        return np.sqrt(6.0 / np.prod(shape[:2])), 0.0
    return {"moving_variance": (0.5, 1.0), "alpha": (0.08, 0.9), "delta": (0.5, 2.0), "root": (0.5, 2.0)}.get(leaf, (0.1, 0.0))


def seeded(name, shape):
    """One tensor: worked out in float64, rounded to float32 at the end."""
    scale, offset = scale_and_offset(name, shape)
    u = mixed(name, int(np.prod(shape))) / 2147483648.0 - 1.0
    return (offset + scale * u).astype(np.float32).reshape(shape)


def weights(shapes):
    return {name: seeded(name, shape) for name, shape in shapes.items()}


def vggish_shapes():
    layers = {"conv1": (3, 3, 1, 64), "conv2": (3, 3, 64, 128)}
    layers |= {"conv3/conv3_1": (3, 3, 128, 256), "conv3/conv3_2": (3, 3, 256, 256)}
    layers |= {"conv4/conv4_1": (3, 3, 256, 512), "conv4/conv4_2": (3, 3, 512, 512)}
    layers |= {"fc1/fc1_1": (12288, 4096), "fc1/fc1_2": (4096, 4096), "fc2": (4096, 128)}
    shapes = {}
    for layer, shape in layers.items():
        shapes[f"vggish/{layer}/weights"] = shape
        shapes[f"vggish/{layer}/biases"] = shape[-1:]
    return shapes


STATISTICS = ("beta", "moving_mean", "moving_variance")


def yamnet_shapes():
    shapes = {}

    def layer(path, kernel, shape, width):
        shapes[f"{path}/{kernel}"] = shape
        for leaf in STATISTICS:
            shapes[f"{path}/bn/{leaf}"] = (width,)

    layer("layer1/conv", "kernel", (3, 3, 1, 32), 32)
    channels = 32
    for number, width in enumerate([64, 128, 128, 256, 256, 512, 512, 512, 512, 512, 512, 1024, 1024], 2):
        layer(f"layer{number}/depthwise_conv", "depthwise_kernel", (3, 3, channels, 1), channels)
        layer(f"layer{number}/pointwise_conv", "kernel", (1, 1, channels, width), width)
        channels = width
    return shapes | {"logits/kernel": (1024, 521), "logits/bias": (521,)}


def humpback_convolutions():
    """Paths and kernel shapes in the order in which the published code makes them."""
    yield "pre_blocks/conv", (7, 7, 1, 64)
    channels = 64
    for group, blocks, inner, outer in [("group", 3, 64, 256), ("group_1", 4, 128, 512), ("group_2", 6, 256, 1024), ("group_3", 3, 512, 2048)]:
        for block in range(blocks):
            path = f"{group}/{'block_widen' if block == 0 else f'block_{block}'}"
            if block == 0:
                yield f"{path}/residual_path/conv_residual", (1, 1, channels, outer)
            yield f"{path}/main_path/conv_bottleneck", (1, 1, channels, inner)
            yield f"{path}/main_path/conv", (3, 3, inner, inner)
            yield f"{path}/main_path/conv_output", (1, 1, inner, outer)
            channels = outer


def humpback_shapes():
    shapes = {f"pcen/{leaf}": (64,) for leaf in ("alpha", "delta", "root")}
    for path, shape in humpback_convolutions():
        shapes[f"{path}/kernel"] = shape
        for leaf in STATISTICS:
            shapes[f"{path}/bn/{leaf}"] = shape[-1:]
    return shapes | {"dense/kernel": (2048, 1), "dense/bias": (1,)}
