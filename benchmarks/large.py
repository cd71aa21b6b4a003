"""A network of Stable Diffusion 1.5's shape, drawn through Diptych and through diffusers as it comes, in one run.

    python benchmarks/large.py                 about five minutes on two cores, 8 GB of memory, 4 GB of disk for a while
    python benchmarks/large.py --tiny          seconds; a toy network, to test the benchmark itself

The network has SD 1.5's configuration (UNet of 860 million parameters, CLIP ViT-L text encoder, KL-f8 autoencoder) and
random weights, made here from a seed and written into a temporary folder in float32. Each way loads that folder in a
process of its own, with as many threads, and draws the same words from the same seed: 512 × 512 pixels, so many steps
of DDIM, guidance 7.5. The ways take turns, ROUNDS times, and the median counts.

    diffusers   DiffusionPipeline.from_pretrained(folder), called as it comes: float32
    diptych     open_painter(folder): bfloat16 where the processor has instructions for it, channels last
    openvino    the same with backend=openvino, where that is installed; converting counts as loading

Reported for each: seconds to load, seconds for a drawing (the first, uncounted one has one step), peak memory. The
difference of the drawings is in levels of 8 bits and must stay within TOLERANCE. Stored in results/large.json.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from reporting import store
from timing import load

ROUNDS = 1
STEPS = 4
SEED = 0
WORDS = "a red fox in the snow"
TOLERANCE = {"mean": 2.0, "psnr": 35.0}
"""Largest mean absolute difference of the two drawings in levels, smallest peak signal-to-noise ratio in dB: float32
rounds to 24 bits, bfloat16 to 8, and a picture has 8."""

SHAPES: dict[str, dict[str, Any]] = {
    "sd-1.5": {
        "unet": {"block_out_channels": (320, 640, 1280, 1280), "layers_per_block": 2, "cross_attention_dim": 768,
                 "attention_head_dim": 8, "sample_size": 64, "norm_num_groups": 32},
        "vae": {"block_out_channels": (128, 256, 512, 512), "layers_per_block": 2, "norm_num_groups": 32},
        "text": {"hidden_size": 768, "intermediate_size": 3072, "num_hidden_layers": 12, "num_attention_heads": 12},
        "side": 512,
    },
    "tiny": {
        "unet": {"block_out_channels": (8, 8, 16, 16), "layers_per_block": 1, "cross_attention_dim": 16,
                 "attention_head_dim": 2, "sample_size": 8, "norm_num_groups": 4},
        "vae": {"block_out_channels": (8, 8, 8, 8), "layers_per_block": 1, "norm_num_groups": 4},
        "text": {"hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2},
        "side": 64,
    },
}  # fmt: skip


# ---- the network ----------------------------------------------------------------------------------------


def make(shape: str, folder: Path) -> int:
    """Write the network into `folder`, as diffusers does; the number of the UNet's parameters."""
    import torch
    from transformers import CLIPTextConfig, CLIPTextModel, CLIPTokenizer

    from diptych.painters.large.loading import diffusers

    library, sizes = diffusers(), SHAPES[shape]
    library.utils.logging.disable_progress_bar()
    torch.manual_seed(SEED)
    letters = "abcdefghijklmnopqrstuvwxyz"
    tokens = [*letters, *(f"{letter}</w>" for letter in letters), "<|startoftext|>", "<|endoftext|>"]
    tokenizer = CLIPTokenizer(vocab={token: n for n, token in enumerate(tokens)}, merges=[], model_max_length=77)
    text = CLIPTextConfig(
        vocab_size=49408, max_position_embeddings=77, bos_token_id=52, eos_token_id=53, pad_token_id=53, **sizes["text"]
    )
    unet = library.UNet2DConditionModel(in_channels=4, out_channels=4, **sizes["unet"])
    vae = library.AutoencoderKL(
        down_block_types=("DownEncoderBlock2D",) * 4, up_block_types=("UpDecoderBlock2D",) * 4, latent_channels=4,
        sample_size=sizes["side"], **sizes["vae"],
    )  # fmt: skip
    scheduler = library.DDIMScheduler(
        beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", clip_sample=False, set_alpha_to_one=False,
        steps_offset=1,
    )  # fmt: skip
    library.StableDiffusionPipeline(
        vae=vae, text_encoder=CLIPTextModel(text), tokenizer=tokenizer, unet=unet, scheduler=scheduler,
        safety_checker=None, feature_extractor=None, requires_safety_checker=False,
    ).save_pretrained(folder, safe_serialization=True)  # fmt: skip
    return sum(weight.numel() for weight in unet.parameters())


# ---- the two ways, each in a process of its own ---------------------------------------------------------


def draw_as_it_comes(folder: str, side: int, steps: int) -> tuple[float, float, np.ndarray]:
    """(seconds to import and load, seconds to draw, H×W×3 uint8), by diffusers' own defaults."""
    from time import perf_counter

    started = perf_counter()
    import torch
    from diffusers import DiffusionPipeline

    pipeline = DiffusionPipeline.from_pretrained(folder)
    pipeline.set_progress_bar_config(disable=True)
    loaded = perf_counter() - started

    def draw(steps: int) -> np.ndarray:
        generator = torch.Generator("cpu").manual_seed(SEED)
        made = pipeline(
            WORDS, num_inference_steps=steps, height=side, width=side, guidance_scale=7.5, generator=generator,
            output_type="np",
        ).images[0]  # fmt: skip
        return np.rint(made * 255).astype(np.uint8)

    draw(1)
    started = perf_counter()
    pixels = draw(steps)
    return loaded, perf_counter() - started, pixels


