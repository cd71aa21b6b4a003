"""Models of every class in the table with the real classes of diffusers and transformers, tiny and with random weights.

Each maker gives a pipeline; `save_pretrained` makes of it the folder that a user would have.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
import transformers

transformers.utils.logging.set_verbosity_error()  # diffusers asks transformers for what torchvision would bring

import diffusers  # noqa: E402

SIDE = 32
"""Pixels a side that all of them work at."""
WORDS = "abcdefghijklmnopqrstuvwxyz"


def make(name: str, folder: Path, seed: int = 0) -> Path:
    """The model called `name` in MAKERS, written into `folder`."""
    diffusers.utils.logging.disable_progress_bar()
    torch.manual_seed(seed)
    pipeline = MAKERS[name]()
    processor = getattr(pipeline, "processor", None)
    if processor is not None:
        pipeline.register_modules(processor=None)
    pipeline.save_pretrained(folder, safe_serialization=True)
    if processor is not None:
        index = json.loads((folder / "model_index.json").read_text(encoding="utf-8"))
        index["processor"] = ["transformers", "Qwen2VLProcessor"]
        (folder / "model_index.json").write_text(json.dumps(index), encoding="utf-8")
        processor.image_processor.save_pretrained(folder / "processor")
    return folder


# ---- parts ----------------------------------------------------------------------------------------------


def clip_tokenizer(length: int = 77) -> Any:
    """CLIP's byte-pair tokenizer before any merges: letters, and letters that end a word."""
    tokens = [*WORDS, *(f"{letter}</w>" for letter in WORDS), "<|startoftext|>", "<|endoftext|>"]
    vocabulary = {token: number for number, token in enumerate(tokens)}
    return transformers.CLIPTokenizer(vocab=vocabulary, merges=[], model_max_length=length)


def clip_text(width: int = 16, *, projected: bool = False, act: str = "gelu") -> Any:
    config = transformers.CLIPTextConfig(
        vocab_size=54, hidden_size=width, intermediate_size=16, num_hidden_layers=2, num_attention_heads=2,
        max_position_embeddings=77, projection_dim=width, bos_token_id=52, eos_token_id=53, pad_token_id=53,
        hidden_act=act,
    )  # fmt: skip
    return (transformers.CLIPTextModelWithProjection if projected else transformers.CLIPTextModel)(config)


def t5() -> tuple[Any, Any]:
    pieces = [("<pad>", 0.0), ("</s>", 0.0), ("<unk>", -10.0), ("▁", -2.0), *((letter, -3.0) for letter in WORDS)]
    tokenizer = transformers.T5Tokenizer(vocab=pieces, extra_ids=0, model_max_length=512)
    config = transformers.T5Config(
        vocab_size=len(tokenizer), d_model=16, d_kv=8, d_ff=16, num_layers=1, num_heads=2, is_encoder_decoder=False
    )
    return transformers.T5EncoderModel(config), tokenizer


def qwen_tokenizer() -> Any:
    from transformers.convert_slow_tokenizer import bytes_to_unicode

    vocabulary = {token: number for number, token in enumerate(bytes_to_unicode().values())}
    tokenizer = transformers.Qwen2Tokenizer(vocab=vocabulary, merges=[], model_max_length=1024)
    special = ["<|im_start|>", "<|im_end|>", "<|vision_start|>", "<|vision_end|>", "<|image_pad|>", "<|video_pad|>"]
    tokenizer.add_special_tokens({"additional_special_tokens": special})
    tokenizer.chat_template = "{% for message in messages %}user {{ message.content }}{% endfor %}"
    return tokenizer


def qwen_vl(tokenizer: Any) -> Any:
    number = tokenizer.convert_tokens_to_ids
    return transformers.Qwen2_5_VLForConditionalGeneration(
        transformers.Qwen2_5_VLConfig(
            text_config={
                "vocab_size": len(tokenizer), "hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 2,
                "num_attention_heads": 2, "num_key_value_heads": 2, "max_position_embeddings": 2048,
                "rope_parameters": {"rope_type": "default", "rope_theta": 1e6, "mrope_section": [1, 1, 2]},
            },
            vision_config={
                "depth": 1, "hidden_size": 16, "intermediate_size": 16, "num_heads": 2, "out_hidden_size": 16,
                "patch_size": 14, "window_size": 28, "fullatt_block_indexes": [0],
            },
            image_token_id=number("<|image_pad|>"), video_token_id=number("<|video_pad|>"),
            vision_start_token_id=number("<|vision_start|>"), vision_end_token_id=number("<|vision_end|>"),
        )
    )  # fmt: skip


class PicturesOnly(transformers.Qwen2VLProcessor):
    """The processor without its part for videos, which wants torchvision. It can't be written into a folder."""

    def check_argument_for_proper_class(self, argument_name: str, argument: Any) -> type:
        return type(argument)


