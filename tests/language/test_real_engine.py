"""llama.cpp's own server with a tiny model of random weights: the Plan's schema as its grammar, and its JSON read.

pip install 'diptych[engine]' for the server; without it these are skipped. Such a model understands nothing: what is
tested is that a real engine takes the schema, and that whatever it writes by that grammar is a plan or a clear error.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from diptych.core.errors import InvalidPlan, NotUnderstood, Unsupported
from diptych.language.llm.client import Chat
from diptych.language.llm.phrases import KeyPhrases
from diptych.language.llm.planner import LLMPlanner
from diptych.language.llm.reading import parsed, read_plan
from diptych.language.llm.schema import answer_schema, closed
from diptych.language.llm.server import Server

pytestmark = [pytest.mark.slow, pytest.mark.enable_socket]
WIDTH, HEADS, LAYERS, HIDDEN, CONTEXT = 64, 4, 2, 128, 24_576
SPECIALS, BYTES = ["<unk>", "<s>", "</s>"], [f"<0x{value:02X}>" for value in range(256)]


def write_model(path: Path) -> None:
    """A llama of random weights over bytes, as GGUF."""
    gguf = pytest.importorskip("gguf")
    rng = np.random.default_rng(0)
    tokens = [*SPECIALS, *BYTES, "▁"]
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_context_length(CONTEXT)
    writer.add_embedding_length(WIDTH)
    writer.add_block_count(LAYERS)
    writer.add_feed_forward_length(HIDDEN)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(HEADS)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_rope_dimension_count(WIDTH // HEADS)
    writer.add_vocab_size(len(tokens))
    writer.add_tokenizer_model("llama")
    writer.add_token_list(tokens)
    writer.add_token_scores([0.0] * len(tokens))
    writer.add_token_types([2, 3, 3, *[6] * len(BYTES), 1])  # unknown, control, control, bytes, normal
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    writer.add_unk_token_id(0)
    writer.add_chat_template("{% for m in messages %}{{ m['content'] }}\n{% endfor %}")
    shapes = {"token_embd": (len(tokens), WIDTH), "output": (len(tokens), WIDTH)}
    for layer in range(LAYERS):
        shapes |= {f"blk.{layer}.attn_{name}": (WIDTH, WIDTH) for name in ("q", "k", "v", "output")}
        shapes |= {f"blk.{layer}.ffn_{name}": (HIDDEN, WIDTH) for name in ("gate", "up")}
        shapes[f"blk.{layer}.ffn_down"] = (WIDTH, HIDDEN)
    for name, shape in shapes.items():
        writer.add_tensor(f"{name}.weight", (rng.standard_normal(shape) * 0.1).astype(np.float32))
    norms = ["output_norm", *(f"blk.{layer}.{name}_norm" for layer in range(LAYERS) for name in ("attn", "ffn"))]
    for name in norms:
        writer.add_tensor(f"{name}.weight", np.ones(WIDTH, np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    llama = pytest.importorskip("xllamacpp")
    path = tmp_path_factory.mktemp("model") / "tiny.gguf"
    write_model(path)
    settings = llama.CommonParams()
    settings.model.path = str(path)
    settings.n_ctx, settings.n_predict = CONTEXT, 600
    settings.cpuparams.n_threads = 1
    running = llama.Server(settings)
    yield Server(running.listening_address + "/v1", "tiny", timeout=120)
    del running


@pytest.mark.parametrize("wish", ["make it sing", "让它唱起来"])
def test_a_real_engine_takes_the_schema_and_what_it_writes_is_a_plan_or_an_error(engine: Server, wish: str) -> None:
    planner = LLMPlanner(engine)
    try:
        assert planner.plan(wish).steps
    except NotUnderstood as error:
        assert wish in error.problem.zh  # noqa: PT017 - which of the two it is hangs on the weights
    assert not planner.notes  # it took json_schema


@pytest.mark.parametrize("op", ["Brightness", "Posterize", "Flip", "Crop", "Border"])
def test_a_step_that_a_real_engine_writes_by_the_grammar_is_read_strictly(engine: Server, op: str) -> None:
    """Without the fields of words, which a model that understands nothing would never end."""
    schema = copy.deepcopy(answer_schema())
    schema["properties"]["steps"] |= {"minItems": 1, "maxItems": 1, "items": {"$ref": f"#/$defs/{op}"}}
    definition = schema["$defs"][op]
    definition["properties"].pop("target", None)
    definition["required"] = list(definition["properties"])
    answer = Chat(engine).ask([{"role": "user", "content": "{}"}], "plan", schema)
    (step,) = parsed(answer)["steps"]
    assert set(step) == set(definition["properties"])
    try:
        assert len(read_plan(answer).steps) == 1
    except InvalidPlan as error:
        assert error.problem.zh  # noqa: PT017 - a grammar doesn't hold the bounds of numbers


def test_the_schema_of_key_phrases_is_taken_too(engine: Server) -> None:
    chat = Chat(engine)
    try:
        assert "things" in parsed(chat.ask([{"role": "user", "content": "{}"}], "key_phrases", closed(KeyPhrases)))
    except Unsupported as error:  # a text without an end, which the engine cuts off
        assert "length" in str(error) or "does not match" in str(error)  # noqa: PT017 - or it ends, with other weights
    assert not chat.notes  # it took json_schema
