"""Commands for those who train and judge: train, bench."""

from __future__ import annotations

import json
from enum import Enum
from pathlib import Path
from typing import Annotated, Optional

import typer

from diptych.cli.options import Lang
from diptych.cli.speech import errors_end_here, language_of, say
from diptych.core.errors import Bilingual, MissingExtra


class Recipe(str, Enum):
    autoencoder = "autoencoder"
    generator = "generator"
    eye = "eye"
    cycle = "cycle"
    reader = "reader"
    checker = "checker"
    matting = "matting"
    dual_encoder = "dual_encoder"
    bilingual = "bilingual"
    inpainter = "inpainter"
    superres4 = "superres4"
    superres2 = "superres2"
    superres3 = "superres3"
    snapshot4 = "snapshot4"
    snapshot2 = "snapshot2"
    snapshot3 = "snapshot3"
    cleaner = "cleaner"
    cascade512 = "cascade512"
    cascade1024 = "cascade1024"
    tagger = "tagger"
    canvas_latents = "canvas_latents"
    canvas_pixels = "canvas_pixels"
    dcgan = "dcgan"
    plain_vae = "plain_vae"
    export = "export"


class Setting(str, Enum):
    cpu = "cpu"
    gpu = "gpu"
    toy = "toy"


class Suite(str, Enum):
    stickerbook = "stickerbook"


Font = Annotated[
    Optional[Path],  # noqa: UP045
    typer.Option("--font", metavar="FILE", help="Noto Color Emoji; by default it is looked for where systems keep it."),
]


def train(
    recipe: Annotated[Recipe, typer.Argument(help="What to train; 'export' writes the weights that ship.")],
    setting: Annotated[Setting, typer.Option(help="For two cores, one large card, or a test.")] = Setting.cpu,
    runs: Annotated[Path, typer.Option(metavar="DIR", help="Checkpoints and logs, a folder for each recipe.")] = Path(
        "runs"
    ),
    data: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Option(metavar="DIR", help="Holds photos/, people/, fashion/, captions/: see each recipe."),
    ] = None,
    weights: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Option(metavar="DIR", help="Where 'export' writes; by default into this installation."),
    ] = None,
    checkpoints: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Option(metavar="DIR", help="NAME.safetensors that new runs start from."),
    ] = None,
    font: Font = None,
    lang: Lang = None,
) -> None:
    """Train the embedded models.

    In the order of the recipes; a stopped run goes on where it was. Needs the extra: pip install 'diptych[train]'.
    """
    language = language_of(None, lang)
    with errors_end_here(language):
        try:
            import accelerate  # noqa: F401
            import torch  # noqa: F401
        except ImportError as error:
            raise MissingExtra("train", Bilingual("Training", "训练")) from error
        from diptych.runtime import JUDGES, WEIGHTS
        from diptych.training.recipes import Place, start

        place = Place(runs, setting.value, data, font, checkpoints)
        if recipe is Recipe.export:
            from diptych.training.export import export_all

            folder = weights or WEIGHTS
            judges = weights / "judges" if weights else JUDGES
            worst = export_all(place, folder, judges=judges)
            typer.echo(json.dumps(worst))
        else:
            last = start(recipe.value, place).train()
            typer.echo(json.dumps(last))


def bench(
    suite: Annotated[Suite, typer.Argument(help="The benchmark.")],
    output: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Option("--output", "-o", metavar="JSON", help="Keep the figures here."),
    ] = None,
    number: Annotated[
        int, typer.Option("--number", "-n", min=1, help="Prompts and pictures; questions are twice as many.")
    ] = 1000,
    prompts: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Option(metavar="JSONL", help="Only write the prompts, for other systems to be run on."),
    ] = None,
    font: Font = None,
    lang: Lang = None,
) -> None:
    """Measure the embedded models.

    Drawing, describing, answering and editing in the Stickerbook. Needs the emoji font, because true
    pictures are rendered from it.
    """
    assert suite is Suite.stickerbook
    language = language_of(None, lang)
    with errors_end_here(language):
        from diptych.evaluation import stickerbook
        from diptych.painters.stickerbook import Stickerbook

        book = Stickerbook()
        if prompts is not None:
            stickerbook.write_prompts(prompts, book.reader.known, number)
            say(Bilingual(f"{number} prompts in {prompts}", f"{number} 条描述已写入 {prompts}"), language)
            return
        from diptych.judged import measure

        figures = measure(number, font, lambda text: say(text, language))
    text = json.dumps(figures, indent=1, ensure_ascii=False)
    if output is not None:
        output.write_text(text + "\n", encoding="utf-8")
    typer.echo(text)
