"""Person masks by MediaPipe's selfie segmentation (general model, 256×256), to be compared with.

    python mediapipe_mask.py IN_DIR OUT_DIR

Needs mediapipe 0.10.21, which carries its network in the package; later versions fetch it. It pins an older NumPy, so
give it a virtual environment of its own. Writes OUT_DIR/NAME.png, 8-bit soft masks of the same size, for each
IN_DIR/NAME.jpg.
"""

from __future__ import annotations

import sys
from pathlib import Path

import mediapipe
import numpy as np
from PIL import Image


def main() -> None:
    inputs, outputs = Path(sys.argv[1]), Path(sys.argv[2])
    outputs.mkdir(parents=True, exist_ok=True)
    network = mediapipe.solutions.selfie_segmentation.SelfieSegmentation(model_selection=0)
    for path in sorted(inputs.glob("*.jpg")):
        picture = np.ascontiguousarray(np.asarray(Image.open(path).convert("RGB")))
        mask = np.asarray(network.process(picture).segmentation_mask, np.float32).reshape(picture.shape[:2])
        Image.fromarray((mask.clip(0, 1) * 255 + 0.5).astype(np.uint8)).save(outputs / f"{path.stem}.png")


if __name__ == "__main__":
    main()
