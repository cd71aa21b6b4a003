"""The training loop: a task gives a model, batches and a loss; everything else is here, once.

A batch is a pure function of (seed, step), so that a run which was interrupted and resumed equals one which was not.
Under `torchrun` each process takes its slice of the same global batch. Runs on CPUs and GPUs alike.
"""

from __future__ import annotations

import csv
import json
import math
import re
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
import torch
from accelerate import Accelerator
from accelerate.state import AcceleratorState
from safetensors.torch import save_file
from torch import Tensor, nn

from diptych.core.errors import Bilingual, Unsupported
from diptych.models.stored import read_weights

Batch = dict[str, Tensor]


@dataclass(frozen=True)
class Settings:
    """How to train. Learning rate: linear warm-up, flat, then linear to zero over the last `cooldown` (a trapezoid)."""

    steps: int
    batch: int
    lr: float = 1e-3
    muon_lr: float | None = None
    """Learning rate of Muon for the matrices; None = AdamW for all."""
    betas: tuple[float, float] = (0.9, 0.98)
    """How slowly AdamW forgets gradients and their squares."""
    warmup: int = 200
    cooldown: float = 0.3
    weight_decay: float = 0.01
    ema: float = 0.999
    clip: float = 1.0
    seed: int = 0
    precision: str = "bf16"
    compile: bool = False
    """Let inductor fuse what it can: a minute at the start, then 20 % faster; needs a C++ compiler."""
    save_every: int = 1000
    log_every: int = 50
    locked: str = ""
    r"""Parameters whose names this regular expression matches from their beginning stay as they are (locked-image
    tuning, arXiv 2111.07991: r"picture\."); empty = none."""
    minutes: float | None = None
    """A budget of time: the schedule is followed in time instead of steps (equal minutes, not equal steps)."""
    clock: str = "wall"
    """What minutes are of: "wall", or "cpu", the time that this process computed, which is fair on a busy machine."""


class Task(Protocol):
    """What is trained. `batch` must depend on nothing but its arguments."""

    name: str

    def build(self) -> nn.Module: ...

    def batch(self, rng: np.random.Generator, size: int) -> Batch: ...

    def loss(self, model: nn.Module, batch: Batch) -> tuple[Tensor, dict[str, float]]: ...

    def samples(self, model: nn.Module) -> np.ndarray | None:
        """A sheet H×W×3 uint8 to look at, or None."""
        ...


class NonFiniteLoss(RuntimeError):
    """The loss is NaN or infinite; the batch is saved beside the checkpoints."""


def learning_rate(progress: float, step: int, settings: Settings) -> float:
    """The trapezoid, as a fraction of the full rate; `progress` in 0..1."""
    rise = min(1.0, (step + 1) / max(settings.warmup, 1))
    fall = min(1.0, (1 - progress) / settings.cooldown) if settings.cooldown > 0 else 1.0
    return max(rise * fall, 0.0)


def optimizers(model: nn.Module, settings: Settings) -> list[torch.optim.Optimizer]:
    """AdamW for all parameters, or Muon for the matrices and AdamW for the rest (embeddings, heads, gains, biases).

    Muon: K. Jordan et al. 2024; its update is scaled to AdamW's size (Moonshot, arXiv 2502.16982).
    """
    named = [(name, p) for name, p in model.named_parameters() if p.requires_grad]
    matrices = [
        p for name, p in named
        if settings.muon_lr is not None and p.ndim == 2 and "embed" not in name and "head" not in name
    ]  # fmt: skip
    chosen = {id(p) for p in matrices}
    rest = [p for _, p in named if id(p) not in chosen]
    result: list[torch.optim.Optimizer] = []
    if rest:
        result.append(torch.optim.AdamW(rest, lr=settings.lr, betas=settings.betas, weight_decay=settings.weight_decay))
    if matrices:
        assert settings.muon_lr is not None
        result.append(
            torch.optim.Muon(
                matrices, lr=settings.muon_lr, momentum=0.95, weight_decay=settings.weight_decay,
                adjust_lr_fn="match_rms_adamw",
            )
        )  # fmt: skip
    for optimizer in result:
        for group in optimizer.param_groups:
            group["full_lr"] = group["lr"]
    return result


