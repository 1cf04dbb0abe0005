"""Fields of requests, to type and to read; rendered by `python -m gateway.sdk`, not by hand.

`ImageGenerateJob` has the fields of `client.run("image.generate", …)`, `ChangeKey` those of
`client.keys.update`. A type checker and an editor know them; nothing here exists on the wire.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Literal, Required, TypeAlias, TypedDict

from killatamata.local_media import MediaFile, StoredMedia
from killatamata.many import Many


class InlineMedia(TypedDict, total=False):
    """Bytes of a media file inside the request."""

    mime_type: Required[str]
    """Media type of the bytes, as image/png."""
    data: Required[str]
    """The bytes in standard base64, at most 10 MiB decoded."""


Media: TypeAlias = MediaFile | StoredMedia | str | InlineMedia
"""Media: a `Path`, bytes, an open binary file, a picture of Pillow or NumPy, an asset, an output,
an address, a data URI, or type and base64."""

MediaUrl: TypeAlias = str | StoredMedia | MediaFile
"""Media by reference: https://…, asset://… or job://…/0, an asset or an output; local media is
uploaded first."""


class Webhook(TypedDict, total=False):
    """The address for a job's events; see docs/webhooks.md for what is sent."""

    url: Required[str]
    """A public https URL on port 443; redirects are not followed."""
    events: Many[Literal["job.started", "job.completed"]]
    """What to send: the first start, the end. Default: the end."""


class Parent(TypedDict, total=False):
    """The result that a job is made from, and what it does with it."""

    job_id: Required[str]
    """A job of this account that has succeeded."""
    output_index: int
    """Which of its outputs, from 0. From 0 to 9. Default: 0."""
    relation: Required[Literal["seed", "vary", "edit", "upscale", "animate", "extend", "remix"]]
    """What the job does with it."""


class SpendPolicy(TypedDict, total=False):
    """A key's spending limits in dollars; null: no limit.

    The last three are hard caps in UTC windows; reserved and charged amounts count.
    """

    auto_approve_usd: str | Decimal | None
    """Plans and messages up to this need no approval. Default: 0 live, no limit in test."""
    confirm_up_to_usd: str | Decimal | None
    """Up to this a yes in the client is enough. Default: auto_approve_usd."""
    daily_limit_usd: str | Decimal | None
    """Spending cap per UTC day."""
    monthly_limit_usd: str | Decimal | None
    """Spending cap per UTC month."""
    total_limit_usd: str | Decimal | None
    """Spending cap in total."""


class ChangeKey(TypedDict, total=False):
    """Changes to a key; omitted fields stay."""

    label: str | None
    """Its purpose."""
    scopes: (
        Many[Literal["media", "studio", "account:read", "billing", "studio:approve", "admin"]]
        | None
    )
    """The scopes of the key."""
    spend_policy: SpendPolicy | None
    """Limits to change; omitted limits stay, and so does usage."""
    expires_at: datetime | str | None
    """When the key expires; null: never."""


class ChangeProject(TypedDict, total=False):
    """Changes to a project; omitted fields stay."""

    name: str | None
    """Its name."""
    description: str | None
    """Its subject."""
    cover_asset_id: str | None
    """An image of the project as its cover; null: none."""
    archived: bool | None
    """True makes it read-only."""


class ChangeAsset(TypedDict, total=False):
    """Changes to an asset; omitted fields stay."""

    name: str | None
    """Its name."""
    tags: Many[str] | None
    """Words to find it by."""
    notes: str | None
    """Free-form notes."""
    rating: int | None
    """0 means not rated, 5 is best."""
    archived: bool | None
    """True deletes it: its bytes are purged after 30 days."""
    project_id: str | None
    """Where to move it."""


class ChangeThread(TypedDict, total=False):
    """Changes to a thread; omitted fields stay."""

    title: str | None
    """Its name."""
    archived: bool | None
    """True: it is no longer listed."""


class ChangeImageDefaults(TypedDict, total=False):
    """The usual size of images; omitted fields stay."""

    width: int | None
    """Width in pixels."""
    height: int | None
    """Height in pixels."""


class ChangeVideoDefaults(TypedDict, total=False):
    """The usual form of videos; omitted fields stay."""

    width: int | None
    """Width in pixels."""
    height: int | None
    """Height in pixels."""
    fps: int | None
    """Frames a second. From 1 to 120."""
    duration_frames: int | None
    """Frames. From 1 to 10000."""


class ChangeDefaults(TypedDict, total=False):
    """The usual forms; omitted fields stay."""

    image: ChangeImageDefaults | None
    """For images."""
    video: ChangeVideoDefaults | None
    """For videos."""


class ChangeAgent(TypedDict, total=False):
    """New agent settings; omitted fields stay."""

    enabled: bool | None
    """False: it accepts no messages."""
    max_price_usd: str | Decimal | None
    """The most one message may cost, at most 2.00."""
    instructions: str | None
    """Instructions it always follows."""


class ChangeSettings(TypedDict, total=False):
    """Any part of the settings; it is merged into what is there."""

    selected_project_id: str | None
    """null: none."""
    selected_thread_id: str | None
    """null: none."""
    defaults: ChangeDefaults | None
    """Default values."""
    agent: ChangeAgent | None
    """The studio's agent."""


