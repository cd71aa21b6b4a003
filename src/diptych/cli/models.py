"""The commands under models: which large models are there, fetching one, where it lies, what it is."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Optional

import typer

from diptych.cli.options import AsJson, Lang, Quiet
from diptych.cli.speech import errors_end_here, language_of, say
from diptych.core.errors import Bilingual

if TYPE_CHECKING:
    from diptych.painters.large.hub import Present

app = typer.Typer(
    help="Large models that you bring: list, fetch, locate and describe them.",
    no_args_is_help=True,
    rich_markup_mode=None,
    context_settings={"max_content_width": 100, "help_option_names": ["-h", "--help"]},
)

Name = Annotated[str, typer.Argument(metavar="NAME", help="OWNER/NAME on the hub; the last part is enough if present.")]

SAID = {
    "draw": Bilingual("draws", "绘图"),
    "restyle": Bilingual("restyles", "改风格"),
    "inpaint": Bilingual("removes, replaces, adds, extends", "去除、替换、添加、扩图"),
    "instruct": Bilingual("edits by instruction", "按指令编辑"),
    "upscale": Bilingual("enlarges", "放大"),
}
"""The verbs of the table, as people say them."""


@app.command("list")
def list_models(as_json: AsJson = False, lang: Lang = None) -> None:
    """List the models in the Hugging Face cache, and what each can do here."""
    from diptych.painters.large.hub import cache_folder, present

    language = language_of(None, lang)
    found = list(present())
    if as_json:
        typer.echo(json.dumps([_facts(one) for one in found], ensure_ascii=False, indent=2))
        return
    if not found:
        say(Bilingual(f"No models in {cache_folder()}.", f"{cache_folder()} 中没有模型。"), language)
    for one in found:
        facts = _facts(one)
        does = "; ".join(SAID[verb].say(language) for verb in facts["verbs"])
        if not facts["verbs"]:
            does = Bilingual("nothing for a painter", "不能用于绘图").say(language)
        if one.is_partial:
            does += Bilingual(" (half a download)", "（下载未完成）").say(language)
        typer.echo(f"{one.name:<48} {one.bytes / 1e9:6.2f} GB  {does}")


@app.command()
def pull(
    name: Name,
    file: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option("--file", metavar="FILE", help="Only this file, such as a LoRA."),
    ] = None,
    revision: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option("--revision", metavar="REV", help="A branch, tag or commit; by default main."),
    ] = None,
    config_only: Annotated[bool, typer.Option("--config-only", help="Everything but weights (a few MB).")] = False,
    quiet: Quiet = False,
    lang: Lang = None,
) -> None:
    """Fetch a model from the hub, or go on with half a download.

    Safetensors, JSON and the words of tokenizers only, never pickles. It goes into the Hugging Face cache
    (HF_HOME), from HF_ENDPOINT; nothing else of Diptych uses the network. HF_HUB_OFFLINE forbids it.
    """
    from diptych.painters.large import hub

    language = language_of(None, lang)
    with errors_end_here(language):
        folder = hub.pull(name, revision=revision, file=file, config_only=config_only)
    if not quiet:
        say(Bilingual(f"{name} is here:", f"{name} 已在本机："), language)
    typer.echo(str(folder / file if file else folder))


@app.command()
def path(name: Name, lang: Lang = None) -> None:
    """Print the folder that a model lies in."""
    with errors_end_here(language_of(None, lang)):
        typer.echo(str(_found(name).folder))


@app.command()
def card(name: Name, as_json: AsJson = False, lang: Lang = None) -> None:
    """Say what a model is: its class, verbs, size, hash, settings and licence.

    NAME is also a folder or a .safetensors file.
    """
    from diptych.painters.large.sources import find_source

    language = language_of(None, lang)
    with errors_end_here(language, as_json=as_json):
        source = find_source(name)
        facts: dict[str, Any] = {
            "name": source.title,
            "class": source.class_name,
            "folder": str(source.folder),
            "bytes": sum(file.stat().st_size for file in source.weights()),
            "hash": source.short_hash(),
            "licence": _licence(source.folder),
            "ways": {way.verb: f"{way.pipeline}, steps={way.steps}, guidance={way.scale:g}" for way in source.ways},
        }
    if as_json:
        typer.echo(json.dumps(facts, ensure_ascii=False, indent=2))
        return
    typer.echo(f"{facts['name']}  {facts['hash']}  {facts['bytes'] / 1e9:.2f} GB")
    typer.echo(f"  {facts['class']}, {facts['folder']}")
    licence = facts["licence"] or Bilingual("not said in its files", "其文件中没有说明").say(language)
    typer.echo(Bilingual(f"  licence: {licence}", f"  许可证：{licence}").say(language))
    for verb, how in facts["ways"].items():
        typer.echo(f"  {SAID[verb].say(language)}: {how}")


def _found(name: str) -> Present:
    from diptych.painters.large import hub
    from diptych.painters.large.sources import not_there

    found = hub.find(name)
    if found is None:
        raise not_there(name)
    return found


def _facts(one: Present) -> dict[str, Any]:
    """Plain data; half a download can do nothing yet."""
    from diptych.painters.large.table import verbs_of_class

    verbs = () if one.is_partial or one.class_name is None else verbs_of_class(one.class_name)
    return {
        "name": one.name, "folder": str(one.folder), "class": one.class_name, "bytes": one.bytes,
        "partial": one.is_partial, "verbs": list(verbs),
    }  # fmt: skip


def _licence(folder: Path) -> str | None:
    """What the front matter of its README.md says, where one was fetched; else the name of a licence file."""
    readme = folder / "README.md"
    if readme.is_file():
        for line in readme.read_text(encoding="utf-8", errors="replace").splitlines()[:60]:
            if line.startswith("license:"):
                return line.partition(":")[2].strip()
    return next((file.name for file in sorted(folder.glob("LICENSE*"))), None)
