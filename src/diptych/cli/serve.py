"""`diptych serve`: the image API on this machine."""

from __future__ import annotations

import os
from typing import Annotated, Optional

import typer

from diptych.cli.options import Grounder, Lang, LlmModel, LlmUrl, Painters, PlannerChoice, studio_with
from diptych.cli.speech import errors_end_here, language_of, say
from diptych.core.errors import Bilingual, MissingExtra


def serve(
    host: Annotated[str, typer.Option("--host", metavar="ADDRESS", help="Where to listen.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="0 takes a free one.")] = 8000,
    queue: Annotated[int, typer.Option("--queue", min=0, metavar="N", help="Requests that may wait.")] = 16,
    workers: Annotated[int, typer.Option("--workers", min=1, metavar="N", help="Requests worked on at once.")] = 1,
    seconds: Annotated[float, typer.Option("--seconds", min=1, help="That one request may be worked on.")] = 120.0,
    megabytes: Annotated[float, typer.Option("--megabytes", min=0.1, help="Of a request, at most.")] = 64.0,
    megapixels: Annotated[float, typer.Option("--megapixels", min=0.1, help="Of a picture, at most.")] = 50.0,
    origin: Annotated[
        Optional[list[str]],  # noqa: UP045
        typer.Option("--origin", metavar="URL", help="A web page elsewhere that may call it; repeatable."),
    ] = None,
    allow_host: Annotated[
        Optional[list[str]],  # noqa: UP045
        typer.Option("--allow-host", metavar="HOST", help="Pictures may be fetched from there; repeatable."),
    ] = None,
    painter: Painters = None,
    grounder: Grounder = None,
    planner: PlannerChoice = "auto",
    llm_url: LlmUrl = None,
    llm_model: LlmModel = None,
    lang: Lang = None,
) -> None:
    """Serve the image API that OpenAI clients speak, on this machine.

    \b
    diptych serve --port 8000
    OPENAI_BASE_URL=http://127.0.0.1:8000/v1 OPENAI_API_KEY=none python your_program.py

    Routes: /v1/images/generations, edits and variations, /v1/chat/completions, /v1/models, and /v1/diptych for
    plans, regions, history and undo; /openapi.json describes them all. Listening on another address than
    127.0.0.1 needs a secret in DIPTYCH_TOKEN, which clients send as their API key.
    """
    language = language_of(None, lang)
    with errors_end_here(language):
        try:
            from diptych.server.app import create_app
            from diptych.server.running import run
        except ModuleNotFoundError as error:
            raise MissingExtra("server", Bilingual("`diptych serve`", "`diptych serve` ")) from error
        from diptych.server.settings import TOKEN, Limits, Settings
        from diptych.server.watching import log_to_stderr

        limits = Limits(queue=queue, workers=workers, seconds=seconds, megabytes=megabytes, megapixels=megapixels)
        token = os.environ.get(TOKEN, "").strip() or None
        settings = Settings(host, port, token, tuple(origin or ()), tuple(allow_host or ()), limits)
        studio = studio_with(grounder, painter, planner=planner, llm_url=llm_url, llm_model=llm_model)
        app = create_app(studio, settings)
    log_to_stderr()

    def ready(url: str) -> None:
        say(Bilingual(f"Serving on {url} (Ctrl-C ends it)", f"服务地址：{url}（按 Ctrl-C 结束）"), language)

    if not run(app, settings, ready):
        said = f"{host}:{port}"
        say(Bilingual(f"Could not listen on {said}; is it taken?", f"无法监听 {said}，端口可能被占用。"), language)
        raise typer.Exit(1)
