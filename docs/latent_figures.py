"""What docs/figures.md says of sampling, of editing in latents, of large networks and of the server."""

from __future__ import annotations

from typing import Any

Row = tuple[str, str, Any]


def sampling_rows(stored: dict[str, Any]) -> list[Row]:
    """Samplers and schedules beside diffusers' own."""
    orders = ", ".join(f"{name} {value}" for name, value in stored["order"].items())
    return [
        ("samplers and schedules against diffusers', float64, largest difference", "1e-5 or less",
         max(*stored["equal"].values(), *stored["schedules"].values())),
        ("order of convergence, measured", "1, 2, 2", orders),
    ]  # fmt: skip


def latent_editing_rows(stored: dict[str, Any]) -> list[Row]:
    """Pictures inverted, words swapped."""
    psnr, swap = stored["inversion"]["psnr"], stored["swap"]
    ours, sdedit = swap["ways"]["prompt-to-prompt"], swap["equal_change"]
    bound = swap["ways"]["prompt-to-prompt, bound"]
    what = (
        f"{stored['inversion']['pictures']} pictures inverted and sampled again, {stored['inversion']['steps']} steps"
    )
    return [
        (f"{what}: PSNR to the reconstruction, dB, mean (least)", "35 or more", _both(psnr["to the reconstruction"])),
        ("the same, to the picture: the autoencoder alone", "none", _both(psnr["autoencoder alone, to the picture"])),
        ("the same, to the picture, with what the autoencoder lost put back", "35 or more",
         _both(psnr["to the picture, with what the autoencoder lost put back"])),
        (f"a word swapped in {swap['pairs']} pictures: new thing read, layout kept", "0.8, 0.8",
         f"{bound['changed']}, {bound['kept']}"),
        ("the same, unbound, beside SDEdit at equal change: both right", "more than SDEdit",
         f"{ours['both']}; {sdedit['both']}"),
        ("the same: levels by which the rest moves, before it is bound", "less than SDEdit",
         f"{ours['outside']}; {sdedit['outside']}"),
    ]  # fmt: skip


def large_rows(stored: dict[str, Any]) -> list[Row]:
    """A large network beside diffusers' default path."""
    ours, theirs, apart = stored["diptych"], stored["diffusers"], stored["difference"]
    what = f"a network shaped like {stored['network']}, {stored['side']} px, {stored['steps']} steps"
    return [
        (f"{what}: times faster than diffusers' default path", "1.5 or more", stored["times_faster"]),
        ("the same: seconds, peak GB", "none",
         f"{ours['draw_s']}, {ours['peak_gb']}; {theirs['draw_s']}, {theirs['peak_gb']}"),
        ("the same: levels apart, mean; PSNR, dB", f"{stored['tolerance']['mean']} or less; "
         f"{stored['tolerance']['psnr']} or more", f"{apart['mean']}; {apart['psnr']}"),
    ]  # fmt: skip


def serving_rows(stored: dict[str, Any]) -> list[Row]:
    """The server under load."""
    load, cancelled = stored["load"], stored["cancelled"]
    statuses = ", ".join(f"{count} × {status}" for status, count in load["statuses"].items())
    return [
        ("a request to the server over the library's call, ms, median", "10 or less", stored["overhead"]["difference"]),
        ("seconds until `diptych serve` answers", "2 or less", stored["ready"]),
        (f"{load['clients']} clients, {load['edits']} edits of 2 megapixels: statuses", "200 and 429 only", statuses),
        ("the same: seconds an edit, tries included, median, 95 %", "none", f"{load['p50']}, {load['p95']}"),
        ("the same: memory from the second round to the last, growth", "0.01 or less", load["growth"]),
        ("clients that leave: seconds until their place is free, median, longest", "none",
         f"{cancelled['median_seconds']}, {cancelled['longest']}"),
    ]  # fmt: skip


def _both(found: dict[str, float]) -> str:
    return f"{found['mean']} ({found['least']})"