class CutClip(TypedDict, total=False):
    """One clip of a cut, by its shot, its source, or both."""

    shot_id: str | None
    """The shot of the storyboard that it shows."""
    source: str | None
    """The clip: `asset://ID` or `job://ID/0`; null: the chosen take of the shot."""
    head_frames: int
    """Frames cut off the head, beyond `overlap_frames`. From 0 to 36000. Default: 0."""
    tail_frames: int
    """Frames cut off the tail. From 0 to 36000. Default: 0."""
    overlap_frames: int
    """Frames at the head that repeat the clip before it, and are cut off too. From 0 to 97.
    Default: 0.
    """


class SaveStep(TypedDict, total=False):
    """The document to save: `asset_id` replaces one, else a new one is made."""

    asset_id: str | None
    """The asset."""
    project_id: str | None
    """For a new one; default: the plan's project."""
    name: str
    """Its name. Default: 'Untitled'."""
    base_version: int | None
    """The version it is based on; default: the newest."""


class SaveTextStep(SaveStep, total=False):
    """Save a text."""

    content: Required[str]
    """Markdown, at most 1 MiB."""


class Measures(TypedDict, total=False):
    """Defaults for every shot."""

    width: int | None
    """Pixels, as of video.generate."""
    height: int | None
    """Pixels, as of video.generate."""
    fps: Literal[24, 25, 30, 48, 50] | None
    """Frames a second."""
    duration_frames: int | None
    """Frames, 8n + 1; instead of `duration_seconds`."""
    duration_seconds: float | None
    """Instead of `duration_frames`; `input_adjustments` of the plan says how it was rounded."""
    seed: int | None
    """Seed of the randomness."""
    generate_audio: bool | None
    """Sound for the clip."""


class Character(TypedDict, total=False):
    """A character of the storyboard."""

    id: Required[str]
    """Short name that never changes: a to z, 0 to 9, underscores and hyphens, 32 at most."""
    name: str | None
    """One line."""
    references: Many[str]
    """Pictures of it."""
    description: str | None
    """What it looks like."""


class Continuity(TypedDict, total=False):
    """A shot that continues an earlier one."""

    from_shot_id: Required[str]
    """Short name that never changes: a to z, 0 to 9, underscores and hyphens, 32 at most."""
    overlap_frames: int
    """Frames of the earlier shot at its start; moved to the nearest 8n + 1. From 1 to 97.
    Default: 9.
    """


class Dialogue(TypedDict, total=False):
    """One line of dialogue."""

    character: Required[str]
    """Who speaks."""
    parenthetical: str | None
    """How it is said."""
    line: Required[str]
    """The line."""


class Shot(Measures, total=False):
    """One shot: what is seen and heard, and how it is made.

    To be rendered it needs a `prompt` or an `action`. The model is told the prompt, or without one
    the action and the dialogue; then `camera`, and a sentence for `movement`. Title, status, size,
    angle, lens, characters, references, sfx, music and notes are for people.

    `duration_seconds` is floor(s * fps / 8) * 8 + 1 frames of a new clip, and ceil(s * fps / 8) * 8
    new frames of one that continues another.
    """

    id: Required[str]
    """Short name that never changes: a to z, 0 to 9, underscores and hyphens, 32 at most."""
    title: str | None
    """One line."""
    status: Literal["draft", "approved", "rejected"] | None
    """Its review status."""
    size: Literal["ECU", "CU", "MCU", "MS", "MLS", "LS", "ELS", "OTS", "POV", "INSERT"] | None
    """Size of the shot."""
    angle: Literal["eye", "low", "high", "overhead", "dutch"] | None
    """Angle of the camera."""
    movement: (
        Literal[
            "dolly_in",
            "dolly_out",
            "dolly_left",
            "dolly_right",
            "jib_up",
            "jib_down",
            "static",
            "focus_shift",
            "pan_left",
            "pan_right",
            "tilt_up",
            "tilt_down",
            "handheld",
            "orbit",
            "zoom_in",
            "zoom_out",
        ]
        | None
    )
    """Movement of the camera."""
    lens: str | None
    """One line, as 35mm."""
    camera: str | None
    """One line in your own words, which follows the prompt; or a word of `movement`."""
    characters: Many[str]
    """Ids of the characters seen."""
    start_frame: str | None
    """Frame 0."""
    final_frame: str | None
    """The last frame."""
    reference_audio: str | None
    """Soundtrack that drives the motion."""
    references: Many[str]
    """Reference pictures."""
    continuity: Continuity | None
    """Which earlier shot it continues."""
    take: str | None
    """The chosen take."""
    action: str | None
    """What happens."""
    dialogue: Sequence[Dialogue]
    """What is said."""
    prompt: str | None
    """The prompt for the model; composed if missing."""
    negative_prompt: str | None
    """What to keep out."""
    sfx: str | None
    """Sounds."""
    music: str | None
    """Music."""
    notes: str | None
    """Free-form notes."""


class Scene(TypedDict, total=False):
    """Shots in one place."""

    id: Required[str]
    """Short name that never changes: a to z, 0 to 9, underscores and hyphens, 32 at most."""
    heading: str | None
    """One line, as INT. AIRLOCK - NIGHT."""
    notes: str | None
    """Free-form notes."""
    shots: Sequence[Shot]
    """In order."""


