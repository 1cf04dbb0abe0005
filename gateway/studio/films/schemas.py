"""Films on the wire."""

from typing import Annotated, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from gateway.kit.wire.field_types import (
    Bytes,
    Count,
    CreatedAt,
    Dollars,
    DurationSeconds,
    Frames,
    FramesPerSecond,
    Height,
    Many,
    Microusd,
    NextCursor,
    ObjectVersion,
    Text,
    UpdatedAt,
    Url,
    Width,
)
from gateway.kit.wire.id_types import AssetId, FilmId, Id, JobId, PlanId, ProjectId, ThreadId
from gateway.kit.wire.models import RequestModel, WireModel
from gateway.media.tasks import video_combine
from gateway.studio.films.cut import CutClip
from gateway.studio.storyboards.model import Storyboard
from gateway.studio.storyboards.normal_form import Title

Cut = Annotated[list[CutClip], Field(max_length=video_combine.MOST_CLIPS)]
FilmTitle = Annotated[
    Title, Field(min_length=1, description="The name of the film.", examples=["The hatch"])
]


class CreateFilm(RequestModel):
    """A new film of a document, of a script, or empty; or the film of an existing storyboard."""

    title: FilmTitle | None = Field(
        None, description="Its name; default: the title of its storyboard, or Untitled."
    )
    project_id: ProjectId | None = Field(
        None, description="Default: the selected project, else one called Inbox."
    )
    document: Storyboard | None = Field(None, description="Its storyboard.")
    script: str | None = Field(
        None,
        max_length=2**20,
        description="Instead of a document: Markdown as exported, or a Fountain screenplay.",
        examples=["INT. AIRLOCK - NIGHT\n\nA fox leans on a hatch.\n"],
    )
    storyboard_asset_id: AssetId | None = Field(
        None, description="Instead of both: an existing storyboard, which stays as it is."
    )

    @model_validator(mode="after")
    def _check_one_source(self) -> Self:
        given = (self.document, self.script, self.storyboard_asset_id)
        if sum(each is not None for each in given) > 1:
            raise PydanticCustomError(
                "one_source", "takes only one of document, script and storyboardAssetId"
            )
        return self


class ChangeFilm(RequestModel):
    """Changes to a film; omitted fields stay."""

    film_id: FilmId
    title: FilmTitle | None = Field(None, description="The title of its storyboard, too.")
    cut: Cut | None = Field(
        None,
        description="The clips in order; null: follow the storyboard again.",
        examples=[[{"shotId": "shot_1", "tailFrames": 12}]],
    )


class FilmQuery(RequestModel):
    """One film by `filmId` or by its storyboard, or a page of films."""

    film_id: FilmId | None = Field(None, description="The film; default: a page of films.")
    storyboard_asset_id: AssetId | None = Field(
        None, description="Instead of filmId: the storyboard it is made of."
    )
    limit: int = Field(24, ge=1, le=100, description="Maximum number of films in a page.")
    cursor: FilmId | None = Field(None, description="`nextCursor` of the previous page.")


class PrepareFilmRender(RequestModel):
    """The film to render."""

    film_id: FilmId


class CreateFilmThread(RequestModel):
    """The film to talk about."""

    film_id: FilmId


class FilmOutput(WireModel):
    """The newest render of a film."""

    number: Count = Field(description="How many times the film was rendered, this time included.")
    job_id: JobId | None = Field(description="The job that made it; null if it was uploaded.")
    output_index: Count = Field(description="Which output of the job.")
    asset_id: AssetId | None = Field(
        description="The asset that keeps it; null if there was no room: then read the job."
    )
    url: Url | None = Field(description="Address of the bytes; no key needed, works for a day.")
    bytes: Bytes | None
    width: Width | None
    height: Height | None
    created_at: CreatedAt


class FilmClip(WireModel):
    """One clip of a cut, with the measures of its source."""

    shot_id: Id | None = Field(description="The shot of the storyboard that it shows.")
    source: Text | None = Field(
        description="The clip: `asset://ID` or `job://ID/0`; null: the chosen take of the shot."
    )
    head_frames: Frames = Field(description="Frames cut off the head, beyond `overlapFrames`.")
    tail_frames: Frames = Field(description="Frames cut off the tail.")
    overlap_frames: Frames = Field(description="Frames at the head that repeat the clip before it.")
    clip: Text | None = Field(description="Its source now; null while its take is to be made.")
    url: Url | None = Field(description="Address of its bytes; null if it is no kept asset.")
    frames: Frames | None = Field(description="Frames before the cut; null if not known yet.")
    fps: FramesPerSecond | None
    seconds: DurationSeconds | None = Field(
        description="What the cut leaves of it; of a take to be made, what the storyboard plans."
    )


class FilmHead(WireModel):
    """A film without its cut."""

    film_id: FilmId
    title: Text = Field(description="The name of the film.")
    project_id: ProjectId
    storyboard_asset_id: AssetId = Field(description="The storyboard it is made of.")
    shot_count: Count = Field(description="Shots of the storyboard.")
    missing_shots: Many[Id] = Field(description="Shots in the cut whose takes are to be made.")
    rendering_plan_id: PlanId | None = Field(
        description="The newest plan that is rendering it now; null if none is."
    )
    final_output: FilmOutput | None = Field(description="The finished film; null before.")
    poster: Text | None = Field(
        description="A clip or picture to show for it: the `ref` of getPreview."
    )
    thread_id: ThreadId | None = Field(
        description="The thread of its talk; null before createFilmThread."
    )
    seconds: DurationSeconds | None = Field(description="Of the finished film; null before.")
    cost_usd: Dollars = Field(description="The cost of its takes and renders.")
    cost_microusd: Microusd
    version: ObjectVersion
    etag: Text = Field(description="Changes with board, cut and render; send it as `If-Match`.")
    created_at: CreatedAt
    updated_at: UpdatedAt


class Film(FilmHead):
    """A film: one storyboard, the cut of its takes, and what was rendered from it."""

    cut: Many[FilmClip] = Field(description="The clips in order.")
    cut_edited: bool = Field(description="False while the cut follows the storyboard.")


class FilmPage(WireModel):
    """A page of films, newest first."""

    data: Many[FilmHead] = Field(description="The films, newest first.")
    next_cursor: NextCursor | None