def draw_with_diptych(folder: str, side: int, steps: int, setting: str = "") -> tuple[float, float, np.ndarray]:
    """The same by a painter of Diptych."""
    from time import perf_counter

    started = perf_counter()
    from diptych.core.operation import Draw
    from diptych.core.picture import Picture
    from diptych.painters.large import open_painter

    painter = open_painter(f"{folder},steps={steps}{setting}")
    warm = open_painter(f"{folder},steps=1{setting}")
    warm._pipelines = painter._pipelines  # the same networks, with fewer steps
    step = Draw(words=WORDS, layout="")
    painter._pipelines.of(painter.source.ways[0])
    loaded = perf_counter() - started
    canvas = Picture.from_array(np.full((side, side, 3), 255, np.uint8))
    warm.paint(canvas, step, None, SEED)
    started = perf_counter()
    pixels = painter.paint(canvas, step, None, SEED).pixels
    return loaded, perf_counter() - started, pixels


def draw_with_openvino(folder: str, side: int, steps: int) -> tuple[float, float, np.ndarray]:
    """The same with its UNet and decoder run by OpenVINO; converting them counts as loading."""
    return draw_with_diptych(folder, side, steps, ",backend=openvino")


WAYS = {"diffusers": draw_as_it_comes, "diptych": draw_with_diptych}
if find_spec("openvino"):
    WAYS["openvino"] = draw_with_openvino


def run_alone(way: str, folder: Path, side: int, steps: int) -> dict[str, Any]:
    """One way in a new process: its times, its peak memory (Linux), its pixels."""
    with tempfile.TemporaryDirectory() as place:
        out = Path(place) / "drawn.npy"
        command = [sys.executable, __file__, "--one", way, str(folder), str(side), str(steps), str(out)]
        own = os.environ | {"XDG_CACHE_HOME": place}  # what is converted isn't kept
        run = subprocess.run(command, capture_output=True, text=True, check=False, env=own)
        if run.returncode:
            raise SystemExit(run.stderr)
        return {**json.loads(run.stdout.splitlines()[-1]), "pixels": np.load(out)}


def one(way: str, folder: str, side: str, steps: str, out: str) -> None:
    loaded, seconds, pixels = WAYS[way](folder, int(side), int(steps))
    np.save(out, pixels)
    peak = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
    said = {"load_s": round(loaded, 2), "draw_s": round(seconds, 2), "peak_gb": round(int(peak.split()[1]) / 1e6, 2)}
    sys.stdout.write(json.dumps(said) + "\n")


# ---- measuring ------------------------------------------------------------------------------------------


def measure(shape: str, steps: int, rounds: int) -> dict[str, Any]:
    side = SHAPES[shape]["side"]
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / shape
        parameters = make(shape, folder)
        runs: dict[str, list[dict[str, Any]]] = {way: [] for way in WAYS}
        for _ in range(rounds):
            for way in WAYS:
                runs[way].append(run_alone(way, folder, side, steps))
    figures = {
        way: {key: round(median(run[key] for run in done), 2) for key in ("load_s", "draw_s", "peak_gb")}
        for way, done in runs.items()
    }
    theirs = runs["diffusers"][-1]["pixels"]
    beside = {way: judged(figures, way, theirs, runs[way][-1]["pixels"]) for way in WAYS if way != "diffusers"}
    return {
        "network": shape, "unet_parameters": parameters, "side": side, "steps": steps, "rounds": rounds, "words": WORDS,
        "threads": int(os.environ.get("OMP_NUM_THREADS") or os.cpu_count() or 1), "load": load(), "dtype": dtype(),
        **figures, "tolerance": TOLERANCE, **beside["diptych"],
        **{way: figures[way] | beside[way] for way in beside if way != "diptych"},
        "repeatable": {way: all(np.array_equal(run["pixels"], done[0]["pixels"]) for run in done)
                       for way, done in runs.items()},
    }  # fmt: skip


def judged(figures: dict[str, Any], way: str, theirs: np.ndarray, drawn: np.ndarray) -> dict[str, Any]:
    """One way beside diffusers': how many times as fast, and how far its drawing lies from theirs."""
    difference = compare(theirs, drawn)
    return {
        "times_faster": round(figures["diffusers"]["draw_s"] / max(figures[way]["draw_s"], 1e-9), 2),
        "difference": difference,
        "within_tolerance": difference["mean"] <= TOLERANCE["mean"] and difference["psnr"] >= TOLERANCE["psnr"],
    }


def compare(one: np.ndarray, other: np.ndarray) -> dict[str, float]:
    """Mean and largest absolute difference in levels; peak signal-to-noise ratio in dB, 99 where they are equal."""
    apart = one.astype(np.float64) - other
    error = float((apart**2).mean())
    psnr = 99.0 if error == 0 else min(99.0, float(10 * np.log10(255**2 / error)))
    return {
        "mean": round(float(np.abs(apart).mean()), 3),
        "largest": float(np.abs(apart).max()),
        "psnr": round(psnr, 2),
    }


def dtype() -> str:
    from diptych.painters.large import loading
    from diptych.painters.large.settings import Settings

    return str(loading.dtype(Settings())).removeprefix("torch.")


def main() -> None:
    if sys.argv[1:2] == ["--one"]:
        one(*sys.argv[2:])
        return
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, help="not needed; taken so that all benchmarks are called alike")
    parser.add_argument("--tiny", action="store_true", help="a toy network; prints the figures and stores nothing")
    parser.add_argument("--steps", type=int, default=STEPS)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    given = parser.parse_args()
    figures = measure("tiny" if given.tiny else "sd-1.5", given.steps, given.rounds)
    if given.tiny:
        sys.stdout.write(json.dumps(figures, indent=2) + "\n")
    else:
        store("large", f"python benchmarks/large.py --steps {given.steps} --rounds {given.rounds}", figures)


if __name__ == "__main__":
    main()
