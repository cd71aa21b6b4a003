"""Commands that look at pictures: tag, classify, similarity, search; and tune, which teaches new words."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from diptych.cli.options import AsJson, Lang, Quiet
from diptych.cli.progress import ProgressBar
from diptych.cli.speech import WrongCall, errors_end_here, language_of, say
from diptych.core.errors import Bilingual, Language, MissingExtra, SaveFailed

if TYPE_CHECKING:
    from diptych import Studio
    from diptych.sight import Found

Photo = Annotated[Path, typer.Argument(metavar="PICTURE", help="A picture file.")]
HINT = Bilingual(
    "This is no sticker scene: the dual encoder has seen 800 photographs only, so take it as a hint.",
    "这不是贴纸画：双塔模型只见过 800 张照片，结果仅供参考。",
)
Tuned = Annotated[
    Optional[Path],  # noqa: UP045
    typer.Option("--weights", metavar="DIR", help="Weights that `diptych tune` wrote; by default those that ship."),
]


def tag(picture: Photo, as_json: AsJson = False, lang: Lang = None) -> None:
    """Say what is in a picture, in single words.

    Of a sticker scene: its things and background, as the reader sees them. Of a photo: people, what they wear, sky,
    water, grass, … by the finders that edits use too. Each with how sure it is, and with --json with what says so.
    """
    from diptych import Studio

    language = language_of(None, lang)
    with errors_end_here(language, as_json=as_json):
        tags = Studio().tag(picture, language=language)
    if as_json:
        typer.echo(
            json.dumps([{"tag": one.name, "score": one.score, "by": one.by} for one in tags], ensure_ascii=False)
        )
        return
    for one in tags:
        typer.echo(f"{one.score:.2f}  {one.name}")
    if not tags:
        say(Bilingual("Nothing that it knows.", "没有它认识的东西。"), language)


def classify(
    picture: Photo,
    labels: Annotated[str, typer.Option("--labels", metavar="A,B,C", help="Words, in English, Chinese or both.")],
    as_json: AsJson = False,
    lang: Lang = None,
    weights: Tuned = None,
) -> None:
    """Say which of some labels fit a picture, best first.

    \b
    diptych classify birds.png --labels "cat,bird,两只狗,at night"

    Each has its own probability; none may be high. Labels can be single words or whole sentences.
    """
    language = language_of(labels, lang)
    with errors_end_here(language, as_json=as_json):
        studio = _studio(weights)
        found = studio.classify(picture, labels.replace("，", ",").replace("、", ",").split(","))
        known = studio.knows(picture)
    if as_json:
        typer.echo(json.dumps([{"label": one.name, "score": one.score} for one in found], ensure_ascii=False))
        return
    for one in found:
        typer.echo(f"{one.score:.2f}  {one.name}")
    if not known and weights is None:
        say(HINT, language)


def similarity(
    picture: Photo,
    other: Annotated[str, typer.Argument(metavar="OTHER", help="Words, or another picture file.")],
    as_json: AsJson = False,
    lang: Lang = None,
    weights: Tuned = None,
) -> None:
    """Print how alike a picture and some words, or two pictures, are.

    The cosine of their points, -1 to 1: good for comparing, not as a probability (`classify` gives those).
    """
    language = language_of(None if os.path.isfile(other) else other, lang)
    with errors_end_here(language, as_json=as_json):
        studio = _studio(weights)
        value = studio.similarity(picture, other)
        known = studio.knows(picture)
    typer.echo(json.dumps({"similarity": value}) if as_json else f"{value:.4f}")
    if not known and weights is None and not as_json:
        say(HINT, language)


def search(
    words: Annotated[str, typer.Argument(metavar="WORDS", help="What is on the picture, in English or Chinese.")],
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Looked through with all its subfolders.")],
    count: Annotated[int, typer.Option("--number", "-n", min=1, help="How many pictures to list.")] = 10,
    as_json: AsJson = False,
    quiet: Quiet = False,
    lang: Lang = None,
    weights: Tuned = None,
) -> None:
    """Find pictures by words.

    \b
    diptych search "two red cars at night" pictures/

    The index lies in FOLDER/.diptych and is brought up to date each time: only new and changed files are looked at.
    """
    language = language_of(words, lang)
    with errors_end_here(language, as_json=as_json), ProgressBar(1, shown=not (quiet or as_json)) as bar:
        found = _studio(weights).search(
            words, folder, count=count, on_progress=lambda done, total: bar.report(done / max(total, 1), "")
        )
    if as_json:
        typer.echo(json.dumps(_as_dict(found), ensure_ascii=False))
        return
    for hit in found.hits:
        typer.echo(f"{hit.score:.3f}  {hit.path}")
    if not quiet:
        _report(found, language)


def tune(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Pictures with words; see below.")],
    output: Annotated[Path, typer.Option("--output", "-o", metavar="DIR", help="Where the tuned weights go.")] = Path(
        "tuned"
    ),
    lock: Annotated[
        str, typer.Option("--lock", metavar="TOWER", help="What stays as it is: picture, text, none, or a pattern.")
    ] = "picture",
    minutes: Annotated[float, typer.Option("--minutes", min=0.05, help="How long to learn.")] = 5.0,
    seed: Annotated[int, typer.Option("--seed", min=0)] = 0,
    as_json: AsJson = False,
    quiet: Quiet = False,
    lang: Lang = None,
) -> None:
    """Teach the dual encoder your own words.

    FOLDER has captions.jsonl (lines like {"image": "a.jpg", "captions": ["…"]}), a .txt beside each picture, or one
    subfolder for each word. What can't be used is listed, file by file, and the rest is learned. Stopped, it goes on
    where it was.

    \b
    diptych tune my-photos/ -o mine --minutes 10
    diptych search "grandma's garden" my-photos/ --weights mine

    Needs the extra: pip install 'diptych[train]'.
    """
    language = language_of(None, lang)
    with errors_end_here(language, as_json=as_json):
        try:
            import accelerate  # noqa: F401
            import torch  # noqa: F401
        except ImportError as error:
            raise MissingExtra("train", Bilingual("Tuning", "微调")) from error
        from diptych.training.tuning import LOCKS, BadLock, tune_on

        try:
            tuned = tune_on(folder, output, locked=LOCKS.get(lock, lock), minutes=minutes, seed=seed)
        except BadLock as error:
            known = ", ".join(LOCKS)
            raise WrongCall(
                f"--lock {lock!r}: {error}; say {known}, or a pattern of parameter names",
                f"--lock {lock!r} 无效（{error}）；可用 {known}，或参数名的正则表达式",
            ) from error
        except OSError as error:
            raise SaveFailed(
                Bilingual(f"'{output}' can't be written: {error.strerror}.", f"无法写入“{output}”：{error.strerror}。"),
                Bilingual("Choose another folder with --output.", "请用 --output 另选文件夹。"),
            ) from error
    if as_json:
        typer.echo(json.dumps(tuned.as_dict(), ensure_ascii=False))
        return
    for stage in tuned.stages:
        if not quiet:
            for dropped in stage.dropped:
                say(Bilingual(f"  {dropped.what}: {dropped.why.en}", f"  {dropped.what}：{dropped.why.zh}"), language)
        say(
            Bilingual(
                f"{stage.name}: {stage.pictures} pictures, {stage.captions} captions, {len(stage.dropped)} left out",
                f"{stage.name}：{stage.pictures} 张图片，{stage.captions} 条描述，略去 {len(stage.dropped)} 项",
            ),
            language,
        )
    before, after = tuned.found
    say(
        Bilingual(
            f"of its own words it finds the right picture first: {before:.0%} before, {after:.0%} now",
            f"用自己的词语找到正确图片的比例：微调前 {before:.0%}，现在 {after:.0%}",
        ),
        language,
    )
    typer.echo(str(output))


def _studio(weights: Path | None) -> Studio:
    from diptych import Studio
    from diptych.runtime import Weights

    return Studio() if weights is None else Studio(weights=Weights(weights))


def _as_dict(found: Found) -> dict[str, object]:
    update = found.update
    return {
        "hits": [{"path": str(hit.path), "score": round(hit.score, 4)} for hit in found.hits],
        "added": update.added, "changed": update.changed, "moved": update.moved, "removed": update.removed,
        "unchanged": update.unchanged,
        "unreadable": [{"path": str(one.path), "reason": one.problem.en} for one in update.unreadable],
        "notes": [note.en for note in found.notes],
    }  # fmt: skip


def _report(found: Found, language: Language) -> None:
    update = found.update
    for note in found.notes:
        say(note, language)
    for one in update.unreadable:
        say(Bilingual(f"  {one.path}: {one.problem.en}", f"  {one.path}：{one.problem.zh}"), language)
    say(
        Bilingual(
            f"index: {update.added} new, {update.changed} changed, {update.moved} moved, {update.removed} gone, "
            f"{update.unchanged} as before",
            f"索引：新增 {update.added}，改动 {update.changed}，移动 {update.moved}，"
            f"消失 {update.removed}，未变 {update.unchanged}",
        ),
        language,
    )