class Storyboard(TypedDict, total=False):
    """A whole storyboard: scenes of shots, in order. Whatever is empty may be left out."""

    title: Required[str]
    """The name of the storyboard."""
    logline: str | None
    """One line: what it is about."""
    notes: str | None
    """Free-form notes."""
    defaults: Measures | None
    """Defaults for every shot."""
    characters: Sequence[Character]
    """The characters."""
    scenes: Sequence[Scene]
    """In order."""


class SaveStoryboardStep(SaveStep, total=False):
    """Save a storyboard."""

    document: Required[Storyboard]


class StoryboardChange(TypedDict, total=False):
    """Fields of a storyboard to change; None removes."""

    title: str | None
    """The name of the storyboard."""
    logline: str | None
    """One line: what it is about."""
    notes: str | None
    """Free-form notes."""
    defaults: Measures | None
    """Defaults for every shot."""


class Set(TypedDict, total=False):
    """Change title, logline, notes or defaults."""

    fields: Required[StoryboardChange]
    """New values; null removes."""
    op: Required[Literal["set"]]
    """The kind of edit."""


class PutCharacter(TypedDict, total=False):
    """Add a character, or replace the one with its id."""

    op: Required[Literal["putCharacter"]]
    """The kind of edit."""
    character: Required[Character]


class RemoveCharacter(TypedDict, total=False):
    """Remove a character that no shot names."""

    op: Required[Literal["removeCharacter"]]
    """The kind of edit."""
    character_id: Required[str]
    """Short name that never changes: a to z, 0 to 9, underscores and hyphens, 32 at most."""


class PutScene(TypedDict, total=False):
    """Add a scene, or replace the one with its id; `shots` left out stay as they are."""

    op: Required[Literal["putScene"]]
    """The kind of edit."""
    scene: Required[Scene]
    before_scene_id: str | None
    """The scene to put it before; default: the end."""


class RemoveScene(TypedDict, total=False):
    """Remove a scene with its shots."""

    op: Required[Literal["removeScene"]]
    """The kind of edit."""
    scene_id: Required[str]
    """Short name that never changes: a to z, 0 to 9, underscores and hyphens, 32 at most."""


class PutShot(TypedDict, total=False):
    """Add a shot to a scene, or replace the one with its id."""

    op: Required[Literal["putShot"]]
    """The kind of edit."""
    scene_id: Required[str]
    """Short name that never changes: a to z, 0 to 9, underscores and hyphens, 32 at most."""
    shot: Required[Shot]
    before_shot_id: str | None
    """The shot to put it before; default: the end."""


class ShotChange(TypedDict, total=False):
    """Fields of a shot to change; None removes."""

    width: int | None
    """Pixels, as of video.generate."""
    height: int | None
    """Pixels, as of video.generate."""
    fps: Literal[24, 25, 30, 48, 50] | None
    """Frames a second."""
    duration_frames: int | None
    """Frames, 8n + 1; instead of `duration_seconds`."""
    duration_seconds: float | None
    """Instead of `duration_frames`; `input_adjustments` of the plan says how it was rounded."""
    seed: int | None
    """Seed of the randomness."""
    generate_audio: bool | None
    """Sound for the clip."""
    title: str | None
    """One line."""
    status: Literal["draft", "approved", "rejected"] | None
    """Its review status."""
    size: Literal["ECU", "CU", "MCU", "MS", "MLS", "LS", "ELS", "OTS", "POV", "INSERT"] | None
    """Size of the shot."""
    angle: Literal["eye", "low", "high", "overhead", "dutch"] | None
    """Angle of the camera."""
    movement: (
        Literal[
            "dolly_in",
            "dolly_out",
            "dolly_left",
            "dolly_right",
            "jib_up",
            "jib_down",
            "static",
            "focus_shift",
            "pan_left",
            "pan_right",
            "tilt_up",
            "tilt_down",
            "handheld",
            "orbit",
            "zoom_in",
            "zoom_out",
        ]
        | None
    )
    """Movement of the camera."""
    lens: str | None
    """One line, as 35mm."""
    camera: str | None
    """One line in your own words, which follows the prompt; or a word of `movement`."""
    characters: Many[str] | None
    """Ids of the characters seen."""
    start_frame: str | None
    """Frame 0."""
    final_frame: str | None
    """The last frame."""
    reference_audio: str | None
    """Soundtrack that drives the motion."""
    references: Many[str] | None
    """Reference pictures."""
    continuity: Continuity | None
    """Which earlier shot it continues."""
    take: str | None
    """The chosen take."""
    action: str | None
    """What happens."""
    dialogue: Sequence[Dialogue] | None
    """What is said."""
    prompt: str | None
    """The prompt for the model; composed if missing."""
    negative_prompt: str | None
    """What to keep out."""
    sfx: str | None
    """Sounds."""
    music: str | None
    """Music."""
    notes: str | None
    """Free-form notes."""


class PatchShot(TypedDict, total=False):
    """Change fields of a shot."""

    fields: Required[ShotChange]
    """New values; null removes."""
    op: Required[Literal["patchShot"]]
    """The kind of edit."""
    shot_id: Required[str]
    """Short name that never changes: a to z, 0 to 9, underscores and hyphens, 32 at most."""


