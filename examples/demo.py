"""Edit real photos by an English and a Chinese sentence, as one would on the command line.

    make demo                       (or: python examples/demo.py FOLDER, with the extra "demo" installed)

Writes the photos and the results to FOLDER, shows each command with what it prints, and verifies one result.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from skimage import data

from diptych import Picture

PHOTOS = {"coffee": data.coffee, "cat": data.chelsea}

COMMANDS = (
    ("edit", "coffee.jpg", "crop it square, make it a bit brighter and put 'ACME' in the bottom right corner",
     "-o", "coffee_en.jpg"),
    ("edit", "coffee.jpg", "裁成正方形，稍微调亮一点，右下角加上“ACME”", "-o", "coffee_zh.jpg"),
    ("edit", "coffee.jpg", "把背景虚化，颜色暖一点", "-o", "blurred_zh.jpg", "--show-regions"),
    ("edit", "cat.jpg", "turn it into an oil painting, then add a thin white border", "-o", "cat_en.png"),
    ("verify", "coffee_zh.jpg", "--source", "coffee.jpg"),
    ("history", "blurred_zh.jpg"),
)  # fmt: skip


def main(folder: Path) -> int:
    """Returns the worst exit code of the commands."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, photo in PHOTOS.items():
        Picture.from_array(photo()).save(folder / f"{name}.jpg")
    worst = 0
    for command in COMMANDS:
        said = " ".join(f'"{word}"' if " " in word or not word.isascii() else word for word in command)
        print(f"\n$ diptych {said}", flush=True)  # noqa: T201
        worst = max(worst, subprocess.run([sys.executable, "-m", "diptych", *command], cwd=folder).returncode)
    print(f"\nThe photos and the results are in {folder.resolve()}")  # noqa: T201
    return worst


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1] if len(sys.argv) > 1 else "demo")))
