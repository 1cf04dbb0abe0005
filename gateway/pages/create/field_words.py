"""Labels and hints of the less usual fields of a task, in a person's words."""

from gateway.pages.form_fields import FormField

FIELD_WORDS = {
    "negativePrompt": ("Keep out", "What it must not show."),
    "seed": ("Seed", "The same seed and words make the same again; empty for a new one."),
    "width": ("Width in pixels", "Instead of a shape; with the height."),
    "height": ("Height in pixels", ""),
    "outputFormat": ("File type", ""),
    "strength": ("Change", "0 leaves the picture as it is, 1 makes it new."),
    "targetWidth": ("Width in pixels", "Instead of times larger."),
    "targetHeight": ("Height in pixels", ""),
    "durationFrames": ("Length in frames", "Instead of seconds."),
    "extendFrames": ("Frames added", "Instead of seconds."),
    "fps": ("Frames per second", ""),
    "imageStrength": ("Hold on to the frames", "1 begins and ends exactly with them."),
    "generateAudio": ("With sound", ""),
    "padAudio": ("Add silence where the soundtrack ends early", ""),
    "cameraMotion": ("Camera movement", "Adds a sentence on the camera when it is made."),
    "overlapFrames": ("Overlapping frames", ""),
    "outputMode": ("Give back", "Joined with the video, or only the new part."),
    "audio": ("Sound of the videos", ""),
    "crossfadeAudioMs": ("Blend of the sound in milliseconds", ""),
}
OPTION_WORDS = {
    name: name.upper() for name in ("png", "jpeg", "webp", "mp4", "webm", "wav", "mp3", "flac")
}
PROMPT_HINTS = {
    "image.generate": "Describe a picture…",
    "image.edit": "Say what to change…",
    "video.generate": "Say what happens…",
    "video.extend": "Say what happens next…",
    "audio.generate": "Say what is heard…",
}


def describe_field(field: FormField) -> tuple[str, str]:
    """Return the label and the hint of a field."""
    return FIELD_WORDS.get(field.name, (field.label, ""))
