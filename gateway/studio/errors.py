"""Errors of documents and storyboards."""

from gateway.kit.errors import Problem, Unprocessable

MAX_QUOTED_CHARACTERS = 80


class IfMatchRequired(Problem):
    """The version to replace is missing."""

    status = 428
    code = "if_match_required"
    hint = "Send If-Match with the ETag of the version you read, not `*`."


class VersionConflict(Problem):
    """The document has changed since you read it."""

    status = 412
    code = "version_conflict"
    hint = "Read the version named in `currentVersion`, apply your change to it, and save again."


class StoryboardSyntax(Unprocessable):
    """The text is not a storyboard."""

    code = "storyboard_syntax"
    hint = "Correct the line named in `line`; an exported storyboard shows the format."

    def __init__(self, detail: str, line: int, hint: str = "", quoted: str = "") -> None:
        """Name the line, counted from 1, and what to do about it.

        `quoted` is what stands there. It is a field of its own and never in the words of the
        gateway, because the text may be a stranger's and a model reads the refusal.
        """
        step = f"{hint} {self.hint}".strip()
        super().__init__(f"Line {line}: {detail}", hint=step, field="text", line=line)
        if quoted:
            self.members["quoted"] = quoted[:MAX_QUOTED_CHARACTERS]


class ShotIncomplete(Unprocessable):
    """A shot is incomplete and cannot be rendered."""

    code = "shot_incomplete"
    hint = "Correct each shot in `errors`, or exclude it with `shotIds`."
