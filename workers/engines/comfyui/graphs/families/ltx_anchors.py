"""The anchors of an LTX film, the frames that hold it in place; each pass applies all of them.

In-place frames come first, then guides: a guide fails on a latent with sound in it, and each later
guide takes the conditioning of the one before it.
"""

from dataclasses import dataclass

from workers.engines.base import IllegalPlan, InputRef, RenderPlan
from workers.engines.comfyui.graphs.families.pictures import add_batch
from workers.engines.comfyui.graphs.graph import Graph, Link, NodeRef

_START_COMPRESSION, _FINAL_COMPRESSION = 18, 25
_STRENGTH = {"first": 0.7, "second": 1.0}
_LAST_FRAME = -1
_DECIMAL_PLACES = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class AnchoredLatent:
    """A latent with its anchors; `conditioning` has positive at 0 and negative at 1."""

    latent: Link
    conditioning: NodeRef
    has_guides: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Anchor:
    """Pictures that hold a place: the head of the film, or as a guide from frame `at` on.

    Pictures of the caller hold by `imageStrength`, frames of a film always in full.
    """

    name: str
    image: Link
    at: int | None = None
    is_film: bool = False


class LtxAnchors:
    """The anchors of one plan, loaded once."""

    def __init__(self, g: Graph, plan: RenderPlan, vae: Link) -> None:
        """Load the frames of the plan."""
        self._g, self._vae = g, vae
        self._firmness = float(plan.effective_input.get("imageStrength", 1.0))
        self._anchors = self._load_anchors(plan)

    def _load_anchors(self, plan: RenderPlan) -> list[_Anchor]:
        inputs, anchors = plan.inputs, []
        if inputs.start_frame is not None:
            image = self._load_still("start", inputs.start_frame, _START_COMPRESSION)
            anchors.append(_Anchor(name="start", image=image))
        if plan.effective_input.get("direction") == "start":
            anchors += self._load_tail(plan)
        elif inputs.overlap_frames:
            image = add_batch(self._g, "overlap", self._load_frames(inputs.overlap_frames))
            anchors.append(_Anchor(name="overlap", image=image, is_film=True))
        if inputs.final_frame is not None:
            image = self._load_still("final", inputs.final_frame, _FINAL_COMPRESSION)
            anchors.append(_Anchor(name="final", image=image, at=_LAST_FRAME))
        return anchors

    def _load_tail(self, plan: RenderPlan) -> list[_Anchor]:
        """Load the source's first k = 8b + 1 frames as guides at the end of the clip.

        A guide of several frames after frame 0 starts at 8m + 1, so the first frame is a guide of
        its own. Given 8b + 1 frames such a guide takes 8b, but given 8 it takes one: the last
        frame is there twice, and dropped.
        """
        frames = self._load_frames(plan.inputs.overlap_frames)
        if not frames:
            raise IllegalPlan("the plan has no overlap_frames")
        at = int(plan.effective_input["durationFrames"]) - len(frames)
        anchors = [_Anchor(name="seam", image=frames[0], at=at, is_film=True)]
        if len(frames) > 1:
            image = add_batch(self._g, "tail", [*frames[1:], frames[-1]])
            anchors.append(_Anchor(name="tail_guide", image=image, at=at + 1, is_film=True))
        return anchors

    def _load_frames(self, refs: tuple[InputRef, ...]) -> list[Link]:
        return [
            self._g.add(f"frame_{k}", "LoadImage", image=ref.name)[0] for k, ref in enumerate(refs)
        ]

    def _load_still(self, name: str, ref: InputRef, compression: int) -> Link:
        """Load a still and compress it like a film: the model was trained on such frames."""
        picture = self._g.add(name, "LoadImage", image=ref.name)
        prepared = self._g.add(
            f"{name}_prepared", "LTXVPreprocess", image=picture[0], img_compression=compression
        )
        return prepared[0]

    def hold(self, stage: str, latent: Link, conditioning: NodeRef) -> AnchoredLatent:
        """Put all anchors on the latent of the `first` or `second` pass."""
        guided = False
        for anchor in self._anchors:
            strength = (
                1.0 if anchor.is_film else round(_STRENGTH[stage] * self._firmness, _DECIMAL_PLACES)
            )
            name = f"{stage}_{anchor.name}"
            wires = {"vae": self._vae, "latent": latent, "image": anchor.image}
            if anchor.at is None:
                latent = self._g.add(
                    name, "LTXVImgToVideoInplace", **wires, strength=strength, bypass=False
                )[0]
                continue
            conditioning = self._g.add(
                name,
                "LTXVAddGuide",
                positive=conditioning[0],
                negative=conditioning[1],
                **wires,
                frame_idx=anchor.at,
                strength=strength,
            )
            latent, guided = conditioning[2], True
        return AnchoredLatent(latent=latent, conditioning=conditioning, has_guides=guided)
