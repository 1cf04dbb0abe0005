"""The sound of an LTX film: sampled with it, or a reference that is frozen."""

from dataclasses import dataclass

from workers.engines.base import RenderPlan
from workers.engines.comfyui.graphs.graph import Graph, Link


@dataclass(frozen=True, slots=True)
class LtxSound:
    """The sound latent of the first pass, and the link to the reference audio, if there is one."""

    latent: Link
    reference: Link | None = None


def add_sound_latent(g: Graph, plan: RenderPlan, audio_vae: Link) -> LtxSound:
    """Add an empty sound latent, or the reference audio frozen by a mask.

    The mask outlives the split, so both passes keep it. The film gets the trimmed original, which
    sounds better than the decoded latent and is exactly as long as the frames.
    """
    values, reference = plan.effective_input, plan.inputs.reference_audio
    frames, fps = values["durationFrames"], values["fps"]
    if reference is None:
        latent = g.add(
            "audio_latent",
            "LTXVEmptyLatentAudio",
            frames_number=frames,
            frame_rate=fps,
            batch_size=1,
            audio_vae=audio_vae,
        )
        return LtxSound(latent[0])
    loaded = g.add("reference_audio", "LoadAudio", audio=reference.name)
    given = g.add(
        "trimmed_audio",
        "TrimAudioDuration",
        audio=loaded[0],
        start_index=0.0,
        duration=frames / fps,
    )
    wires = {"audio": given[0], "audio_vae": audio_vae}
    encoded = g.add("encoded_audio", "LTXVAudioVAEEncode", **wires)
    size = {"width": values["width"], "height": values["height"]}
    mask = g.add("frozen", "SolidMask", value=0.0, **size)
    wires = {"samples": encoded[0], "mask": mask[0]}
    return LtxSound(g.add("audio_latent", "SetLatentNoiseMask", **wires)[0], given[0])
