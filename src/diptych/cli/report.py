"""What is told of a result: lines for people, plain data for programs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from diptych.core.errors import Bilingual, Language

if TYPE_CHECKING:
    from diptych import Certificate, Result
    from diptych.core.history import Branch, Edit
    from diptych.core.operation import AnyOperation
    from diptych.reimagining import Checked


def lines(result: Result, name: str, path: Path | None, regions_path: Path | None) -> Iterator[Bilingual]:
    """The input, a line for each step, the answers, and where the result went (None: stdout)."""
    yield Bilingual("stdin", "标准输入") if name == "-" else Bilingual(name, name)
    for operation, certificate in zip(result.plan.steps, result.certificates, strict=True):
        yield step_line(operation, certificate)
    if result.planner not in ("", "grammar"):
        yield Bilingual(f"  planned by {result.planner}", f"  计划由 {result.planner} 制定")
    for answer in result.answers:
        yield Bilingual(f"  → {answer.words}", f"  → {answer.words}")
    if path is not None:
        yield saved_line(result, path)
    if regions_path is not None:
        yield Bilingual(f"  regions {regions_path}", f"  区域图 {regions_path}")


def losses(result: Result, path: Path | None) -> Iterator[Bilingual]:
    """What the file can't hold of the source or of the result."""
    if result.before.bits > 8:
        yield Bilingual(
            "The source has 16 bits a channel; the result has 8.", "原图每通道 16 位，结果为 8 位。"
        )  # fmt: skip
    flat = path is not None and path.suffix.lower() in (".jpg", ".jpeg", ".bmp")
    alpha = result.picture.alpha
    if flat and alpha is not None and int(alpha.min()) < 255:
        kind = path.suffix if path else ""
        yield Bilingual(
            f"Transparency is laid on white: a {kind} file has none. Name a .png to keep it.",
            f"透明部分已填成白色：{kind} 文件没有透明度。要保留请用 .png。",
        )


def saved_line(result: Result, path: Path) -> Bilingual:
    """Where the result went, and its size."""
    size = f"{result.picture.width}×{result.picture.height}"
    return Bilingual(f"  saved {path} ({size})", f"  已保存 {path}（{size}）")


def step_line(operation: AnyOperation, certificate: Certificate) -> Bilingual:
    """One step: what it was, where, and what it changed."""
    from diptych.wording import label, step

    number = f"  {certificate.step}. "
    head = Bilingual(number + step(operation, "en"), number + step(operation, "zh"))
    if certificate.region is None:
        return head
    inside, outside = f"{certificate.changed_inside:,}", f"{certificate.changed_outside:,}"
    x0, y0, x1, y1 = certificate.box or (0, 0, *certificate.frame)
    share = f"{certificate.area:.0%}" if certificate.area >= 0.1 else f"{certificate.area:.1%}"
    box = f"{x0},{y0}–{x1},{y1}"
    return Bilingual(
        f"{head.en}\n     in {label(certificate.region, 'en')} {box} ({share}): "
        f"{inside} pixels changed inside, {outside} outside",
        f"{head.zh}\n     区域 {label(certificate.region, 'zh')} {box}（{share}）："
        f"区域内改动 {inside} 像素，区域外 {outside}",
    )


def history_lines(branch: Branch, language: Language) -> Iterator[str]:
    """The words, each once, and their steps under them; what was undone has a minus, and `redo` brings it back."""
    from diptych.core.history import Applied

    edits = branch.edits
    yield from _listing(edits, 1, language)
    undone = [edit for action in branch.undone if isinstance(action, Applied) for edit in action.edits]
    if undone:
        yield Bilingual("undone (`redo` brings it back)", "已撤销（用 `redo` 恢复）").say(language)
        off = [edit.model_copy(update={"enabled": False}) for edit in undone]
        yield from _listing(off, len(edits) + 1, language)


OUTCOMES = {
    "holds": Bilingual("holds", "符合"),
    "fails": Bilingual("FAILS", "不符"),
    "not checkable": Bilingual("can't be checked", "无法检查"),
}


def checked_lines(checked: Checked) -> Iterator[Bilingual]:
    """Every statement about a drawing with its outcome, and how many corrections were tried."""
    if checked.drawn_from:
        yield Bilingual(f"from: {checked.drawn_from}", f"依据：{checked.drawn_from}")
    for one in checked.constraints:
        outcome = OUTCOMES[one.outcome]
        yield Bilingual(f"  {outcome.en:<17}{one.words.en}", f"  {outcome.zh}  {one.words.zh}")
    times = checked.rounds
    yield Bilingual(f"{times} correction{'' if times == 1 else 's'}", f"修正 {times} 次")


def _listing(edits: Sequence[Edit], first: int, language: Language) -> Iterator[str]:
    from diptych.wording import step

    said = None
    for number, edit in enumerate(edits, first):
        if edit.instruction and edit.instruction != said:
            yield f"“{edit.instruction}”"
        said = edit.instruction
        yield f"  {' ' if edit.enabled else '-'} {number}. {step(edit.step, language)}"


def as_dict(result: Result, path: Path | None, regions_path: Path | None) -> dict[str, Any]:
    """Plain JSON data."""
    return {
        "output": str(path) if path else None,
        "regions_picture": str(regions_path) if regions_path else None,
        "width": result.picture.width,
        "height": result.picture.height,
        "plan": result.plan.as_dict(),
        "planner": result.planner,
        "regions": [
            {"step": step, "label": region.label, "box": list(region.box), "area": round(region.area, 4),
             "score": round(region.score, 3)}
            for step, region in enumerate(result.regions, 1)
            if region is not None
        ],
        "certificates": [certificate.model_dump(mode="json") for certificate in result.certificates],
        "answers": [answer.words for answer in result.answers],
    }  # fmt: skip
