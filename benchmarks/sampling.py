"""Our samplers and schedules beside diffusers' schedulers, on a Gaussian, and their order of convergence.

    python benchmarks/sampling.py [--steps N]

`equal`: largest difference of what comes out, in float64, for the same noise and a fixed analytic network (of data
that are one of two normal values, and so about of unit size). diffusers' tables and steps are widened to float64: of
themselves they round to float32, which at the far end of a cosine schedule costs up to 0.05. `gaussian`: data are
normal, the flow has a closed form. `order`: slope of log error over log steps. Prints the figures and stores them in
benchmarks/results/sampling.json.
"""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from diptych.sampling import flow, samplers, schedules
from diptych.sampling.predictions import Denoiser, denoiser
from diptych.sampling.schedules import Levels, Point, Schedule
from reporting import store

SHAPE = (2, 4, 8, 8)
BETAS: dict[str, Callable[[], np.ndarray]] = {
    "linear": schedules.linear_betas,
    "scaled_linear": schedules.scaled_linear_betas,
    "cosine": schedules.cosine_betas,
}
SPACINGS = ("leading", "linspace", "trailing")
AWAY, WIDTH = 1.0, 0.3
"""The analytic data: +AWAY or -AWAY, each with this standard deviation."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, help="not needed; taken so that all benchmarks are called alike")
    parser.add_argument("--steps", type=int, default=20)
    options = parser.parse_args()
    figures = {
        "steps": options.steps,
        "schedules": {name: round_up(value) for name, value in compare_schedules(options.steps).items()},
        "equal": {name: round_up(value) for name, value in compare(options.steps).items()},
        "gaussian": {name: round_up(value) for name, value in on_a_gaussian().items()},
        "order": {name: round(value, 2) for name, value in orders().items()},
    }
    store("sampling", f"python benchmarks/sampling.py --steps {options.steps}", figures)
    return 0


def round_up(value: float) -> float:
    return float(f"{value:.2g}")


# ---- analytic networks ----


def two_values(z: Tensor, at: Point) -> Tensor:
    """x̂ where data are +AWAY or -AWAY, each ± WIDTH."""
    spread = at.alpha**2 * WIDTH**2 + at.sigma**2
    centre = AWAY * torch.tanh(at.alpha * AWAY * z / spread)
    return centre + at.alpha * WIDTH**2 / spread * (z - at.alpha * centre)


def predicting(kind: str, levels: Levels, clean: Callable[[Tensor, Point], Tensor] = two_values) -> Denoiser:
    """A network that knows x̂ and predicts what its kind does."""

    def network(z: Tensor, t: float) -> Tensor:
        at = levels(t)
        x = clean(z, at)
        if kind == "sample":
            return x
        noise = (z - at.alpha * x) / at.sigma
        return {"epsilon": noise, "v_prediction": at.alpha * noise - at.sigma * x, "flow_prediction": noise - x}[kind]

    return network


def trained_levels(kept: np.ndarray) -> Levels:
    """What a network trained on these timesteps takes each, fractions included, for."""
    ratios = np.sqrt((1 - kept) / kept)
    return lambda t: schedules.preserving(t, float(np.interp(t, np.arange(len(kept)), ratios)))


def noise(seed: int = 0) -> Tensor:
    return torch.from_numpy(np.random.default_rng(seed).standard_normal(SHAPE))


def largest(one: Tensor, other: Tensor) -> float:
    return float((one.double() - other.double()).abs().max())


# ---- beside diffusers ----


def compare(steps: int) -> dict[str, float]:
    """Sampler, betas, spacing or prediction → largest difference of what comes out."""
    found: dict[str, float] = {}
    for name, betas in BETAS.items():
        for spacing in SPACINGS:
            for sampler in ("Euler", "Heun", "DPM-Solver++(2M)", "DDPM"):
                found[f"{sampler}, {name}, {spacing}"] = deterministic(sampler, betas(), steps, spacing)
        for spacing in ("leading", "trailing"):  # diffusers' DDIM goes T // steps down, whatever the spacing
            for eta in (0.0, 0.5, 1.0):
                found[f"DDIM eta {eta:g}, {name}, {spacing}"] = ddim(betas(), steps, spacing, eta)
        found[f"LCM, {name}"] = lcm(betas(), 4)
    for kind in ("epsilon", "v_prediction", "sample"):
        found[f"Euler, {kind}"] = deterministic("Euler", schedules.scaled_linear_betas(), steps, "leading", kind)
        found[f"DDIM, {kind}"] = ddim(schedules.scaled_linear_betas(), steps, "leading", 0.0, kind)
    for sampler in ("Euler", "Heun", "DPM-Solver++(2M)"):
        found[f"{sampler}, Karras sigmas"] = karras(sampler, schedules.scaled_linear_betas(), steps)
    for shift in (1.0, 3.0):
        found[f"flow Euler, shift {shift:g}"] = flow_euler(steps, shift)
        found[f"flow Heun, shift {shift:g}"] = flow_heun(steps, shift)
    return found


CLASSES = {
    "Euler": "EulerDiscreteScheduler", "Heun": "HeunDiscreteScheduler",
    "DPM-Solver++(2M)": "DPMSolverMultistepScheduler", "DDPM": "DDPMScheduler",
}  # fmt: skip
OURS: dict[str, Callable[..., Any]] = {
    "Euler": samplers.euler, "Heun": samplers.heun, "DPM-Solver++(2M)": samplers.dpm_solver_2m,
}  # fmt: skip


def deterministic(sampler: str, betas: np.ndarray, steps: int, spacing: str, kind: str = "epsilon") -> float:
    """Both from the same noise; DDPM with the same fresh noise, too."""
    from peers.schedulers import timed, walk

    kept = schedules.alpha_bars(betas)
    options = {"clip_sample": False} if sampler == "DDPM" else {}
    theirs = timed(CLASSES[sampler], betas, steps, timestep_spacing=spacing, prediction_type=kind, **options)
    network = predicting(kind, trained_levels(kept))
    # These take fractions of timesteps where they come to that; DPM-Solver++ ends above the first timestep.
    if sampler in ("Euler", "Heun") and spacing == "linspace":
        times = np.linspace(0, schedules.TRAINED - 1, steps, dtype=np.float32)[::-1]
    elif sampler == "DPM-Solver++(2M)" and spacing != "trailing":
        times = schedules.spaced(steps + 1, spacing)[:-1]
    else:
        times = schedules.spaced(steps, spacing)
    schedule = schedules.of_timesteps(kept, times)
    mine = denoiser(network, kind, schedules.levels_of(schedule))
    start = at_start(theirs, schedule)
    if sampler == "DDPM":
        expected = walk(theirs, network, noise(), generator=torch.Generator().manual_seed(1))
        return largest(samplers.ddpm(mine, noise(), schedule, torch_noise(1)), expected)
    return largest(OURS[sampler](mine, noise() * start, schedule), walk(theirs, network, noise()))


def at_start(theirs: Any, schedule: Schedule) -> float:
    """What diffusers scales its first noise by, in our units of unit variance."""
    scaled = hasattr(theirs, "is_scale_input_called") or "Heun" in type(theirs).__name__
    return float(theirs.init_noise_sigma) * (schedule[0].alpha if scaled else 1.0)


def torch_noise(seed: int) -> Callable[[Tensor], Tensor]:
    generator = torch.Generator().manual_seed(seed)
    return lambda z: torch.randn(z.shape, generator=generator, dtype=z.dtype)


def ddim(betas: np.ndarray, steps: int, spacing: str, eta: float, kind: str = "epsilon") -> float:
    from peers.schedulers import timed, walk

    kept = schedules.alpha_bars(betas)
    theirs = timed("DDIMScheduler", betas, steps, timestep_spacing=spacing, prediction_type=kind, clip_sample=False,
                   set_alpha_to_one=False)  # fmt: skip
    network = predicting(kind, trained_levels(kept))
    schedule = schedules.of_timesteps(kept, schedules.spaced(steps, spacing), "sigma_min")
    mine = denoiser(network, kind, schedules.levels_of(schedule))
    expected = walk(theirs, network, noise(), eta=eta, generator=torch.Generator().manual_seed(1))
    return largest(samplers.ddim(mine, noise(), schedule, eta, torch_noise(1)), expected)


def karras(sampler: str, betas: np.ndarray, steps: int) -> float:
    from peers.schedulers import timed, walk

    kept = schedules.alpha_bars(betas)
    theirs = timed(CLASSES[sampler], betas, steps, use_karras_sigmas=True)
    known = trained_levels(kept)
    network = predicting("epsilon", lambda t: known(round(t)))  # DPM-Solver++ rounds the times that it tells
    ratios = schedules.karras_ratios(*np.asarray(theirs.sigmas, np.float64)[[0, -2]], steps)
    schedule = schedules.of_ratios(kept, ratios)
    mine = denoiser(network, "epsilon", schedules.levels_of(schedule))
    return largest(OURS[sampler](mine, noise() * at_start(theirs, schedule), schedule), walk(theirs, network, noise()))


def lcm(betas: np.ndarray, steps: int) -> float:
    from peers.schedulers import timed, walk

    kept = schedules.alpha_bars(betas)
    theirs = timed("LCMScheduler", betas, steps, clip_sample=False)
    network = predicting("epsilon", trained_levels(kept))
    schedule = schedules.of_timesteps(kept, schedules.lcm_spaced(steps))
    mine = denoiser(network, "epsilon", schedules.levels_of(schedule))
    expected = walk(theirs, network, noise(), generator=torch.Generator().manual_seed(1))
    return largest(samplers.lcm(mine, noise(), schedule, torch_noise(1)), expected)


def flow_euler(steps: int, shift: float) -> float:
    """Beside `sigmas` of 1 … 1/steps, as FLUX's pipeline gives them."""
    import diffusers

    from peers.schedulers import walk_flow

    theirs = diffusers.FlowMatchEulerDiscreteScheduler(shift=shift)
    theirs.set_timesteps(sigmas=np.linspace(1, 1 / steps, steps))
    network = predicting("flow_prediction", schedules.flow_level)
    mine = denoiser(network, "flow_prediction", schedules.flow_level)
    return largest(flow.euler(mine, noise(), flow.times(steps, shift)), walk_flow(theirs, network, noise()))


