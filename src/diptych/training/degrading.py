"""What happens to pictures before they are seen here: lenses, sensors, compression. Pure in the random generator."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np


def blurred(picture: np.ndarray, sigma: float) -> np.ndarray:
    """H×W×3 uint8 through a Gaussian lens, `sigma` in pixels."""
    return np.asarray(cv2.GaussianBlur(picture, (0, 0), sigma), np.uint8) if sigma > 0.1 else picture


def noised(picture: np.ndarray, sigma: float, rng: np.random.Generator) -> np.ndarray:
    """H×W×3 uint8 with white noise of standard deviation `sigma` (levels) in each channel, cut off at 0 and 255."""
    if sigma <= 0:
        return picture
    noise = rng.standard_normal(picture.shape, dtype=np.float32) * np.float32(sigma)
    return np.clip(np.rint(picture + noise), 0, 255).astype(np.uint8)


def compressed(picture: np.ndarray, quality: int, *, subsampled: bool) -> np.ndarray:
    """H×W×3 uint8 through JPEG of quality 1..100, with colour at half or at full resolution."""
    sampling = cv2.IMWRITE_JPEG_SAMPLING_FACTOR_420 if subsampled else cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444
    options = [cv2.IMWRITE_JPEG_QUALITY, quality, cv2.IMWRITE_JPEG_SAMPLING_FACTOR, sampling]
    _, coded = cv2.imencode(".jpg", np.ascontiguousarray(picture[..., ::-1]), options)
    return np.ascontiguousarray(cv2.imdecode(coded, cv2.IMREAD_COLOR)[..., ::-1])


def snapshot(picture: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A picture as phones and web sites give it: a little blur, a little noise, JPEG; each may be missing."""
    picture = blurred(picture, float(rng.uniform(0.2, 1.2)) if rng.random() < 0.6 else 0.0)
    picture = noised(picture, float(rng.uniform(1, 12)) if rng.random() < 0.5 else 0.0, rng)
    if rng.random() < 0.75:
        picture = compressed(picture, int(rng.integers(45, 96)), subsampled=bool(rng.random() < 0.7))
    return picture


@dataclass(frozen=True)
class Damage:
    """Noise of `sigma` levels, then JPEG of `quality` (None: not compressed)."""

    sigma: float = 0.0
    quality: int | None = None
    subsampled: bool = True


def some_damage(rng: np.random.Generator) -> Damage:
    """Noise of 3 to 55 levels, or JPEG of quality 8 to 92, or both (a sensor's noise, compressed), or nothing: what is
    clean must stay so."""
    kind, subsampled = rng.random(), bool(rng.random() < 0.6)
    if kind < 0.55:
        return Damage(sigma=float(rng.uniform(3, 55)))
    if kind < 0.8:
        return Damage(quality=int(rng.integers(8, 93)), subsampled=subsampled)
    if kind < 0.94:
        return Damage(float(rng.uniform(2, 25)), int(rng.integers(30, 96)), subsampled)
    return Damage()


def damaged(picture: np.ndarray, damage: Damage, rng: np.random.Generator) -> np.ndarray:
    """H×W×3 uint8 with it."""
    picture = noised(picture, damage.sigma, rng)
    return picture if damage.quality is None else compressed(picture, damage.quality, subsampled=damage.subsampled)
