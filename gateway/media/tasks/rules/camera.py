"""Movements of the camera, and the sentence that each adds to the prompt."""

from typing import Literal

CAMERA_SENTENCES = {
    "dolly_in": "The camera moves slowly forward, towards the subject.",
    "dolly_out": "The camera moves slowly backward, away from the subject.",
    "dolly_left": "The camera moves slowly to the left.",
    "dolly_right": "The camera moves slowly to the right.",
    "jib_up": "The camera rises slowly.",
    "jib_down": "The camera sinks slowly.",
    "static": "The camera does not move.",
    "focus_shift": "The focus shifts slowly from the foreground to the background.",
}
CameraMotion = Literal[
    "dolly_in",
    "dolly_out",
    "dolly_left",
    "dolly_right",
    "jib_up",
    "jib_down",
    "static",
    "focus_shift",
]
