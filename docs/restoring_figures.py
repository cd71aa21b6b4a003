"""What docs/figures.md says of restoring and enlarging: rows of what was asked, and tables beside others' methods."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

Row = tuple[str, str, Any]
ASKED_PSNR = {("x2", "Set5"): "37.3", ("x2", "Set14"): "32.9", ("x4", "Set5"): "31.2", ("x4", "Set14"): "28.0"}
SETS, FACTORS, SIGMAS, QUALITIES = ("Set5", "Set14"), ("x2", "x3", "x4"), ("15", "25", "50"), ("10", "20", "40")


def superres_rows(stored: dict[str, Any]) -> list[Row]:
    """Photographs enlarged."""
    rows: list[Row] = []
    for factor in FACTORS:
        for name in SETS:
            found, asked = stored["quality"][factor][name]["Diptych"], ASKED_PSNR.get((factor, name))
            what = f"photos enlarged {factor}, {name}: PSNR on Y, dB (SSIM)"
            rows.append((what, f"{asked} or more" if asked else "none", f"{found['psnr']:.2f} ({found['ssim']:.4f})"))
    checked, speed, memory = stored["check"], stored["256x256 to 1024x1024"], stored["40 megapixels x2"]
    apart = max(abs(each["here"] - each["published"]) for each in checked["bicubic"].values())
    tiles = stored["tiles"]["largest difference in levels"].values()
    grey = ", ".join(f"{stored['grey as RGB'][factor]['psnr']:.2f}" for factor in FACTORS)
    rows += [
        ("Set14 at x2, x3, x4 where its grey file is measured as RGB, dB", "none", grey),
        ("bicubic here against the published figures, largest difference, dB", "near 0", round(apart, 2)),
        ("parameters at x2, x3, x4", "0.1 to 0.2 M", ", ".join(map(str, stored["parameters"]["Diptych"].values()))),
        ("256×256 to 1024×1024, ms", "60 or less", speed["alone"]),
        ("in tiles against as a whole, largest difference in levels", "0", max(tiles)),
    ]
    for way in ("network alone", "Studio.edit"):
        reached = f"{memory[way]['peak_gb']} ({memory[way]['seconds']} s)"
        rows.append((f"40 megapixels to 160, peak memory, GB, {way}", "2 or less", reached))
    return rows


def superres_table(stored: dict[str, Any]) -> str:
    """Ours, interpolation and published networks."""
    head = ["", *(f"{name} {factor}" for factor in FACTORS for name in SETS), "parameters, x4", "ms"]
    speed, lines = stored["256x256 to 1024x1024"], []
    milliseconds = speed["milliseconds"]
    for way in next(iter(stored["quality"]["x4"].values())):
        cells = [scored(stored["quality"][factor][name][way]) for factor in FACTORS for name in SETS]
        count = stored["parameters"]["Diptych"]["x4"] if way.startswith("Diptych") else 0
        lines.append([way, *cells, count, milliseconds.get(way, "")])
    for way, scores in stored["published"]["scores"].items():
        pairs = [scores[factor][name] for factor in FACTORS for name in SETS]
        cells = [f"{psnr:.2f} / {ssim:.4f}" if ssim else f"{psnr:.2f}" for psnr, ssim in pairs]
        count = stored["parameters"].get(way, {"x4": 0})["x4"]
        lines.append([f"{way}, published", *cells, count, milliseconds.get(way, "")])
    sources = "; ".join(f"{way}: {source}" for way, source in stored["published"]["sources"].items())
    said = (
        "PSNR in dB and SSIM on Y, the border cut off. What is published comes from networks that learned from 800 to "
        "3,450 large photographs (ESPCN from ImageNet, FSRCNN from 191 small ones); the milliseconds are measured here "
        f"on their shapes, 256×256 to 1024×1024, {speed['threads']} threads, ESPCN's and FSRCNN's for Y alone. The "
        f"pairs of x3 are reduced here. Sources: {sources}."
    )
    return f"## Enlarged photographs\n\n{said}\n\n{table(head, lines)}"


def denoising_rows(stored: dict[str, Any]) -> list[Row]:
    """Noise and JPEG taken off."""
    rows: list[Row] = []
    others = ("non-local means, OpenCV", "non-local means, scikit-image")
    for sigma in SIGMAS:
        found, above, uncut = stored["noise"][sigma], stored["above BM3D"][sigma], stored["noise not cut off"]
        best = max(others, key=lambda name: found[name]["psnr"])
        rows += [
            (
                f"noise of {sigma} levels, {stored['photos']} photos, blind: PSNR, dB",
                f"above non-local means: {found[best]['psnr']:.2f}",
                f"{found['Diptych, blind']['psnr']:.2f}",
            ),
            (
                f"the same, on {above['photos']} of them: dB above BM3D",
                "above 0",
                above["Diptych, blind"],
            ),
            (
                f"the same, noise not cut off, told, on {uncut['photos']}: dB above BM3D; DnCNN's on CBSD68, published",
                "at most 0.5 less than DnCNN",
                f"{uncut[sigma]['above BM3D']}; {above['DnCNN, published']}",
            ),
        ]
    for quality in QUALITIES:
        found = stored["jpeg"][quality]
        gained = found["Diptych, blind"]["psnr"] - found["as it is"]["psnr"]
        rows.append((f"JPEG of quality {quality}, blind: dB gained", "none", f"{gained:.2f}"))
    clean, gauge = stored["clean"], stored["gauge"]
    errors = [", ".join(map(str, gauge[f"{what}, error at"].values())) for what in ("sigma", "quality")]
    rows += [
        ("photos without noise, largest change in levels (mean)", "1 or less",
         f"{clean['largest change']} ({clean['mean change']})"),
        ("sigma gauged, mean error in levels at 15, 25, 50", "none", errors[0]),
        ("quality gauged, mean error at 10, 20, 40", "none", errors[1]),
        ("seconds a megapixel, blind", "none", stored["seconds a megapixel"]["Diptych, blind"]),
    ]  # fmt: skip
    return rows


def denoising_table(stored: dict[str, Any]) -> str:
    """Ours beside others, noise and JPEG, and the time."""
    head = ["", *(f"sigma {sigma}" for sigma in SIGMAS), *(f"JPEG {quality}" for quality in QUALITIES), "s / megapixel"]
    lines = []
    for way in dict.fromkeys((*stored["noise"]["15"], *stored["jpeg"]["10"])):
        noise = [scored(stored["noise"][sigma].get(way)) for sigma in SIGMAS]
        jpeg = [scored(stored["jpeg"][quality].get(way)) for quality in QUALITIES]
        count = stored["noise"]["15"].get(way, {"photos": stored["photos"]})["photos"]
        said = way if count == stored["photos"] else f"{way}, {count} photos"
        lines.append([said, *noise, *jpeg, stored["seconds a megapixel"].get(way, "")])
    published = stored["published"]
    for way, scores in published["psnr"].items():
        cells = [f"{scores[sigma]:.2f}" for sigma in SIGMAS]
        lines.append([f"{way}, published, of {published['set']}", *cells, *[""] * (len(QUALITIES) + 1)])
    said = (
        f"PSNR in dB over R, G and B, and SSIM, of {stored['photos']} photographs held out; noise as bytes have it. "
        "BM3D, wavelets and Diptych told know the true strength; non-local means are set on photographs that were "
        f"learned from; wavelets against JPEG estimate. {published['set']} are other photographs of the same "
        f"collection: compare distances from BM3D. Source: {published['source']}."
    )
    return f"## Noise and JPEG\n\n{said}\n\n{table(head, lines)}"


def removal_rows(stored: dict[str, Any]) -> list[Row]:
    """Holes filled."""
    own, others = stored["fills"]["Diptych"], ("Telea", "Navier-Stokes", "biharmonic")
    rows: list[Row] = []
    for key, words, best, side in (
        ("psnr", "PSNR inside, dB", max, "above"), ("ssim", "SSIM inside", max, "above"),
        ("frechet", "Fréchet distance of texture and colour", min, "below"),
    ):  # fmt: skip
        peer = best(others, key=lambda name: stored["fills"][name][key])
        what = f"{stored['holes']} holes in {stored['photos']} photos filled: {words}"
        rows.append((what, f"{side} {peer}: {stored['fills'][peer][key]}", own[key]))
    rows.append(("12 megapixels, 5 % filled, seconds", "1.0 or less", stored["12 megapixels, 5 % hole"]["Diptych"]))
    return rows


def removal_table(stored: dict[str, Any]) -> str:
    """All fills."""
    keys = ("psnr", "ssim", "frechet")
    lines = [[way, *(found[key] for key in keys)] for way, found in stored["fills"].items()]
    said = "Inside the holes: PSNR in dB, SSIM, and the Fréchet distance of texture and colour (less is better)."
    return f"## Removal\n\n{said}\n\n{table(['', 'PSNR', 'SSIM', 'Fréchet distance'], lines)}"


def cascade_rows(stored: dict[str, Any]) -> list[Row]:
    """Drawings made large."""
    large, larger = stored["at_512"], stored["at_1024"]
    read, true = large["read_right"]["cascade"], large["read_right"]["true large"]
    off = large["area_mean_off"]["cascade"]
    return [
        (f"{large['scenes']} drawings, 128 to 512: dB above bicubic", "4 or more", large["gain_over_bicubic"]),
        ("the same: PSNR, dB; bicubic, Lanczos", "none",
         f"{large['psnr']['cascade']}; {large['psnr']['bicubic']}, {large['psnr']['lanczos']}"),
        ("the same, 128 to 1024: dB above bicubic", "none", larger["gain_over_bicubic"]),
        ("read right of it: things, colours; of true ones", "within 0.01",
         f"{read['objects']}, {read['colors']}; {true['objects']}, {true['colors']}"),
        ("area mean against the small picture, levels, mean (largest)", "2 or less",
         f"{off['mean']} ({off['largest']})"),
        ("128 to 1024, seconds", "0.8 or less", stored["seconds"]["128 to 1024"]),
    ]  # fmt: skip


def scored(found: dict[str, float] | None) -> str:
    return "" if found is None else f"{found['psnr']:.2f} / {found['ssim']:.4f}"


def table(head: Sequence[str], lines: Sequence[Sequence[Any]]) -> str:
    rows = [head, ["---"] * len(head), *lines]
    return "\n".join(f"| {' | '.join(str(cell) if cell else '' for cell in row)} |" for row in rows) + "\n"
