"""From tone and colour operations to links of a colour chain: one entry an operation."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from diptych.core.operation import AnyOperation, Operation
from diptych.operations import auto, color, tone
from diptych.operations.chain import Chain
from diptych.operations.color_space import Floats

DEFAULT_AMOUNT = 0.3

FIXED: Mapping[str, Callable[[Any], Chain]] = {
    "brightness": lambda step: tone.brightness(step.amount),
    "exposure": lambda step: tone.exposure(step.stops),
    "contrast": lambda step: tone.contrast(step.amount),
    "highlights": lambda step: tone.highlights(step.amount),
    "shadows": lambda step: tone.shadows(step.amount),
    "gamma": lambda step: tone.gamma(step.gamma),
    "saturation": lambda step: color.saturation(step.amount),
    "vibrance": lambda step: color.vibrance(step.amount),
    "warmth": lambda step: color.warmth(step.amount),
    "tint": lambda step: color.tint(step.color, DEFAULT_AMOUNT if step.amount is None else step.amount),
    "hue": lambda step: color.hue(step.degrees),
    "grayscale": lambda step: color.grayscale(),
    "sepia": lambda step: color.sepia(step.strength),
    "invert": lambda step: tone.invert(),
    "posterize": lambda step: tone.posterize(step.levels),
}
"""Operations whose parameters say everything → their links."""

AMOUNTS: Mapping[str, Callable[[Floats], float]] = {
    "brightness": auto.brightness_amount,
    "highlights": auto.highlights_amount,
    "shadows": auto.shadows_amount,
    "saturation": auto.saturation_amount,
    "vibrance": auto.vibrance_amount,
}
"""Operations whose `amount` None is measured on a sample of the picture."""

MEASURED: Mapping[str, Callable[[Any, Floats], Chain]] = {
    "contrast": lambda step, sample: auto.contrast_links(sample),
    "warmth": lambda step, sample: auto.white_balance_links(sample),
    "tint": lambda step, sample: auto.white_balance_links(sample),
    "auto_enhance": lambda step, sample: auto.auto_enhance(sample, step.strength),
}
"""Operations that, measured, do what no single amount can say."""


def is_pointwise(operation: Operation) -> bool:
    return operation.op in FIXED or operation.op in MEASURED


def is_measured(operation: Operation) -> bool:
    """True when a pointwise step depends on the picture, and not on its own parameters alone."""
    if operation.op == "auto_enhance":
        return True
    if operation.op == "tint" and getattr(operation, "color", None) is not None:
        return False
    return "amount" in type(operation).model_fields and getattr(operation, "amount", None) is None


def settle(operation: AnyOperation, sample: Floats) -> AnyOperation:
    """The step with its measured amount filled in, where one amount says it; else the step itself."""
    if is_measured(operation) and operation.op in AMOUNTS:
        return operation.model_copy(update={"amount": AMOUNTS[operation.op](sample)})
    return operation


def links(operation: Operation, sample: Floats) -> Chain:
    """The links of a settled step. `sample` is read only where the step is measured."""
    return MEASURED[operation.op](operation, sample) if is_measured(operation) else fixed_links(operation)


def fixed_links(operation: Operation) -> Chain:
    """The links of a step that is not measured."""
    return FIXED[operation.op](operation)
