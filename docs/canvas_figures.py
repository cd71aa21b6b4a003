"""What docs/figures.md and docs/canvas.md say of canvases: rows of what was asked, and tables in both languages.

In docs/canvas.md and docs/canvas.zh.md the text is written by hand; a table stands between `<!-- table NAME -->` and
`<!-- end -->`, and is put there from benchmarks/results/canvas.json.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

Row = tuple[str, str, Any]
STEPS = ("4", "8", "16")
SCALES = ("1", "1.5", "2.5")
CANVASES = ("latents", "pixels")
CLASSICS = {"dcgan": ("DCGAN", "DCGAN"), "plain_vae": ("plain VAE", "普通 VAE")}
"""Names in English and Chinese."""

TWINS: tuple[tuple[str, str], ...] = (
    ("minutes of learning, one core", "训练分钟数（单核）"),
    ("samples seen; a second", "训练样本数；每秒"),
    ("parameters: denoiser; decoder, M", "参数（百万）：去噪网络；解码器"),
    ("best of the drawings below: steps, scale", "下表中最好的一组：步数、强度"),
    ("scenes exact, of it", "其中整幅画全对的比例"),
    ("things right; colours too", "物体全对；颜色也全对"),
    ("sizes too; places too", "大小也全对；位置也全对"),
    ("background right", "背景正确"),
    ("PSNR against the true picture, dB", "与真图的 PSNR（dB）"),
    ("the canvas alone, true pictures there and back: PSNR, dB; exact", "画布本身（真图编码再解码）：PSNR（dB）；全对"),
    ("ms a picture at 4, 8, 16 steps", "每幅毫秒数：4、8、16 步"),
    ("ms at 8 steps, guided", "8 步加引导的毫秒数"),
    ("memory to draw one, to train with batches of 32, MB", "内存（MB）：画一幅；以 32 幅一批训练"),
)  # fmt: skip
"""The lines of the first table in English and Chinese."""

FIGURES: tuple[tuple[str, str, str], ...] = (
    ("feature_distance", "own-feature distance", "自有特征距离"),
    ("nearest", "RMS to the nearest true picture, levels", "到最近真图的均方根误差（灰阶）"),
    ("reconstruction", "PSNR of what comes back, dB", "重建 PSNR（dB）"),
    ("reconstruction_unseen", "the same, combinations never seen", "重建 PSNR，未见过的组合（dB）"),
    ("pairwise", "mean pairwise distance, levels", "平均两两距离（灰阶）"),
    ("label_entropy", "label entropy, bits", "标签熵（比特）"),
    ("labels", "nouns among the labels", "标签中的名词数"),
    ("learned", "share of labels that are learned nouns", "标签属于所学名词的比例"),
)


def canvas_rows(stored: dict[str, Any]) -> list[Row]:
    """For docs/figures.md."""
    twins, classics = stored["twins"], stored["classics"]
    best = {name: twins[name]["drawn"][twins[name]["best"]] for name in CANVASES}
    said = " and ".join(f"{twins[name]['trained']['minutes']:g}" for name in CANVASES)
    rows: list[Row] = [
        (f"one transformer on latents, on pixels, {said} minutes: scenes exact", "none",
         ", ".join(f"{best[name]['exact']}" for name in CANVASES)),
        ("the same: ms a picture at 8 steps", "none",
         ", ".join(f"{twins[name]['milliseconds']['8 steps']}" for name in CANVASES)),
    ]  # fmt: skip
    for name, (title, _) in CLASSICS.items():
        found = classics[name]["over_seeds"]
        what = f"{title}, {len(classics[name]['seeds'])} seeds: own-feature distance, label entropy in bits"
        rows.append((what, "none", f"{span(found['feature_distance'])}, {span(found['label_entropy'])}"))
    return rows


def span(found: dict[str, float]) -> str:
    """Mean, and least and largest over seeds."""
    return f"{found['mean']:.3g} ({found['least']:.3g}–{found['largest']:.3g})"


# ---- the tables of docs/canvas.md ------------------------------------------------------------------------------------


def filled(page: str, language: str, stored: dict[str, Any]) -> str:
    """`page` with its tables put in anew. Raises KeyError for a table that there isn't."""
    tables = {"twins": twins_table, "guidance": guidance_table, "classics": classics_table}
    return re.sub(
        r"(<!-- table (\w+) -->\n).*?(<!-- end -->)",
        lambda found: f"{found[1]}\n{tables[found[2]](stored, language == 'zh')}\n{found[3]}",
        page,
        flags=re.S,
    )


