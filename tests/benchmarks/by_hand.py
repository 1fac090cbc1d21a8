"""MobileNet's three metrics in numpy, written by hand: the honest limit a sweep is held against.

No spec, no checks, no exact decimals: the widths are those of Table 1, the arrays int64, each
layer's costs added up over blocks that stay in the cache.
"""

from __future__ import annotations

import numpy as np

LAYERS = (
    # how often, depthwise?, stride, channels out at alpha 1 (Table 1)
    (1, False, 2, 32),
    (1, True, 1, 0),
    (1, False, 1, 64),
    (1, True, 2, 0),
    (1, False, 1, 128),
    (1, True, 1, 0),
    (1, False, 1, 128),
    (1, True, 2, 0),
    (1, False, 1, 256),
    (1, True, 1, 0),
    (1, False, 1, 256),
    (1, True, 2, 0),
    (1, False, 1, 512),
    (5, True, 1, 0),
    (5, False, 1, 512),
    (1, True, 2, 0),
    (1, False, 1, 1024),
    (1, True, 1, 0),
    (1, False, 1, 1024),
)
CLASSES = 1000


def cost(alpha, res):
    """Params, multiply-adds and memory access: alpha (float64) and res (int64) broadcast."""
    widths = {out: np.floor(alpha * out).astype(np.int64) for *_, out in LAYERS if out}
    params = mult_adds = memory_access = 0
    c, h = 3, res
    for number, (times, depthwise, stride, out) in enumerate(LAYERS):
        after = -(-h // stride) if stride > 1 else h
        if depthwise:
            weights, channels = 9 * c, c
        else:
            channels = widths[out]
            weights = (9 if number == 0 else 1) * c * channels
        area = after * after
        params = params + times * weights
        mult_adds = mult_adds + times * weights * area
        memory_access = memory_access + times * (h * h * c + weights + area * channels)
        c, h = channels, after
    memory_access = memory_access + (h * h * c + c)  # global pooling
    weights = c * CLASSES
    memory_access = memory_access + (c + weights + CLASSES)  # the classifier
    return params + weights, mult_adds + weights, memory_access


def grid(alphas, sizes, block=1 << 16):
    """Every combination, as three arrays of shape (alphas, sizes)."""
    shape = len(alphas), len(sizes)
    found = [np.empty(shape, dtype=np.int64) for _ in range(3)]
    step = max(1, block // len(sizes))
    for start in range(0, len(alphas), step):
        stop = start + step
        for whole, part in zip(found, cost(alphas[start:stop, None], sizes[None, :]), strict=True):
            whole[start:stop] = part
    return found


def flat(alphas, sizes, block=1 << 14):
    """One configuration a place of both arrays, as three arrays."""
    found = [np.empty(len(alphas), dtype=np.int64) for _ in range(3)]
    for start in range(0, len(alphas), block):
        stop = start + block
        for whole, part in zip(found, cost(alphas[start:stop], sizes[start:stop]), strict=True):
            whole[start:stop] = part
    return found
