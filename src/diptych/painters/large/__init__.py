"""Large models that users bring, through Hugging Face diffusers: Stable Diffusion and its kin.

    table      which class of model does which verb, and with what parameters: the one place where that is said
    settings   what a user can set, and how it is written after `--painter`
    sources    where weights lie: a folder, a single file, the Hugging Face cache; what is whole and what isn't
    hub        models that are present, and fetching one when asked to
    loading    from files to a pipeline: dtype, device, LoRA, tiny decoder
    prompts    steps of a plan as what such models are told
    windows    the part of a picture that a model sees, and the size that it sees it at
    methods    latent editing: which steps and models it is for, and what the model is told
    latents    a pipeline's parts as what `sampling` works with
    attention  a UNet's attention, opened: prompt-to-prompt, and shared with a reference
    editing    a photo inverted and sampled beside itself
    reference  pictures in the style of a reference; adapters: IP-Adapters
    painter    all of that as a Painter

torch and diffusers are imported when a model is loaded, not before. Nothing is fetched but by `hub.pull`.
"""

from diptych.painters.large.painter import LargePainter, open_painter, open_painters

__all__ = ["LargePainter", "open_painter", "open_painters"]