def twins_table(stored: dict[str, Any], chinese: bool) -> str:
    """Quality, speed and memory of both canvases."""
    columns = [twin_column(stored["twins"][name]) for name in CANVASES]
    head = ["", "潜变量", "像素"] if chinese else ["", *CANVASES]
    lines = [[titles[chinese], *cells] for titles, *cells in zip(TWINS, *columns, strict=True)]
    return table(head, lines)


def twin_column(found: dict[str, Any]) -> list[str]:
    """The cells of TWINS."""
    learned, best, ceiling = found["trained"], found["drawn"][found["best"]], found["ceiling"]
    million = {name: f"{count / 1e6:.2f}" for name, count in found["parameters"].items()}
    taken, memory = found["milliseconds"], found["memory_mb"]
    steps, scale = best_of(found)
    return [
        f"{learned['minutes']:g}",
        f"{learned['samples']:,}; {learned['samples_a_second']:g}",
        f"{million['denoiser']}; {million.get('decoder', '0')}", f"{steps}, {scale}", f"{best['exact']:.3f}",
        f"{best['objects']:.3f}; {best['colors']:.3f}", f"{best['sizes']:.3f}; {best['places']:.3f}",
        f"{best['background']:.3f}", f"{best['psnr']:.2f}",
        f"{'∞' if ceiling['psnr'] is None else format(ceiling['psnr'], '.2f')}; {ceiling['exact']:.3f}",
        ", ".join(f"{taken[f'{steps} steps']:g}" for steps in STEPS), f"{taken['8 steps, guided']:g}",
        f"{memory['draw']}; {memory['train']}",
    ]  # fmt: skip


def best_of(found: dict[str, Any]) -> tuple[str, str]:
    """Steps and scale of the best drawings."""
    steps, scale = found["best"].replace(" steps, scale", "").split()
    return steps, scale


def guidance_table(stored: dict[str, Any], chinese: bool) -> str:
    """Scenes exact, and things right, over steps and scales of guidance."""
    names = ("潜变量", "像素") if chinese else CANVASES
    head = ["步数" if chinese else "steps"]
    head += [f"{name}{'，强度' if chinese else ', scale'} {scale}" for name in names for scale in SCALES]
    lines = []
    for steps in STEPS:
        found = [
            stored["twins"][name]["drawn"][f"{steps} steps, scale {scale}"] for name in CANVASES for scale in SCALES
        ]
        lines.append([steps, *(f"{one['exact']:.2f} / {one['objects']:.2f}" for one in found)])
    return table(head, lines)


def classics_table(stored: dict[str, Any], chinese: bool) -> str:
    """The DCGAN and the plain VAE beside true pictures."""
    classics = stored["classics"]
    titles = [names[chinese] for names in CLASSICS.values()]
    spread, lines = [classics[name]["over_seeds"] for name in CLASSICS], []
    for key, *words in FIGURES:
        true = format(classics["true"][key], "g") if key in classics["true"] else ""
        lines.append([words[chinese], true, *(span(found[key]) if key in found else "" for found in spread)])
    learned = [classics[name]["trained"] for name in CLASSICS]
    for key, *words in (
        ("minutes", "minutes of learning, each seed, one core", "每个种子的训练分钟数（单核）"),
        ("samples_a_second", "samples a second", "每秒样本数"),
    ):
        lines.append([words[chinese], "", *(", ".join(f"{run[key]:g}" for run in runs) for runs in learned)])
    million = [f"{classics[name]['parameters'] / 1e6:.2f}" for name in CLASSICS]
    lines.append(["参数（百万）" if chinese else "parameters, M", "", *million])
    taken = [f"{classics[name]['milliseconds']:g}" for name in CLASSICS]
    lines.append(["每幅毫秒数" if chinese else "ms a picture", "", *taken])
    return table(["", "真图" if chinese else "true", *titles], lines)


def table(head: Sequence[str], lines: Sequence[Sequence[str]]) -> str:
    rows = [head, ["---"] * len(head), *lines]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)