class MoveShot(TypedDict, total=False):
    """Move a shot to a scene, to its end or before another shot."""

    op: Required[Literal["moveShot"]]
    """The kind of edit."""
    shot_id: Required[str]
    """Short name that never changes: a to z, 0 to 9, underscores and hyphens, 32 at most."""
    scene_id: Required[str]
    """Short name that never changes: a to z, 0 to 9, underscores and hyphens, 32 at most."""
    before_shot_id: str | None
    """The shot to put it before; default: the end."""


class RemoveShot(TypedDict, total=False):
    """Remove a shot."""

    op: Required[Literal["removeShot"]]
    """The kind of edit."""
    shot_id: Required[str]
    """Short name that never changes: a to z, 0 to 9, underscores and hyphens, 32 at most."""


class Clip(TypedDict, total=False):
    """One clip of the list, and its trims."""

    video_url: MediaUrl | None
    """The clip, at most 300 s and 120 frames a second: https://…, asset://ast_… or
    job://job_…/0. Excludes its inline twin.
    """
    video: Media | None
    """The clip, at most 300 s and 120 frames a second, inline: a data URI or {mime_type,
    data}, at most 10 MiB. Excludes its …Url twin.
    """
    job_id: str | None
    """A job of this account; its first output is the source, as job://<job_id>/0."""
    trim_head_frames: int | None
    """Frames cut off the head; wins over overlap_frames and recorded overlap. From 0 to 36000."""
    trim_tail_frames: int
    """Frames cut off the tail. From 0 to 36000. Default: 0."""


class ItemOptions(TypedDict, total=False):
    """Options of every task, priced or run."""

    strict: bool
    """Refuse instead of adjusting a value. Default: False."""


class JobOptions(ItemOptions, total=False):
    """Options of a job, of every task."""

    max_price_usd: str | Decimal | None
    """A higher price is refused."""
    quote_id: str | None
    """Run the first unused matching item of this quote."""
    queue_timeout_seconds: int
    """A job not started by then expires, free. From 30 to 86400. Default: 86400."""
    deadline_seconds: int | None
    """Seconds from the first start; then the job is canceled, free. From 10 to 7200."""
    metadata: Mapping[str, str] | None
    """Returned unchanged, never sent to an engine."""
    project_id: str | None
    """One of your projects, to file the job under."""
    keep: bool
    """Keep its outputs when it succeeds: in its project, or else in the Inbox. Default: False."""
    webhook: Webhook | None
    """Where to send signed messages."""
    parent: Parent | None
    """The result that it is made from; only recorded."""
    preset_ids: Many[str]
    """Presets whose words the prompt holds; only recorded."""


class StepOptions(ItemOptions, total=False):
    """Options of a step of a plan."""

    key: str | None
    """Its name in this plan, for `step://KEY/n`; default: step1, step2, …"""
    depends_on: Many[str]
    """Keys of steps to wait for."""
    shot_id: str | None
    """The storyboard shot it is a take of."""


class ImageGenerateSettings(TypedDict, total=False):
    """Input of image.generate besides its prompt."""

    negative_prompt: str
    """What to keep out. Some model families ignore it; a warning says so."""
    width: int | None
    """Pixels; moved to the nearest multiple of 16. Default 1024. From 256 to 2048."""
    height: int | None
    """Pixels; moved to the nearest multiple of 16. Requires `width`. From 256 to 2048."""
    aspect_ratio: Literal["1:1", "16:9", "9:16", "4:3", "3:4", "3:2", "2:3", "21:9"] | None
    """A size of about one megapixel in this shape. Excludes width, height."""
    count: int
    """How many pictures; picture k uses seed + k. All of them or none. From 1 to 4. Default:
    1.
    """
    high_detail: bool
    """1.5 times the inference steps and 1.5 times the price. Leave it out unless higher detail
    was explicitly asked for. Default: False.
    """
    output_format: Literal["png", "jpeg", "webp"]
    """File format of the pictures. Default: 'png'."""
    seed: int | None
    """Seed of the randomness; chosen and returned if omitted. From 0 to 9007199254740991."""


class ImageGenerateFile(ImageGenerateSettings, JobOptions, total=False):
    """Settings of image.generate with the options of a job, for `generate`."""


class ImageGenerateInput(ImageGenerateSettings, total=False):
    """Make pictures from a prompt."""

    prompt: Required[str]
    """What the picture shows, as one coherent paragraph."""


class ImageGenerateQuote(ImageGenerateInput, ItemOptions, total=False):
    """Input of image.generate with the options of a quote."""


class ImageGenerateJob(ImageGenerateInput, JobOptions, total=False):
    """Input of image.generate with the options of a job."""


