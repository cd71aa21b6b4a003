"""From a target's candidates to the one region that a step works on."""

from __future__ import annotations

from functools import reduce
from operator import or_

import numpy as np

from diptych.core.errors import AmbiguousTarget, Bilingual, TargetNotFound, Unsupported, shorten
from diptych.core.picture import Picture
from diptych.core.region import Region
from diptych.core.target import Target
from diptych.operations.change import Context

# Candidates this near to the best in score are as good as it.
MARGIN = 0.08
# Candidates below this share of the best score are what the grounder took along, not matches.
PLAUSIBLE = 0.5
# Two candidates that overlap this much (intersection over union) are the same thing found twice.
SAME_THING = 0.8
# Nouns that name all there is of something: "the text" is every line of it.
COLLECTIVE = frozenset({"text"})


def ground(picture: Picture, target: Target, context: Context) -> tuple[Region, Target]:
    """The region that `target` means, and the target with the choice written into it.

    Raises TargetNotFound, AmbiguousTarget, and Unsupported where there is no grounder.
    """
    chosen, settled = choose(candidates(picture, target, context), target, context)
    if not target.invert:
        return chosen, settled
    outside = ~chosen
    if outside.is_empty:
        raise _not_found(target)
    return Region(outside.mask, target.describe(), chosen.score), settled


def candidates(picture: Picture, target: Target, context: Context) -> list[Region]:
    """Plausible matches, each thing once, numbered from the left (then from the top). Empty when there is none."""
    if context.grounder is None:
        raise Unsupported(
            Bilingual(
                f"Nothing here can find “{shorten(target.describe())}” in a picture.",
                f"这里没有能在图片中找到“{shorten(target.describe())}”的引擎。",
            ),
            Bilingual(
                "Pass a grounder in the context (Studio does), or leave the target out.",
                "请在 Context 中提供 grounder（Studio 会自动提供），或者不指定目标。",
            ),
        )
    found = sorted(
        (region for region in context.grounder.find(picture, target) if not region.is_empty),
        key=lambda region: -region.score,
    )
    distinct: list[Region] = []
    for region in found:
        if region.score >= PLAUSIBLE * found[0].score and not any(_same(region, other) for other in distinct):
            distinct.append(region)
    return sorted(distinct, key=lambda region: (region.box[0] + region.box[2], region.box[1] + region.box[3]))


def choose(matches: list[Region], target: Target, context: Context) -> tuple[Region, Target]:
    """One region of `matches` (in numbered order), and the target that says so without the context, for replay.

    By quantifier, ordinal and count where the words have them; else the one that is clearly best; among equals the
    context's choice (`all_matches`, `pick`). Raises TargetNotFound, AmbiguousTarget.
    """
    if not matches:
        raise _not_found(target)
    collective = target.noun in COLLECTIVE and target.text is None and target.ordinal is None
    if target.quantifier is not None or collective:
        return _union(matches, target), target
    if target.ordinal is not None:
        return _numbered(matches, target.ordinal, target), target
    contenders = [region for region in matches if region.score >= max(one.score for one in matches) - MARGIN]
    if target.count is not None and target.count > 1 and len(matches) >= target.count:
        best = sorted(matches, key=lambda region: -region.score)[: target.count]
        return _union(best, target), target
    if len(contenders) == 1:
        return contenders[0], target
    if context.all_matches:
        return _union(matches, target), target.model_copy(update={"quantifier": "all"})
    if context.pick is not None:
        return _numbered(matches, context.pick, target), target.model_copy(update={"ordinal": context.pick})
    raise _ambiguous(matches, target)


def _numbered(matches: list[Region], number: int, target: Target) -> Region:
    """`number` counts from 1, from the left; -1 is the last."""
    index = number - 1 if number > 0 else len(matches) + number
    if 0 <= index < len(matches):
        return matches[index]
    raise TargetNotFound(
        Bilingual(
            f"There is no number {number} of “{shorten(target.describe())}”: only {len(matches)} found.",
            f"“{shorten(target.describe())}”没有第 {number} 个：只找到 {len(matches)} 个。",
        ),
        Bilingual(
            f"Choose a number from 1 to {len(matches)}, or --all.\n{_listed(matches)}",
            f"请选 1 到 {len(matches)} 之间的编号，或用 --all。\n{_listed(matches)}",
        ),
    )


def _union(matches: list[Region], target: Target) -> Region:
    if len(matches) == 1:
        return matches[0]
    return Region(reduce(or_, matches).mask, target.describe(), min(region.score for region in matches))


def _same(one: Region, other: Region) -> bool:
    """Decided on the boxes first, then on every fourth pixel of the masks."""
    x0, y0 = max(one.box[0], other.box[0]), max(one.box[1], other.box[1])
    x1, y1 = min(one.box[2], other.box[2]), min(one.box[3], other.box[3])
    if x0 >= x1 or y0 >= y1:
        return False
    step = 4 if min(one.mask.shape) >= 64 else 1
    first, second = one.mask[::step, ::step], other.mask[::step, ::step]
    union = float(np.maximum(first, second).sum())
    return union > 0 and float(np.minimum(first, second).sum()) / union > SAME_THING


def _listed(matches: list[Region]) -> str:
    return "\n".join(
        f"  {number}. {region.label or '?'} {region.box} {region.score:.2f}" for number, region in enumerate(matches, 1)
    )


def _not_found(target: Target) -> TargetNotFound:
    words = shorten(target.describe() or "it")
    return TargetNotFound(
        Bilingual(f"Nothing in the picture matches “{words}”.", f"图片中没有找到“{words}”。"),
        Bilingual(
            "Name it by another word, by its colour, or by where it is (“the left half”, “the red part”); or mark it: "
            "--mask FILE, white where it is.",
            "请换一个说法，或用颜色、位置来指明（如“左半边”“红色的部分”）；"
            "也可以用 --mask 文件标出它（白色为它所在之处）。",
        ),
    )


def _ambiguous(matches: list[Region], target: Target) -> AmbiguousTarget:
    words = shorten(target.describe())
    return AmbiguousTarget(
        Bilingual(
            f"“{words}” could be any of {len(matches)} regions:\n{_listed(matches)}\n",
            f"“{words}”可能是下面 {len(matches)} 个区域中的任何一个：\n{_listed(matches)}\n",
        ),
        Bilingual(
            f"Pick one with --pick 1 … --pick {len(matches)}, or take every one with --all.",
            f"用 --pick 1 … --pick {len(matches)} 选一个，或用 --all 全选。",
        ),
        matches,
    )
