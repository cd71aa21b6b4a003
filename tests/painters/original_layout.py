"""A Stable Diffusion of diffusers in the layout of CompVis' original checkpoints: all of it in one file, under the
names that the latent-diffusion code gave its tensors. The way back of what diffusers does when it reads such a file."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from safetensors.torch import save_file

RESNET = {"norm1": "in_layers.0", "conv1": "in_layers.2", "norm2": "out_layers.0", "conv2": "out_layers.3",
          "time_emb_proj": "emb_layers.1", "conv_shortcut": "skip_connection"}  # fmt: skip
ENDS = {"time_embedding.linear_1": "time_embed.0", "time_embedding.linear_2": "time_embed.2",
        "conv_in": "input_blocks.0.0", "conv_norm_out": "out.0", "conv_out": "out.2"}  # fmt: skip
ATTENTION = {"group_norm": "norm", "to_q": "q", "to_k": "k", "to_v": "v", "to_out.0": "proj_out"}


def save_whole(pipeline: Any, file: Path) -> Path:
    """UNet, autoencoder and text encoder of `pipeline` as one .safetensors file."""
    tensors = {
        **{f"model.diffusion_model.{name}": value for name, value in of_unet(pipeline.unet)},
        **{f"first_stage_model.{name}": value for name, value in of_vae(pipeline.vae)},
        **{f"cond_stage_model.transformer.text_model.{name.removeprefix('text_model.')}": value
           for name, value in pipeline.text_encoder.state_dict().items()},
    }  # fmt: skip
    save_file({name: value.contiguous() for name, value in tensors.items()}, file)
    return file


def of_unet(unet: Any) -> Iterator[tuple[str, Any]]:
    """Blocks are counted through: so many of each level, then the one that halves or doubles."""
    each = unet.config.layers_per_block + 1
    for name, value in unet.state_dict().items():
        whole, kind = name.rsplit(".", 1)
        if whole in ENDS:
            yield f"{ENDS[whole]}.{kind}", value
            continue
        found = re.fullmatch(r"(down|mid|up)_block(?:s\.(\d+))?\.(\w+)\.(\d+)\.(.+)", name)
        assert found, name
        way, level, part, number, rest = found[1], int(found[2] or 0), found[3], int(found[4]), found[5]
        if part == "resnets":
            inner, kind = rest.rsplit(".", 1)
            rest = f"{RESNET[inner]}.{kind}"
        if way == "mid":
            block, place = f"middle_block.{2 * number + (part == 'attentions')}", ""
        elif part in ("downsamplers", "upsamplers"):
            attends = way == "up" and hasattr(unet.up_blocks[level], "attentions")
            at = (level + 1) * each - (way == "up")
            block = f"{'output' if way == 'up' else 'input'}_blocks.{at}"
            place = f".{1 + attends}" if way == "up" else ".0"
            rest = rest if way == "up" else rest.replace("conv", "op", 1)
        else:
            at = level * each + number + (way == "down")
            block, place = f"{'output' if way == 'up' else 'input'}_blocks.{at}", f".{int(part == 'attentions')}"
        yield f"{block}{place}.{rest}", value


def of_vae(vae: Any) -> Iterator[tuple[str, Any]]:
    """The decoder's levels are counted from the picture, its attention is of 1×1 convolutions."""
    last = len(vae.config.up_block_types) - 1
    for name, value in vae.state_dict().items():
        name = name.replace("conv_shortcut", "nin_shortcut").replace("conv_norm_out", "norm_out")
        name = re.sub(r"down_blocks\.(\d+)\.resnets\.(\d+)", r"down.\1.block.\2", name)
        name = re.sub(r"down_blocks\.(\d+)\.downsamplers\.0", r"down.\1.downsample", name)
        name = re.sub(
            r"up_blocks\.(\d+)\.resnets\.(\d+)", lambda found: f"up.{last - int(found[1])}.block.{found[2]}", name
        )
        name = re.sub(r"up_blocks\.(\d+)\.upsamplers\.0", lambda found: f"up.{last - int(found[1])}.upsample", name)
        name = re.sub(r"mid_block\.resnets\.(\d+)", lambda found: f"mid.block_{int(found[1]) + 1}", name)
        if "mid_block.attentions.0." in name:
            before, _, inner = name.partition("mid_block.attentions.0.")
            part, kind = inner.rsplit(".", 1)
            name = f"{before}mid.attn_1.{ATTENTION[part]}.{kind}"
            value = value[:, :, None, None] if value.dim() == 2 else value
        yield name, value