def vae(latents: int = 4, blocks: int = 2, **options: Any) -> Any:
    return diffusers.AutoencoderKL(
        block_out_channels=(8,) * blocks, latent_channels=latents, norm_num_groups=4, sample_size=SIDE,
        down_block_types=("DownEncoderBlock2D",) * blocks, up_block_types=("UpDecoderBlock2D",) * blocks, **options,
    )  # fmt: skip


def unet(channels: int = 4, **options: Any) -> Any:
    standard: dict[str, Any] = {
        "block_out_channels": (8, 16), "layers_per_block": 1, "sample_size": SIDE // 2, "in_channels": channels,
        "out_channels": 4, "norm_num_groups": 4, "cross_attention_dim": 16, "attention_head_dim": 2,
        "down_block_types": ("DownBlock2D", "CrossAttnDownBlock2D"),
        "up_block_types": ("CrossAttnUpBlock2D", "UpBlock2D"),
    }  # fmt: skip
    return diffusers.UNet2DConditionModel(**standard | options)


def ddim() -> Any:
    return diffusers.DDIMScheduler(
        beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", clip_sample=False, set_alpha_to_one=False,
        steps_offset=1,
    )  # fmt: skip


# ---- Stable Diffusion -----------------------------------------------------------------------------------


def stable_diffusion(name: str = "StableDiffusionPipeline", channels: int = 4) -> Any:
    return getattr(diffusers, name)(
        vae=vae(), text_encoder=clip_text(), tokenizer=clip_tokenizer(), unet=unet(channels), scheduler=ddim(),
        safety_checker=None, feature_extractor=None, image_encoder=None, requires_safety_checker=False,
    )  # fmt: skip


def lcm() -> Any:
    return diffusers.LatentConsistencyModelPipeline(
        vae=vae(), text_encoder=clip_text(), tokenizer=clip_tokenizer(), unet=unet(time_cond_proj_dim=16),
        scheduler=diffusers.LCMScheduler(
            beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", clip_sample=False
        ),
        safety_checker=None, feature_extractor=None, image_encoder=None, requires_safety_checker=False,
    )  # fmt: skip


def upscale_4x() -> Any:
    return diffusers.StableDiffusionUpscalePipeline(
        vae=vae(blocks=3, scaling_factor=0.08333), text_encoder=clip_text(), tokenizer=clip_tokenizer(),
        unet=unet(7, num_class_embeds=1000), low_res_scheduler=diffusers.DDPMScheduler(), scheduler=ddim(),
        safety_checker=None, feature_extractor=None, watermarker=None, max_noise_level=350,
    )  # fmt: skip


def latent_upscale() -> Any:
    blocks = ("KDownBlock2D", *("KCrossAttnDownBlock2D",) * 3)
    network = diffusers.UNet2DConditionModel(
        act_fn="gelu", attention_head_dim=8, norm_num_groups=None, block_out_channels=[32, 32, 64, 64],
        time_cond_proj_dim=128 + 16, conv_in_kernel=1, conv_out_kernel=1, cross_attention_dim=16,
        down_block_types=blocks,
        in_channels=8, mid_block_type=None, only_cross_attention=False, out_channels=5, layers_per_block=1,
        resnet_time_scale_shift="scale_shift", time_embedding_type="fourier", timestep_post_act="gelu",
        up_block_types=("KCrossAttnUpBlock2D",) * 3 + ("KUpBlock2D",),
    )  # fmt: skip
    return diffusers.StableDiffusionLatentUpscalePipeline(
        vae=vae(blocks=4), text_encoder=clip_text(act="quick_gelu"), tokenizer=clip_tokenizer(), unet=network,
        scheduler=diffusers.EulerDiscreteScheduler(prediction_type="sample"),
    )  # fmt: skip


def stable_diffusion_xl(name: str = "StableDiffusionXLPipeline", channels: int = 4) -> Any:
    # Six numbers of size and place, eight dimensions each, beside the pooled words.
    network = unet(
        channels, cross_attention_dim=32, addition_embed_type="text_time", addition_time_embed_dim=8,
        projection_class_embeddings_input_dim=6 * 8 + 16, transformer_layers_per_block=(1, 1),
        attention_head_dim=(2, 2),
    )  # fmt: skip
    return getattr(diffusers, name)(
        vae=vae(), text_encoder=clip_text(), text_encoder_2=clip_text(projected=True), tokenizer=clip_tokenizer(),
        tokenizer_2=clip_tokenizer(), unet=network, scheduler=ddim(), add_watermarker=False,
    )  # fmt: skip


def stable_diffusion_3() -> Any:
    network = diffusers.SD3Transformer2DModel(
        sample_size=SIDE // 2, patch_size=2, in_channels=16, out_channels=16, num_layers=1, attention_head_dim=8,
        num_attention_heads=2, caption_projection_dim=16, joint_attention_dim=32, pooled_projection_dim=32,
        pos_embed_max_size=32,
    )  # fmt: skip
    return diffusers.StableDiffusion3Pipeline(
        transformer=network, scheduler=diffusers.FlowMatchEulerDiscreteScheduler(),
        vae=vae(16, shift_factor=0.06, use_quant_conv=False, use_post_quant_conv=False),
        text_encoder=clip_text(projected=True), tokenizer=clip_tokenizer(), text_encoder_2=clip_text(projected=True),
        tokenizer_2=clip_tokenizer(), text_encoder_3=None, tokenizer_3=None,
    )  # fmt: skip