def flow_heun(steps: int, shift: float) -> float:
    """On diffusers' own times, which end otherwise."""
    import diffusers

    from peers.schedulers import walk_flow

    theirs = diffusers.FlowMatchHeunDiscreteScheduler(shift=shift)
    theirs.set_timesteps(steps)
    times = np.append(theirs.sigmas[:-1:2].double().numpy(), 0.0)
    network = predicting("flow_prediction", schedules.flow_level)
    mine = denoiser(network, "flow_prediction", schedules.flow_level)
    return largest(flow.heun(mine, noise(), times), walk_flow(theirs, network, noise()))


def compare_schedules(steps: int) -> dict[str, float]:
    """Largest relative difference of the tables themselves, diffusers' being float32."""
    import diffusers

    found: dict[str, float] = {}
    names = {"linear": "linear", "scaled_linear": "scaled_linear", "cosine": "squaredcos_cap_v2"}
    for name, betas in BETAS.items():
        ends = {"beta_start": 0.00085, "beta_end": 0.012} if name == "scaled_linear" else {}
        theirs = diffusers.DDIMScheduler(beta_schedule=names[name], **ends)
        found[f"{name} betas"] = float(np.abs(theirs.betas.numpy() / betas() - 1).max())
        for spacing in SPACINGS:
            theirs = diffusers.DDIMScheduler(timestep_spacing=spacing)
            theirs.set_timesteps(steps)
            off = np.abs(theirs.timesteps.numpy() - schedules.spaced(steps, spacing))
            found[f"{spacing} timesteps"] = float(off.max())
    lcm_times = diffusers.LCMScheduler()
    lcm_times.set_timesteps(4)
    found["LCM timesteps"] = float(np.abs(lcm_times.timesteps.numpy() - schedules.lcm_spaced(4)).max())
    found |= karras_tables(steps)
    shifted = diffusers.FlowMatchEulerDiscreteScheduler(shift=3.0)
    shifted.set_timesteps(sigmas=np.linspace(1, 1 / steps, steps))
    found["flow shift 3"] = float(np.abs(shifted.sigmas.numpy() - flow.times(steps, 3.0)).max())
    return found