class ImageEditSettings(TypedDict, total=False):
    """Input of image.edit besides its prompt."""

    negative_prompt: str
    """What to keep out. Some model families ignore it; a warning says so."""
    image_url: MediaUrl | None
    """The picture to change (job://job_…/0/frames/-1: the last frame of a clip): https://…,
    asset://ast_… or job://job_…/0. Excludes its inline twin.
    """
    image: Media | None
    """The picture to change, inline: a data URI or {mime_type, data}, at most 10 MiB. Excludes
    its …Url twin.
    """
    image_urls: Many[MediaUrl] | None
    """Base picture first, then references, as references to media. Excludes the other image
    fields.
    """
    images: Many[Media] | None
    """Base picture first, then references, inline. Excludes the other image fields."""
    mask_url: MediaUrl | None
    """Mask: white is edited; resized to the base picture: https://…, asset://ast_… or
    job://job_…/0. Excludes its inline twin.
    """
    mask: Media | None
    """Mask: white is edited; resized to the base picture, inline: a data URI or {mime_type,
    data}, at most 10 MiB. Excludes its …Url twin.
    """
    strength: float
    """How far the result may depart from the base picture. From 0 to 1. Default: 0.6."""
    width: int | None
    """Pixels; moved to the nearest multiple of 16. Default: the base's. From 256 to 2048."""
    height: int | None
    """Pixels; moved to the nearest multiple of 16. Requires `width`. From 256 to 2048."""
    count: int
    """How many pictures; picture k uses seed + k. All of them or none. From 1 to 4. Default:
    1.
    """
    high_detail: bool
    """1.5 times the inference steps and 1.5 times the price. Leave it out unless higher detail
    was explicitly asked for. Default: False.
    """
    output_format: Literal["png", "jpeg", "webp"]
    """File format of the pictures. Default: 'png'."""
    seed: int | None
    """Seed of the randomness; chosen and returned if omitted. From 0 to 9007199254740991."""


class ImageEditFile(ImageEditSettings, JobOptions, total=False):
    """Settings of image.edit with the options of a job, for `generate`."""


class ImageEditInput(ImageEditSettings, total=False):
    """Change a picture as the prompt says."""

    prompt: Required[str]
    """What the picture shows, as one coherent paragraph."""


class ImageEditQuote(ImageEditInput, ItemOptions, total=False):
    """Input of image.edit with the options of a quote."""


class ImageEditJob(ImageEditInput, JobOptions, total=False):
    """Input of image.edit with the options of a job."""


class ImageUpscaleInput(TypedDict, total=False):
    """Make a picture larger."""

    image_url: MediaUrl | None
    """The picture (job://job_…/0/frames/-1: the last frame of a clip): https://…,
    asset://ast_… or job://job_…/0. Excludes its inline twin.
    """
    image: Media | None
    """The picture, inline: a data URI or {mime_type, data}, at most 10 MiB. Excludes its …Url
    twin.
    """
    scale: Literal[2, 4] | None
    """How many times as wide and as high; default 2."""
    target_width: int | None
    """Pixels, above the source; the shape is kept. Excludes `scale`. From 65 to 8192."""
    target_height: int | None
    """Pixels, above the source; with `target_width` it must keep the shape within 1 %.
    Excludes `scale`. From 65 to 8192.
    """
    output_format: Literal["png", "jpeg", "webp"]
    """File format of the pictures. Default: 'png'."""


class ImageUpscaleQuote(ImageUpscaleInput, ItemOptions, total=False):
    """Input of image.upscale with the options of a quote."""


class ImageUpscaleJob(ImageUpscaleInput, JobOptions, total=False):
    """Input of image.upscale with the options of a job."""


class VideoGenerateSettings(TypedDict, total=False):
    """Input of video.generate besides its prompt."""

    negative_prompt: str
    """What to keep out. Some model families ignore it; a warning says so."""
    width: int | None
    """Pixels of the final canvas; moved to the nearest multiple of 64. The area is 2560x1472
    at most. Left out: 1280x704, or the nearest of 1280x704, 704x1280 and 960x960 to the
    shape of the anchor. From 256 to 2560.
    """
    height: int | None
    """Pixels; moved to the nearest multiple of 64. Requires `width`. From 256 to 2560."""
    duration_frames: int | None
    """Frames, 8n + 1 (the nearest is taken) and at most 20 seconds: 20 * fps + 1. 121 if no
    length is given. Excludes `duration_seconds`; prefer it for exact continuation. From 9
    to 505.
    """
    duration_seconds: float | None
    """Seconds; floor(s * fps / 8) * 8 + 1 frames. Excludes `duration_frames`. At most 20.
    Above 0.
    """
    fps: Literal[24, 25, 30, 48, 50]
    """Frames a second, as sampled. Default: 24."""
    start_frame_image_url: MediaUrl | None
    """Frame 0. Excludes overlap frames (job://job_…/0/frames/-1: the last frame of a clip):
    https://…, asset://ast_… or job://job_…/0. Excludes its inline twin.
    """
    start_frame_image: Media | None
    """Frame 0. Excludes overlap frames, inline: a data URI or {mime_type, data}, at most 10
    MiB. Excludes its …Url twin.
    """
    final_frame_image_url: MediaUrl | None
    """The last frame (job://job_…/0/frames/-1: the last frame of a clip): https://…,
    asset://ast_… or job://job_…/0. Excludes its inline twin.
    """
    final_frame_image: Media | None
    """The last frame, inline: a data URI or {mime_type, data}, at most 10 MiB. Excludes its
    …Url twin.
    """
    overlap_frame_image_urls: Many[MediaUrl] | None
    """Trailing frames of the previous clip in time order, best as lossless WebP: 1, 9, 17 or
    25; of other numbers the last ones are kept. Excludes a start frame.
    job://job_…/0/frames/-9 to …/frames/-1 are the last 9 of a clip.
    """
    overlap_frame_images: Many[Media] | None
    """The same, inline. Excludes `overlap_frame_image_urls` and a start frame."""
    reference_audio_url: MediaUrl | None
    """Soundtrack of 1 to 60 s that drives the motion; needs a start frame or overlap frames:
    https://…, asset://ast_… or job://job_…/0. Excludes its inline twin.
    """
    reference_audio: Media | None
    """Soundtrack of 1 to 60 s that drives the motion; needs a start frame or overlap frames,
    inline: a data URI or {mime_type, data}, at most 10 MiB. Excludes its …Url twin.
    """
    pad_audio: bool
    """Add silence where the reference audio ends before the clip. Default: False."""
    image_strength: float
    """How firmly start and final frame hold. From 0 to 1. Default: 1.0."""
    generate_audio: bool
    """Sound for the clip; false makes it silent and excludes reference audio. Default: True."""
    camera_motion: (
        Literal[
            "dolly_in",
            "dolly_out",
            "dolly_left",
            "dolly_right",
            "jib_up",
            "jib_down",
            "static",
            "focus_shift",
        ]
        | None
    )
    """Adds one sentence about the camera to the prompt."""
    seed: int | None
    """Seed of the randomness; chosen and returned if omitted. From 0 to 9007199254740991."""