# ---- transformers that follow a flow --------------------------------------------------------------------


def flux(name: str = "FluxPipeline", channels: int = 16, *, guided: bool = True) -> Any:
    encoder, tokenizer = t5()
    network = diffusers.FluxTransformer2DModel(
        patch_size=1, in_channels=channels, out_channels=16, num_layers=1, num_single_layers=1, attention_head_dim=16,
        num_attention_heads=2, joint_attention_dim=16, pooled_projection_dim=16, axes_dims_rope=(4, 4, 8),
        guidance_embeds=guided,
    )  # fmt: skip
    return getattr(diffusers, name)(
        scheduler=diffusers.FlowMatchEulerDiscreteScheduler(), transformer=network, text_encoder=clip_text(),
        vae=vae(shift_factor=0.06, use_quant_conv=False, use_post_quant_conv=False), tokenizer=clip_tokenizer(),
        text_encoder_2=encoder, tokenizer_2=tokenizer,
    )  # fmt: skip


def qwen_image(name: str = "QwenImagePipeline") -> Any:
    tokenizer = qwen_tokenizer()
    parts: dict[str, Any] = {}
    if "Edit" in name:
        images = transformers.Qwen2VLImageProcessorPil(
            size={"shortest_edge": 28 * 28, "longest_edge": 56 * 56}, patch_size=14, merge_size=2
        )
        parts["processor"] = PicturesOnly(image_processor=images, tokenizer=tokenizer)
    return getattr(diffusers, name)(
        scheduler=diffusers.FlowMatchEulerDiscreteScheduler(), text_encoder=qwen_vl(tokenizer), tokenizer=tokenizer,
        vae=diffusers.AutoencoderKLQwenImage(
            base_dim=8, z_dim=4, dim_mult=[1, 1], num_res_blocks=1, temperal_downsample=[False],
            latents_mean=[0.0] * 4, latents_std=[1.0] * 4,
        ),
        transformer=diffusers.QwenImageTransformer2DModel(
            patch_size=2, in_channels=16, out_channels=4, num_layers=1, attention_head_dim=16, num_attention_heads=2,
            joint_attention_dim=16, axes_dims_rope=(8, 4, 4),
        ),
        **parts,
    )  # fmt: skip


def z_image() -> Any:
    tokenizer = qwen_tokenizer()
    words = transformers.Qwen3Config(
        vocab_size=len(tokenizer), hidden_size=16, intermediate_size=16, num_hidden_layers=2, num_attention_heads=2,
        num_key_value_heads=2, head_dim=8, max_position_embeddings=1024,
    )  # fmt: skip
    return diffusers.ZImagePipeline(
        scheduler=diffusers.FlowMatchEulerDiscreteScheduler(), text_encoder=transformers.Qwen3Model(words),
        vae=vae(shift_factor=0.06, use_quant_conv=False, use_post_quant_conv=False), tokenizer=tokenizer,
        transformer=diffusers.ZImageTransformer2DModel(
            in_channels=4, dim=32, n_layers=1, n_refiner_layers=1, n_heads=2, n_kv_heads=2, cap_feat_dim=16,
            axes_dims=[8, 4, 4], axes_lens=[1024, 64, 64],
        ),
    )  # fmt: skip


MAKERS: dict[str, Callable[[], Any]] = {
    "sd": stable_diffusion,
    "sd inpaint": lambda: stable_diffusion("StableDiffusionInpaintPipeline", 9),
    "instruct-pix2pix": lambda: stable_diffusion("StableDiffusionInstructPix2PixPipeline", 8),
    "sd x4 upscaler": upscale_4x,
    "sd latent upscaler": latent_upscale,
    "lcm": lcm,
    "sdxl": stable_diffusion_xl,
    "sdxl inpaint": lambda: stable_diffusion_xl("StableDiffusionXLInpaintPipeline", 9),
    "sdxl instruct": lambda: stable_diffusion_xl("StableDiffusionXLInstructPix2PixPipeline", 8),
    "sd3": stable_diffusion_3,
    "flux": flux,
    "flux schnell": lambda: flux(guided=False),
    # What is known of the picture goes in beside the latents, and the mask, folded to their size.
    "flux fill": lambda: flux("FluxFillPipeline", 16 + 16 + 4 * 2 * 2),
    "flux kontext": lambda: flux("FluxKontextPipeline"),
    "qwen": qwen_image,
    "qwen edit": lambda: qwen_image("QwenImageEditPipeline"),
    "qwen edit plus": lambda: qwen_image("QwenImageEditPlusPipeline"),
    "z-image": z_image,
}
