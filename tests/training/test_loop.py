"""The loop on a task of one matrix: small enough that every property can be checked exactly."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from diptych.training.loop import Batch, NonFiniteLoss, Run, Settings, learning_rate

SETTINGS = Settings(steps=12, batch=8, lr=1e-2, muon_lr=1e-2, warmup=3, cooldown=0.5, ema=0.9, precision="no",
                    save_every=4, log_every=4)  # fmt: skip


@dataclass
class Regression:
    """Learn a fixed 6×4 matrix from noise-free examples."""

    broken_at: int | None = None
    name: str = "regression"

    def build(self) -> nn.Module:
        torch.manual_seed(3)
        return nn.Linear(6, 4)

    def batch(self, rng: np.random.Generator, size: int) -> Batch:
        x = rng.standard_normal((size, 6)).astype(np.float32)
        y = x @ np.arange(24, dtype=np.float32).reshape(6, 4) / 10
        if self.broken_at is not None:
            y[self.broken_at] = np.nan
        return {"x": torch.from_numpy(x), "y": torch.from_numpy(y)}

    def loss(self, model: nn.Module, batch: Batch) -> tuple[Tensor, dict[str, float]]:
        error = (model(batch["x"]) - batch["y"]).square().mean()
        return error, {"error": error.item()}

    def samples(self, model: nn.Module) -> None:
        return None


def weights(run: Run) -> dict[str, Tensor]:
    return dict(run.accelerator.unwrap_model(run.model).state_dict())


def test_an_interrupted_run_equals_an_uninterrupted_one(tmp_path: Path) -> None:
    whole = Run(Regression(), SETTINGS, tmp_path / "whole")
    whole.train()
    Run(Regression(), SETTINGS, tmp_path / "parts").train(until=4)
    resumed = Run(Regression(), SETTINGS, tmp_path / "parts")
    assert resumed.step == 4
    resumed.train()
    assert resumed.step == whole.step == 12
    for name, value in weights(whole).items():
        assert torch.equal(value, weights(resumed)[name])
        assert torch.equal(whole.average[name], resumed.average[name])


def test_training_learns_and_the_average_follows(tmp_path: Path) -> None:
    run = Run(Regression(), replace(SETTINGS, steps=300, lr=5e-2, muon_lr=0.2), tmp_path)
    batch = Regression().batch(np.random.default_rng(99), 64)
    before = Regression().loss(run.averaged(), batch)[0].item()
    run.train()
    assert Regression().loss(run.averaged(), batch)[0].item() < 0.05 * before


def test_a_loss_that_is_not_finite_stops_and_keeps_the_batch(tmp_path: Path) -> None:
    run = Run(Regression(broken_at=2), SETTINGS, tmp_path)
    with pytest.raises(NonFiniteLoss, match="step 0"):
        run.train()
    from safetensors.torch import load_file

    kept = load_file(tmp_path / "non_finite_step_0.safetensors")
    assert torch.isnan(kept["y"][2]).all()
    assert torch.isfinite(kept["y"][:2]).all()


def test_the_learning_rate_is_a_trapezoid() -> None:
    settings = replace(SETTINGS, steps=100, warmup=10, cooldown=0.25)
    rates = [learning_rate(step / 100, step, settings) for step in range(101)]
    assert rates[0] == pytest.approx(0.1)
    assert rates[10:75] == [1.0] * 65
    assert rates[100] == 0
    assert rates[75:] == sorted(rates[75:], reverse=True)


TWO = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from test_loop import SETTINGS, Regression, Run
print("LAST", Run(Regression(), SETTINGS, Path(sys.argv[1])).train())
"""


def test_two_processes_learn_what_one_learns(tmp_path: Path) -> None:
    """Under torchrun on gloo each process takes half of each batch; the weights come out the same."""
    single = Run(Regression(), SETTINGS, tmp_path / "one")
    single.train()
    script = tmp_path / "two.py"
    script.write_text(TWO)
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "ACCELERATE_USE_CPU": "true"}
    done = subprocess.run(
        [sys.executable, "-m", "torch.distributed.run", "--nproc_per_node=2", "--standalone", str(script),
         str(tmp_path / "two"), str(Path(__file__).parent)],
        capture_output=True, text=True, env=environment, timeout=240,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    from safetensors.torch import load_file

    two = load_file(tmp_path / "two" / "ema.safetensors")
    for name, value in single.average.items():
        torch.testing.assert_close(two[name], value, rtol=1e-4, atol=1e-5)


def test_minutes_can_be_those_of_the_processor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the clock on the wall the budget is over at the first step; by the processor's it lasts."""
    at = iter(range(0, 10**6, 1000))
    monkeypatch.setattr("diptych.training.loop.time.perf_counter", lambda: float(next(at)))
    runs = {}
    for clock in ("wall", "cpu"):
        runs[clock] = Run(Regression(), replace(SETTINGS, minutes=10, clock=clock), tmp_path / clock)
        runs[clock].train()
    assert [run.step for run in runs.values()] == [1, SETTINGS.steps]
    assert runs["wall"].seconds == 1000
    assert 0 < runs["cpu"].seconds < 60


def test_betas_are_those_of_the_settings(tmp_path: Path) -> None:
    run = Run(Regression(), replace(SETTINGS, muon_lr=None, betas=(0.5, 0.9)), tmp_path)
    assert [group["betas"] for optimizer in run.optimizers for group in optimizer.param_groups] == [(0.5, 0.9)]


def test_locked_parameters_stay_as_they_are(tmp_path: Path) -> None:
    run = Run(Regression(), replace(SETTINGS, locked="bias"), tmp_path)
    before = {name: value.clone() for name, value in weights(run).items()}
    run.train()
    assert torch.equal(before["bias"], weights(run)["bias"])
    assert not torch.equal(before["weight"], weights(run)["weight"])
    with pytest.raises(ValueError, match="nowhere"):
        Run(Regression(), replace(SETTINGS, locked="nowhere"), tmp_path / "other")


def test_weights_of_another_network_are_refused_by_name(tmp_path: Path) -> None:
    from safetensors.torch import save_file

    from diptych.core.errors import Unsupported

    save_file({"kernel": torch.zeros(2)}, tmp_path / "other.safetensors")
    with pytest.raises(Unsupported, match="bias, kernel, weight"):
        Run(Regression(), SETTINGS, tmp_path / "run", begin=tmp_path / "other.safetensors")
    save_file({"weight": torch.zeros(4, 7), "bias": torch.zeros(4)}, tmp_path / "larger.safetensors")
    with pytest.raises(Unsupported, match="weight"):
        Run(Regression(), SETTINGS, tmp_path / "run", begin=tmp_path / "larger.safetensors")