class VideoGenerateFile(VideoGenerateSettings, JobOptions, total=False):
    """Settings of video.generate with the options of a job, for `generate`."""


class VideoGenerateInput(VideoGenerateSettings, total=False):
    """Make a clip from a prompt, and from frames and sound if there are any."""

    prompt: Required[str]
    """What happens, as one coherent paragraph. Avoid timestamps and segments; keep anti-text
    negatives out of it.
    """


class VideoGenerateQuote(VideoGenerateInput, ItemOptions, total=False):
    """Input of video.generate with the options of a quote."""


class VideoGenerateJob(VideoGenerateInput, JobOptions, total=False):
    """Input of video.generate with the options of a job."""


class VideoExtendSettings(TypedDict, total=False):
    """Input of video.extend besides its prompt."""

    negative_prompt: str
    """What to keep out. Some model families ignore it; a warning says so."""
    video_url: MediaUrl | None
    """The clip to extend, at most 60 s, 1500 frames and 120 frames a second: https://…,
    asset://ast_… or job://job_…/0. Excludes its inline twin.
    """
    video: Media | None
    """The clip to extend, at most 60 s, 1500 frames and 120 frames a second, inline: a data
    URI or {mime_type, data}, at most 10 MiB. Excludes its …Url twin.
    """
    job_id: str | None
    """A job of this account; its first output is the source, as job://<job_id>/0."""
    direction: Literal["end", "start"]
    """`start` puts the new frames before the source. Default: 'end'."""
    extend_frames: int | None
    """New frames, up to a multiple of 8; 120 if no length is given. With the overlap at most
    20 seconds: 20 * fps + 1. Excludes `extend_seconds`. From 8 to 480.
    """
    extend_seconds: float | None
    """Seconds; ceil(s * fps / 8) * 8 new frames. Excludes `extend_frames`. From 0.3 to 20."""
    overlap_frames: int | None
    """Context from the source, moved to the nearest 8n + 1; default 9. From 1 to 97."""
    output_mode: Literal["joined", "tail"]
    """`joined`: source and new frames. `tail`: the overlap and the new frames, with the
    overlap recorded for video.combine. Default: 'joined'.
    """
    final_frame_image_url: MediaUrl | None
    """The last frame; not with direction start (job://job_…/0/frames/-1: the last frame of a
    clip): https://…, asset://ast_… or job://job_…/0. Excludes its inline twin.
    """
    final_frame_image: Media | None
    """The last frame; not with direction start, inline: a data URI or {mime_type, data}, at
    most 10 MiB. Excludes its …Url twin.
    """
    reference_audio_url: MediaUrl | None
    """Soundtrack of the new frames, 1 to 60 s: https://…, asset://ast_… or job://job_…/0.
    Excludes its inline twin.
    """
    reference_audio: Media | None
    """Soundtrack of the new frames, 1 to 60 s, inline: a data URI or {mime_type, data}, at
    most 10 MiB. Excludes its …Url twin.
    """
    pad_audio: bool
    """Add silence where the reference audio ends before the clip. Default: False."""
    generate_audio: bool
    """Sound for the clip; false makes it silent and excludes reference audio. Default: True."""
    seed: int | None
    """Seed of the randomness; chosen and returned if omitted. From 0 to 9007199254740991."""


class VideoExtendFile(VideoExtendSettings, JobOptions, total=False):
    """Settings of video.extend with the options of a job, for `generate`."""


class VideoExtendInput(VideoExtendSettings, total=False):
    """Continue a clip, or lead up to it."""

    prompt: Required[str]
    """What happens, as one coherent paragraph. Avoid timestamps and segments; keep anti-text
    negatives out of it.
    """


class VideoExtendQuote(VideoExtendInput, ItemOptions, total=False):
    """Input of video.extend with the options of a quote."""


class VideoExtendJob(VideoExtendInput, JobOptions, total=False):
    """Input of video.extend with the options of a job."""