def karras_tables(steps: int) -> dict[str, float]:
    """Between the ends of the trained schedule."""
    from peers.schedulers import timed

    betas = schedules.scaled_linear_betas()
    kept = schedules.alpha_bars(betas)
    theirs = timed("EulerDiscreteScheduler", betas, steps, use_karras_sigmas=True)
    ratios = np.sqrt((1 - kept) / kept)
    mine = schedules.of_ratios(kept, schedules.karras_ratios(ratios[-1], ratios[0], steps))[:-1]
    sigmas, times = (np.array(column) for column in zip(*((p.sigma / p.alpha, p.time) for p in mine), strict=True))
    return {
        "Karras sigmas": float(np.abs(sigmas / theirs.sigmas[:-1].numpy() - 1).max()),
        "Karras timesteps, of 1000": float(np.abs(times - theirs.timesteps.numpy()).max()) / 1000,
    }


# ---- where the truth is known ----

MEAN, DEVIATION = 0.7, 0.5


def normal(z: Any, at: Point) -> Any:
    """x̂ where data are normal with MEAN and DEVIATION."""
    gain = at.alpha * DEVIATION**2 / (at.alpha**2 * DEVIATION**2 + at.sigma**2)
    return MEAN + gain * (z - at.alpha * MEAN)


def carried(z: Any, start: Point, end: Point) -> Any:
    """Where the probability flow takes `z`: its place within the spread of z stays."""
    first, then = (math.sqrt(at.alpha**2 * DEVIATION**2 + at.sigma**2) for at in (start, end))
    return end.alpha * MEAN + (z - start.alpha * MEAN) * then / first