def lock(model: nn.Module, pattern: str) -> None:
    """Let the parameters whose names match `pattern` from their beginning learn nothing. Raises ValueError where none
    does, or all do."""
    if not pattern:
        return
    matched = [value for name, value in model.named_parameters() if re.match(pattern, name)]
    if not matched:
        raise ValueError(f"no parameter's name matches {pattern!r}")
    for value in matched:
        value.requires_grad_(False)
    if not any(value.requires_grad for value in model.parameters()):
        raise ValueError(f"{pattern!r} locks everything")


class Run:
    """One training run in a folder: `state.pt` to resume from, `ema.safetensors` to use, `log.csv`, TensorBoard."""

    def __init__(self, task: Task, settings: Settings, folder: Path, begin: Path | None = None) -> None:
        """`begin`: weights (safetensors) that a new run starts from; a stopped one goes on from its own state."""
        self.task, self.settings, self.folder = task, settings, folder
        # Without a GPU accelerate must be told so, or it warns.
        # Its precision is a setting of the process, kept from the first run on: the next one may have another.
        AcceleratorState._reset_state()
        self.accelerator = Accelerator(mixed_precision=settings.precision, cpu=not torch.cuda.is_available())
        torch.manual_seed(settings.seed)
        model = task.build()
        if begin is not None:
            model.load_state_dict(beginning(model, begin))
        lock(model, settings.locked)
        self.average = {name: value.detach().clone().float() for name, value in model.state_dict().items()}
        plain = optimizers(model, settings)
        self.model, *self.optimizers = self.accelerator.prepare(model, *plain)
        self.forward = torch.compile(self.model, dynamic=False) if settings.compile else self.model
        self.step = 0
        self.seconds = 0.0
        if self.accelerator.is_main_process:
            folder.mkdir(parents=True, exist_ok=True)
            (folder / "settings.json").write_text(json.dumps(asdict(settings), indent=1) + "\n")
        if (folder / "state.pt").exists():
            self.resume()

    @property
    def progress(self) -> float:
        if self.settings.minutes is not None:
            return min(1.0, self.seconds / 60 / self.settings.minutes)
        return self.step / self.settings.steps

    def train(self, until: int | None = None) -> dict[str, float]:
        """Train to the end, or to step `until`; returns the last logged scalars."""
        settings = self.settings
        last: dict[str, float] = {}
        writer = self.writer()
        sums: dict[str, list[float]] = {}
        clock = {"wall": time.perf_counter, "cpu": time.process_time}[settings.clock]
        while self.progress < 1 and self.step < (until if until is not None else settings.steps):
            started = clock()
            scalars = self.one_step()
            self.seconds += clock() - started
            for key, value in scalars.items():
                sums.setdefault(key, []).append(value)
            if self.step % settings.log_every == 0:
                last = {key: sum(values) / len(values) for key, values in sums.items()}
                last |= {"minutes": self.seconds / 60, "samples": float(self.step * settings.batch)}
                sums = {}
                self.log(last, writer)
            if self.step % settings.save_every == 0:
                self.save(writer)
        self.save(writer)
        if writer is not None:
            writer.close()
        return last

    def one_step(self) -> dict[str, float]:
        settings, accelerator = self.settings, self.accelerator
        rng = np.random.default_rng([settings.seed, self.step])
        whole = self.task.batch(rng, settings.batch)
        share = slice(accelerator.process_index, None, accelerator.num_processes)
        batch = {name: value[share].to(accelerator.device) for name, value in whole.items()}
        rate = learning_rate(self.progress, self.step, settings)
        for optimizer in self.optimizers:
            for group in optimizer.param_groups:
                group["lr"] = group["full_lr"] * rate
        self.model.train()
        with accelerator.autocast():
            loss, scalars = self.task.loss(self.forward, batch)
        value = loss.item()
        if not math.isfinite(value):
            broken = self.folder / f"non_finite_step_{self.step}.safetensors"
            save_file({name: value.contiguous() for name, value in whole.items()}, broken)
            raise NonFiniteLoss(f"The loss is {value} at step {self.step}; its batch is in {broken}.")
        accelerator.backward(loss)
        accelerator.clip_grad_norm_(self.model.parameters(), settings.clip)
        for optimizer in self.optimizers:
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
        self.step += 1
        self.update_average()
        return {"loss": value, **scalars}

    def update_average(self) -> None:
        """Exponential moving average of the weights, faster at first."""
        decay = min(self.settings.ema, (1 + self.step) / (10 + self.step))
        current = self.accelerator.unwrap_model(self.model).state_dict()
        names = list(self.average)
        torch._foreach_lerp_([self.average[n] for n in names], [current[n].float() for n in names], 1 - decay)

    def averaged(self) -> nn.Module:
        """A copy of the model with the averaged weights, in float32, for use."""
        model = self.task.build()
        model.load_state_dict(self.average)
        return model.eval().to(self.accelerator.device)

    def writer(self):  # type: ignore[no-untyped-def]
        if not self.accelerator.is_main_process:
            return None
        from torch.utils.tensorboard import SummaryWriter

        return SummaryWriter(str(self.folder))

    def log(self, scalars: dict[str, float], writer) -> None:  # type: ignore[no-untyped-def]
        if not self.accelerator.is_main_process:
            return
        path = self.folder / "log.csv"
        row = {"step": self.step, **{key: round(value, 6) for key, value in scalars.items()}}
        fresh = not path.exists()
        with path.open("a", newline="") as file:
            table = csv.DictWriter(file, row.keys())
            if fresh:
                table.writeheader()
            table.writerow(row)
        for key, value in scalars.items():
            writer.add_scalar(key, value, self.step)
        print(" ".join(f"{key}={value:.4g}" for key, value in row.items()), file=sys.stderr, flush=True)  # noqa: T201

    def save(self, writer) -> None:  # type: ignore[no-untyped-def]
        if not self.accelerator.is_main_process:
            return
        state = {
            "model": self.accelerator.unwrap_model(self.model).state_dict(),
            "optimizers": [optimizer.state_dict() for optimizer in self.optimizers],
            "average": self.average,
            "step": self.step,
            "seconds": self.seconds,
        }
        beside = self.folder / "state.pt.part"
        torch.save(state, beside)
        beside.replace(self.folder / "state.pt")
        save_file({name: value.contiguous() for name, value in self.average.items()}, self.folder / "ema.safetensors")
        sheet = self.task.samples(self.averaged())
        if sheet is not None:
            import cv2

            cv2.imwrite(str(self.folder / "samples.png"), sheet[..., ::-1])
            if writer is not None:
                writer.add_image("samples", sheet, self.step, dataformats="HWC")

    def resume(self) -> None:
        # weights_only: the state is tensors and numbers, and nothing in it is executed.
        state = torch.load(self.folder / "state.pt", map_location="cpu", weights_only=True)
        self.accelerator.unwrap_model(self.model).load_state_dict(state["model"])
        for optimizer, saved in zip(self.optimizers, state["optimizers"], strict=True):
            optimizer.load_state_dict(saved)
        self.average = state["average"]
        self.step, self.seconds = state["step"], state["seconds"]


def beginning(model: nn.Module, path: Path) -> dict[str, Tensor]:
    """The tensors of `path` for `model` to learn on from. Raises Unsupported where they are another network's: what
    ships of super-resolution and matting has its layers fused for use, and can't be unfused."""
    given, own = read_weights(path), model.state_dict()
    strange = sorted(set(given) ^ set(own)) or [name for name in own if own[name].shape != given[name].shape]
    if strange:
        named = ", ".join(strange[:3])
        raise Unsupported(
            Bilingual(
                f"{path} can't be trained on: it has other tensors than the network ({named}, …).",
                f"无法从 {path} 继续训练：其中的张量与网络不一致（{named} 等）。",
            ),
            Bilingual(
                "Begin from the ema.safetensors of a run, or from nothing; layers that were fused for use stay fused.",
                "请从一次训练的 ema.safetensors 开始，或从零开始；为使用而合并的层无法还原。",
            ),
        )
    return given


def load_weights(model: nn.Module, path: Path) -> nn.Module:
    """`model` with the weights of a safetensors file, ready for use in float32."""
    model.load_state_dict(read_weights(path))
    return model.eval()
