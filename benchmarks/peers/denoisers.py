"""What denoising is compared with: non-local means, BM3D, and what was published of networks."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from skimage.restoration import denoise_nl_means

PUBLISHED: dict[str, Any] = {
    "set": "CBSD68", "source": "SwinIR, arXiv 2108.10257, table 6; noise neither cut off nor rounded",
    "psnr": {
        "BM3D": {"15": 33.52, "25": 30.71, "50": 27.38},
        "DnCNN": {"15": 33.90, "25": 31.24, "50": 27.95},
        "FFDNet": {"15": 33.87, "25": 31.21, "50": 27.96},
    },
}  # fmt: skip


def non_local(photo: np.ndarray, h: float, sigma: float) -> np.ndarray:
    """OpenCV's, in Lab; it reads blue, green, red."""
    turned = np.ascontiguousarray(photo[..., ::-1])
    return cv2.fastNlMeansDenoisingColored(turned, None, h, h, 7, 21)[..., ::-1]


def non_local_skimage(photo: np.ndarray, h: float, sigma: float) -> np.ndarray:
    """scikit-image's, which takes the noise's own part off the distances of patches."""
    sizes = {"patch_size": 5, "patch_distance": 6, "channel_axis": 2}
    return as_bytes(denoise_nl_means(photo.astype(np.float32), h=h, sigma=sigma, fast_mode=True, **sizes))


NON_LOCAL = {"non-local means, OpenCV": non_local, "non-local means, scikit-image": non_local_skimage}


def by_bm3d(photo: np.ndarray, sigma: float, threads: int) -> np.ndarray:
    """Levels, bytes or floats; in the authors' normal profile."""
    from bm3d import BM3DProfile, bm3d_rgb

    profile = BM3DProfile()
    profile.num_threads = threads
    return as_bytes(255 * bm3d_rgb(photo.astype(np.float64) / 255, sigma / 255, profile))


def as_bytes(levels: np.ndarray) -> np.ndarray:
    return np.clip(np.rint(levels), 0, 255).astype(np.uint8)
