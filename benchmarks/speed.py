"""How long a 12-megapixel JPEG takes from file to file, against doing nothing and against doing it by hand.

    python benchmarks/speed.py [--rounds N] [--torch-python PYTHON]

One wish (brightness, contrast, saturation, warmth, crop, text watermark) is carried out from a JPEG file to a JPEG
file, in turn with: decoding and encoding the file with Pillow; the same steps chained in Pillow; the same chained in
ImageMagick, where it is installed. All in one process run, in turn, so that a noisy machine is noisy for all of them;
ratios of medians are reported. Peak memory is that of a whole `diptych edit` process. Start-up is compared with
`import torch` by the interpreter that --torch-python names.

The photo is a 4000×3000 mosaic of real photographs at their own resolution (scikit-image's), saved at quality 92.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageEnhance, ImageFont

from diptych import Studio
from reporting import store

WISH = (
    "a bit brighter, a bit more contrast, increase the saturation by 20%, a little warmer, "
    "crop 5% off the bottom, watermark 'ACME' in the bottom right corner"
)
OPERATIONS = ["brightness", "contrast", "saturation", "warmth", "crop", "watermark"]
QUALITY = 92
SIZE = (4000, 3000)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, help="not needed; taken so that all benchmarks are called alike")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--torch-python", default=sys.executable, help="an interpreter that can import torch")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "photo.jpg"
        mosaic().save(source, quality=QUALITY)
        figures: dict[str, Any] = {
            "picture": "4000×3000 JPEG, quality 92",
            "bytes": source.stat().st_size,
            "wish": WISH,
        }
        figures["milliseconds"], figures["ratios"] = in_turn(contestants(source, Path(folder)), options.rounds)
        figures["peak_memory"] = peak_memory(source, Path(folder))
        figures["startup"] = startup(options.torch_python, options.rounds)
    store("speed", "python benchmarks/speed.py --torch-python PYTHON", figures)
    return 0


def mosaic() -> Image.Image:
    """Real photographs at their own resolution, side by side until 12 megapixels are full."""
    from skimage import data

    photos = [getattr(data, name)() for name in ("astronaut", "coffee", "chelsea", "rocket")]
    canvas = Image.new("RGB", SIZE)
    x = y = number = 0
    while y < SIZE[1]:
        row = 0
        while x < SIZE[0]:
            photo = photos[number % len(photos)]
            canvas.paste(Image.fromarray(np.ascontiguousarray(photo)), (x, y))
            x, row, number = x + photo.shape[1], max(row, 300), number + 1
        x, y = 0, y + row
    return canvas


def contestants(source: Path, folder: Path) -> dict[str, Callable[[], None]]:
    studio = Studio()
    found = [step.op for step in studio.plan(WISH).steps]
    assert found == OPERATIONS, f"the wish is not understood as meant: {found}"

    def diptych() -> None:
        studio.edit(source, WISH).save(folder / "diptych.jpg", quality=QUALITY)

    def codec_only() -> None:
        with Image.open(source) as image:
            image.load()
            image.save(folder / "codec.jpg", quality=QUALITY)

    def pillow() -> None:
        with Image.open(source) as opened:
            image: Image.Image = opened.convert("RGB")
        image = ImageEnhance.Brightness(image).enhance(1.15)
        image = ImageEnhance.Contrast(image).enhance(1.15)
        image = ImageEnhance.Color(image).enhance(1.2)
        image = image.convert("RGB", (1.05, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0.95, 0))
        image = image.crop((0, 0, image.width, image.height * 95 // 100))
        layer = Image.new("RGBA", image.size)
        font = ImageFont.load_default(image.height // 25)
        ImageDraw.Draw(layer).text((image.width - 60, image.height - 60), "ACME", (255, 255, 255, 128), font, "rs")
        Image.alpha_composite(image.convert("RGBA"), layer).convert("RGB").save(folder / "pillow.jpg", quality=QUALITY)

    ways = {"diptych": diptych, "codec only (Pillow)": codec_only, "chained in Pillow": pillow}
    magick = imagemagick()
    if magick is not None:
        command = [
            magick, str(source), "-brightness-contrast", "10x10", "-modulate", "100,120", "-color-matrix",
            "1.05 0 0 0 1 0 0 0 0.95", "-gravity", "North", "-crop", "100%x95%+0+0", "+repage", "-gravity",
            "SouthEast", "-pointsize", "120", "-fill", "rgba(255,255,255,0.5)", "-annotate", "+60+60", "ACME",
            "-quality", str(QUALITY), str(folder / "magick.jpg"),
        ]  # fmt: skip
        ways["chained in ImageMagick"] = lambda: subprocess.run(command, check=True) and None
    return ways


def imagemagick() -> str | None:
    """Its command, if that really is ImageMagick."""
    for name in ("magick", "/usr/bin/convert", "convert"):
        path = shutil.which(name)
        if (
            path
            and "ImageMagick" in subprocess.run([path, "-version"], capture_output=True, text=True, check=False).stdout
        ):
            return path
    return None


def in_turn(ways: dict[str, Callable[[], None]], rounds: int) -> tuple[dict[str, float], dict[str, float]]:
    """(median milliseconds of each, ratio of diptych's median to each other's)."""
    for way in ways.values():
        way()  # once uncounted: imports, font look-up, file cache
    times: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, way in ways.items():
            started = perf_counter()
            way()
            times[name].append((perf_counter() - started) * 1000)
    medians = {name: round(median(values), 1) for name, values in times.items()}
    ratios = {
        f"to {name}": round(medians["diptych"] / value, 3) for name, value in medians.items() if name != "diptych"
    }
    return medians, ratios


def peak_memory(source: Path, folder: Path) -> dict[str, float]:
    """Largest resident size of a whole `diptych edit` process, in bytes and in decoded pictures.

    Linux only. Taken from /proc, since `ru_maxrss` of a child begins with what its parent had when it was forked.
    """
    report = (
        "import re, runpy, sys; sys.argv = sys.argv[1:]\n"
        "try: runpy.run_module('diptych', run_name='__main__')\n"
        "except SystemExit as end: assert not end.code, end.code\n"
        "finally: print(re.search(r'VmHWM:\\s+(\\d+)', open('/proc/self/status').read())[1], file=sys.stderr)"
    )
    command = ["diptych", "edit", str(source), WISH, "-o", str(folder / "memory.jpg"), "--quiet"]
    run = subprocess.run([sys.executable, "-c", report, *command], capture_output=True, text=True, check=True)
    peak = int(run.stderr.split()[-1]) * 1024
    return {"bytes": peak, "decoded_pictures": round(peak / (SIZE[0] * SIZE[1] * 3), 2)}


def startup(torch_python: str, rounds: int) -> dict[str, Any]:
    """Seconds of `diptych --help` and of `import torch`, whole processes in turn."""
    commands = {
        "diptych --help": [sys.executable, "-m", "diptych", "--help"],
        "import torch": [torch_python, "-c", "import torch"],
    }
    if subprocess.run(commands["import torch"], capture_output=True, check=False).returncode:
        del commands["import torch"]
    times: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(max(rounds // 3, 5)):
        for name, command in commands.items():
            started = perf_counter()
            subprocess.run(command, capture_output=True, check=True)
            times[name].append(perf_counter() - started)
    seconds: dict[str, Any] = {name: round(median(values), 3) for name, values in times.items()}
    if "import torch" in seconds:
        seconds["ratio"] = round(seconds["diptych --help"] / seconds["import torch"], 3)
    else:
        seconds["ratio"] = f"not measured: {torch_python} cannot import torch"
    return seconds


if __name__ == "__main__":
    sys.exit(main())