class VideoUpscaleInput(TypedDict, total=False):
    """Make a clip larger; its sound is copied."""

    video_url: MediaUrl | None
    """The clip, at most 60 s, 1500 frames and 120 frames a second: https://…, asset://ast_… or
    job://job_…/0. Excludes its inline twin.
    """
    video: Media | None
    """The clip, at most 60 s, 1500 frames and 120 frames a second, inline: a data URI or
    {mime_type, data}, at most 10 MiB. Excludes its …Url twin.
    """
    job_id: str | None
    """A job of this account; its first output is the source, as job://<job_id>/0."""
    scale: float | None
    """1.5 or 2 times as wide and as high; default 2."""
    target: Literal["1080p", "1440p", "2160p"] | None
    """The largest size of the same shape inside 1920x1088, 2560x1472 or 3840x2176 (turned for
    portrait), above the source. Excludes `scale`.
    """


class VideoUpscaleQuote(VideoUpscaleInput, ItemOptions, total=False):
    """Input of video.upscale with the options of a quote."""


class VideoUpscaleJob(VideoUpscaleInput, JobOptions, total=False):
    """Input of video.upscale with the options of a job."""


class VideoCombineInput(TypedDict, total=False):
    """Join clips in the order given."""

    video_urls: Many[MediaUrl] | None
    """The clips by reference: 300 s and 120 frames a second each, 30 minutes in all."""
    videos: Many[Media] | None
    """The clips, inline. Give exactly one of video_urls, videos and clips."""
    clips: Sequence[Clip] | None
    """The clips with their trims: {video_url, video or job_id, …}."""
    overlap_frames: int | None
    """Frames cut off the head of each clip after the first. Left out: the overlap that is
    recorded on a clip of an own job, 0 for others. From 0 to 97.
    """
    width: int | None
    """Pixels, even; default: the first clip's. Others are fitted and padded. From 64 to 3840."""
    height: int | None
    """Pixels, even. Requires `width`. From 64 to 3840."""
    fps: int | None
    """Frames per second; default: the first clip's. From 12 to 60."""
    audio: Literal["concat", "mute"]
    """Join the sound of the clips, or drop it. Default: 'concat'."""
    crossfade_audio_ms: int
    """Milliseconds of crossfade at each seam. From 0 to 50. Default: 0."""


class VideoCombineQuote(VideoCombineInput, ItemOptions, total=False):
    """Input of video.combine with the options of a quote."""


class VideoCombineJob(VideoCombineInput, JobOptions, total=False):
    """Input of video.combine with the options of a job."""


class AudioGenerateSettings(TypedDict, total=False):
    """Input of audio.generate besides its prompt."""

    duration_seconds: float
    """Length in seconds. From 1 to 60. Default: 8.0."""
    output_format: Literal["wav", "flac", "mp3"]
    """File format: WAV and FLAC lose nothing, MP3 is the smallest. Default: 'wav'."""
    seed: int | None
    """Seed of the randomness; chosen and returned if omitted. From 0 to 9007199254740991."""


class AudioGenerateFile(AudioGenerateSettings, JobOptions, total=False):
    """Settings of audio.generate with the options of a job, for `generate`."""


class AudioGenerateInput(AudioGenerateSettings, total=False):
    """Make a sound without speech from a prompt."""

    prompt: Required[str]
    """What is to be heard; no speech."""


class AudioGenerateQuote(AudioGenerateInput, ItemOptions, total=False):
    """Input of audio.generate with the options of a quote."""


class AudioGenerateJob(AudioGenerateInput, JobOptions, total=False):
    """Input of audio.generate with the options of a job."""


Edit: TypeAlias = (
    Set
    | PutCharacter
    | RemoveCharacter
    | PutScene
    | RemoveScene
    | PutShot
    | PatchShot
    | MoveShot
    | RemoveShot
)
"""An edit of a storyboard."""


class ImageGenerateItem(ItemOptions, total=False):
    """Item image.generate, with its input."""

    task: Required[Literal["image.generate"]]
    input: Required[ImageGenerateInput]


class ImageEditItem(ItemOptions, total=False):
    """Item image.edit, with its input."""

    task: Required[Literal["image.edit"]]
    input: Required[ImageEditInput]


class ImageUpscaleItem(ItemOptions, total=False):
    """Item image.upscale, with its input."""

    task: Required[Literal["image.upscale"]]
    input: Required[ImageUpscaleInput]


class VideoGenerateItem(ItemOptions, total=False):
    """Item video.generate, with its input."""

    task: Required[Literal["video.generate"]]
    input: Required[VideoGenerateInput]


class VideoExtendItem(ItemOptions, total=False):
    """Item video.extend, with its input."""

    task: Required[Literal["video.extend"]]
    input: Required[VideoExtendInput]


class VideoUpscaleItem(ItemOptions, total=False):
    """Item video.upscale, with its input."""

    task: Required[Literal["video.upscale"]]
    input: Required[VideoUpscaleInput]


class VideoCombineItem(ItemOptions, total=False):
    """Item video.combine, with its input."""

    task: Required[Literal["video.combine"]]
    input: Required[VideoCombineInput]


class AudioGenerateItem(ItemOptions, total=False):
    """Item audio.generate, with its input."""

    task: Required[Literal["audio.generate"]]
    input: Required[AudioGenerateInput]