def knowing(schedule: Schedule) -> Denoiser:
    levels = schedules.levels_of(schedule)
    return lambda z, t: normal(z, levels(t))


def on_a_gaussian(steps: int = 200) -> dict[str, float]:
    """Largest error of each deterministic sampler; of the others that of mean and deviation of 40,000 draws."""
    start = np.random.default_rng(0).standard_normal(256)
    found: dict[str, float] = {}
    for name, (sampler, schedule) in continuous(steps).items():
        made = sampler(knowing(schedule), start, schedule)
        found[name] = float(np.abs(made - carried(start, schedule[0], schedule[-1])).max())
    kept = schedules.alpha_bars(schedules.linear_betas())
    for name, count in (("DDPM", 1000), ("DDIM eta 1", 1000)):
        schedule = schedules.of_timesteps(kept, schedules.spaced(count))
        rng = np.random.default_rng(3)
        fresh = samplers.noise_from(rng)
        ancestral = samplers.ddpm if name == "DDPM" else partial(samplers.ddim, eta=1.0)
        made = ancestral(knowing(schedule), rng.standard_normal(40_000), schedule, noise_like=fresh)
        found[f"{name}, mean"] = abs(float(made.mean()) - MEAN)
        found[f"{name}, deviation"] = abs(float(made.std()) - DEVIATION)
    return found


def continuous(steps: int) -> dict[str, tuple[Callable[..., Any], Schedule]]:
    """Samplers with schedules that are smooth functions of the step, so that an order can be told; they end a little
    above the picture, where each method's last step would be Euler's."""
    ratios = schedules.karras_ratios(20.0, 0.02, steps + 1)
    times = np.linspace(0.98, 0.02, steps + 1)
    diffusion = tuple(schedules.preserving(ratio, ratio) for ratio in ratios)
    straight = schedules.of_flow(times)
    return {
        "Euler": (samplers.euler, diffusion), "DDIM": (samplers.ddim, diffusion), "Heun": (samplers.heun, diffusion),
        "DPM-Solver++(2M)": (samplers.dpm_solver_2m, diffusion),
        "flow Euler": (lambda d, z, s: flow.euler(d, z, np.array([p.time for p in s])), straight),
        "flow Heun": (lambda d, z, s: flow.heun(d, z, np.array([p.time for p in s])), straight),
        "DPM-Solver++(2M) on a flow": (samplers.dpm_solver_2m, straight),
    }  # fmt: skip


def orders(counts: tuple[int, ...] = (40, 80, 160, 320)) -> dict[str, float]:
    """Minus the slope of log2(error) over log2(steps), by least squares."""
    start = np.random.default_rng(0).standard_normal(64)
    errors: dict[str, list[float]] = {}
    for steps in counts:
        for name, (sampler, schedule) in continuous(steps).items():
            made = sampler(knowing(schedule), start, schedule)
            off = np.abs(made - carried(start, schedule[0], schedule[-1])).max()
            errors.setdefault(name, []).append(float(off))
    return {name: -float(np.polyfit(np.log2(counts), np.log2(off), 1)[0]) for name, off in errors.items()}


if __name__ == "__main__":
    sys.exit(main())
