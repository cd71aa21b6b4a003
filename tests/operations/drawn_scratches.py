"""Photos with scratches drawn over them."""

import cv2
import numpy as np


def scratched(photo, seed, count=10):
    """(photo with `count` bent lines of 1 to 3 pixels, where they are H×W bool): two thirds bright, the others dark."""
    rng = np.random.default_rng(seed)
    height, width = photo.shape[:2]
    made, mask = photo.copy(), np.zeros((height, width), bool)
    along = np.linspace(-0.5, 0.5, 24)
    for _ in range(count):
        length = rng.uniform(0.25, 0.8) * min(height, width)
        angle, middle, bend = (
            rng.uniform(0, np.pi),
            rng.uniform(0.2, 0.8, 2) * (width, height),
            rng.uniform(-0.06, 0.06),
        )
        aside = bend * length * np.cos(np.pi * along)
        x = middle[0] + np.cos(angle) * along * length - np.sin(angle) * aside
        y = middle[1] + np.sin(angle) * along * length + np.cos(angle) * aside
        line = np.zeros((height, width), np.uint8)
        points = np.rint(np.stack([x, y], axis=1)).astype(np.int32)
        cv2.polylines(line, [points], False, 255, int(rng.integers(1, 4)), cv2.LINE_AA)
        ink = rng.uniform(225, 255) if rng.random() < 0.65 else rng.uniform(0, 25)
        opacity = 0.9 * line[:, :, None] / 255
        made = np.rint(made * (1 - opacity) + ink * opacity).astype(np.uint8)
        mask |= line > 127
    return made, mask
