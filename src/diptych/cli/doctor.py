"""The command doctor: what is installed, what was found on the system, what each missing extra would add."""

from __future__ import annotations

import json
import platform
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import typer

from diptych.cli.options import AsJson, Lang
from diptych.cli.speech import language_of
from diptych.core.errors import Bilingual, BrokenWeights, NoFont

REQUIRED = ("numpy", "Pillow", "opencv-python-headless", "pydantic", "typer", "rich", "onnxruntime", "tokenizers")

EXTRAS = {
    "ocr": ("rapidocr", Bilingual("find, remove and replace text on pictures", "识别、去除和替换图片上的文字")),
    "demo": ("scikit-image", Bilingual("real photos for `make demo`", "演示用的真实照片")),
    "openvino": (
        "openvino",
        Bilingual(
            "run the models on OpenVINO (DIPTYCH_RUNTIME=openvino)", "用 OpenVINO 运行模型（DIPTYCH_RUNTIME=openvino）"
        ),
    ),
    "diffusers": ("diffusers", Bilingual("paint with large models (--painter)", "使用大模型绘图（--painter）")),
    "llm": ("httpx2", Bilingual("ask a language model to plan (--llm-url)", "请语言模型制定计划（--llm-url）")),
    "server": ("fastapi", Bilingual("serve the image API (diptych serve)", "提供图片接口服务（diptych serve）")),
    "train": ("torch", Bilingual("train the embedded models", "训练自带的模型")),
}
"""Extra → (the package that it brings, what it adds)."""

SCRIPTS = {
    "Latin": ("ACME", Bilingual("Latin letters", "拉丁字母")),
    "Chinese": ("清仓", Bilingual("Chinese characters", "汉字")),
    "emoji": ("🎉", Bilingual("emoji", "表情符号")),
}
"""Script → (a sample that a font must have, its name)."""


def doctor(as_json: AsJson = False, lang: Lang = None) -> None:
    """Show versions, fonts, and what is missing."""
    found = examine()
    if as_json:
        typer.echo(json.dumps(found, ensure_ascii=False, indent=2))
        return
    language = language_of(None, lang)
    typer.echo(f"diptych {found['diptych']}, Python {found['python']}, {found['system']}")
    for name, number in found["packages"].items():
        typer.echo(f"  {name:<26}{number or Bilingual('missing', '缺失').say(language)}")
    typer.echo(Bilingual("Fonts", "字体").say(language))
    for script, (_, title) in SCRIPTS.items():
        font = found["fonts"][script]
        typer.echo(f"  {title.say(language):<26}{font['file'] or font['remedy'][language]}")
    typer.echo(Bilingual("Weights", "模型权重").say(language))
    for name, state in found["weights"].items():
        typer.echo(f"  {name:<26}{state[language]}")
    typer.echo(f"  {Bilingual('run by', '运行于').say(language):<26}{found['runtime']}")
    typer.echo(Bilingual("Extras", "可选组件").say(language))
    for extra, (package, adds) in EXTRAS.items():
        number = found["extras"][extra]
        state = f"{package} {number}" if number else f"pip install 'diptych[{extra}]'"
        typer.echo(f"  {extra:<10}{state:<30}{adds.say(language)}")


def examine() -> dict[str, Any]:
    """Plain data: versions by package (None: not installed), fonts by script, extras by name."""
    from diptych.runtime import Weights

    return {
        "diptych": version("diptych"),
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "packages": {name: _version_of(name) for name in REQUIRED},
        "fonts": {script: _font_for(sample) for script, (sample, _) in SCRIPTS.items()},
        "weights": _weights(),
        "runtime": Weights().runtime,
        "extras": {extra: _version_of(package) for extra, (package, _) in EXTRAS.items()},
    }


def _weights() -> dict[str, dict[str, str]]:
    """Each file of the embedded models: its size once its hash is right, else what is wrong with it."""
    from diptych.runtime import Weights

    weights, states = Weights(), {}
    try:
        listed = weights.manifest["files"]
    except BrokenWeights as error:
        return {"manifest.json": {"en": error.problem.en, "zh": error.problem.zh}}
    for name, facts in listed.items():
        try:
            weights.checked(name)
        except BrokenWeights as error:
            states[name] = {"en": error.problem.en, "zh": error.problem.zh}
        else:
            size = f"{facts['bytes'] / 1e6:.1f} MB"
            states[name] = {"en": size, "zh": size}
    return states


def _version_of(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _font_for(sample: str) -> dict[str, Any]:
    from diptych.operations.fonts import choose_fonts

    try:
        face = choose_fonts(sample).runs(sample)[0].face
    except NoFont as error:
        return {"file": None, "remedy": {"en": error.remedy.en, "zh": error.remedy.zh}}
    return {"file": str(face.path or f"{face.family} (Pillow)"), "remedy": None}