Item: TypeAlias = (
    ImageGenerateItem
    | ImageEditItem
    | ImageUpscaleItem
    | VideoGenerateItem
    | VideoExtendItem
    | VideoUpscaleItem
    | VideoCombineItem
    | AudioGenerateItem
)
"""A task with its input, to price."""


class ImageGenerateStep(StepOptions, total=False):
    """Step image.generate, with its input."""

    operation: Required[Literal["image.generate"]]
    input: Required[ImageGenerateInput]


class ImageEditStep(StepOptions, total=False):
    """Step image.edit, with its input."""

    operation: Required[Literal["image.edit"]]
    input: Required[ImageEditInput]


class ImageUpscaleStep(StepOptions, total=False):
    """Step image.upscale, with its input."""

    operation: Required[Literal["image.upscale"]]
    input: Required[ImageUpscaleInput]


class VideoGenerateStep(StepOptions, total=False):
    """Step video.generate, with its input."""

    operation: Required[Literal["video.generate"]]
    input: Required[VideoGenerateInput]


class VideoExtendStep(StepOptions, total=False):
    """Step video.extend, with its input."""

    operation: Required[Literal["video.extend"]]
    input: Required[VideoExtendInput]


class VideoUpscaleStep(StepOptions, total=False):
    """Step video.upscale, with its input."""

    operation: Required[Literal["video.upscale"]]
    input: Required[VideoUpscaleInput]


class VideoCombineStep(StepOptions, total=False):
    """Step video.combine, with its input."""

    operation: Required[Literal["video.combine"]]
    input: Required[VideoCombineInput]


class AudioGenerateStep(StepOptions, total=False):
    """Step audio.generate, with its input."""

    operation: Required[Literal["audio.generate"]]
    input: Required[AudioGenerateInput]


class StudioTextSaveStep(StepOptions, total=False):
    """Step studio.text.save, with its input."""

    operation: Required[Literal["studio.text.save"]]
    input: Required[SaveTextStep]


class StudioStoryboardSaveStep(StepOptions, total=False):
    """Step studio.storyboard.save, with its input."""

    operation: Required[Literal["studio.storyboard.save"]]
    input: Required[SaveStoryboardStep]


Step: TypeAlias = (
    ImageGenerateStep
    | ImageEditStep
    | ImageUpscaleStep
    | VideoGenerateStep
    | VideoExtendStep
    | VideoUpscaleStep
    | VideoCombineStep
    | AudioGenerateStep
    | StudioTextSaveStep
    | StudioStoryboardSaveStep
)
"""A step of a plan."""


__all__ = [
    "AudioGenerateFile",
    "AudioGenerateInput",
    "AudioGenerateItem",
    "AudioGenerateJob",
    "AudioGenerateQuote",
    "AudioGenerateSettings",
    "AudioGenerateStep",
    "ChangeAgent",
    "ChangeAsset",
    "ChangeDefaults",
    "ChangeImageDefaults",
    "ChangeKey",
    "ChangeProject",
    "ChangeSettings",
    "ChangeThread",
    "ChangeVideoDefaults",
    "Character",
    "Clip",
    "Continuity",
    "CutClip",
    "Dialogue",
    "Edit",
    "ImageEditFile",
    "ImageEditInput",
    "ImageEditItem",
    "ImageEditJob",
    "ImageEditQuote",
    "ImageEditSettings",
    "ImageEditStep",
    "ImageGenerateFile",
    "ImageGenerateInput",
    "ImageGenerateItem",
    "ImageGenerateJob",
    "ImageGenerateQuote",
    "ImageGenerateSettings",
    "ImageGenerateStep",
    "ImageUpscaleInput",
    "ImageUpscaleItem",
    "ImageUpscaleJob",
    "ImageUpscaleQuote",
    "ImageUpscaleStep",
    "InlineMedia",
    "Item",
    "ItemOptions",
    "JobOptions",
    "Measures",
    "Media",
    "MediaUrl",
    "MoveShot",
    "Parent",
    "PatchShot",
    "PutCharacter",
    "PutScene",
    "PutShot",
    "RemoveCharacter",
    "RemoveScene",
    "RemoveShot",
    "SaveStep",
    "SaveStoryboardStep",
    "SaveTextStep",
    "Scene",
    "Set",
    "Shot",
    "ShotChange",
    "SpendPolicy",
    "Step",
    "StepOptions",
    "Storyboard",
    "StoryboardChange",
    "StudioStoryboardSaveStep",
    "StudioTextSaveStep",
    "VideoCombineInput",
    "VideoCombineItem",
    "VideoCombineJob",
    "VideoCombineQuote",
    "VideoCombineStep",
    "VideoExtendFile",
    "VideoExtendInput",
    "VideoExtendItem",
    "VideoExtendJob",
    "VideoExtendQuote",
    "VideoExtendSettings",
    "VideoExtendStep",
    "VideoGenerateFile",
    "VideoGenerateInput",
    "VideoGenerateItem",
    "VideoGenerateJob",
    "VideoGenerateQuote",
    "VideoGenerateSettings",
    "VideoGenerateStep",
    "VideoUpscaleInput",
    "VideoUpscaleItem",
    "VideoUpscaleJob",
    "VideoUpscaleQuote",
    "VideoUpscaleStep",
    "Webhook",
]
