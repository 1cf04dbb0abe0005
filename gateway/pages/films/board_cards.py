"""The board as its page shows it: scenes of cards, derived from a storyboard and its takes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import get_args

from gateway.pages.field_words import list_options
from gateway.pages.films.board_fields import (
    FieldConflict,
    measure_seconds,
    to_form_texts,
)
from gateway.pages.films.board_moves import BoardOrder, read_order
from gateway.studio.documents.states import TakeState
from gateway.studio.storyboards.model import Angle, Movement, Scene, Shot, Size, Storyboard
from gateway.studio.storyboards.schemas import StoryboardShown
from gateway.studio.storyboards.states import ReviewState

MOST_SHOWN_TAKES = 12


@dataclass(frozen=True, slots=True)
class CameraChoices:
    """The named sizes, angles and movements of the camera, each with its words."""

    movement: Mapping[str, str]
    size: Mapping[str, str]
    angle: Mapping[str, str]
    status: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class ShownTake:
    """A take of a shot; one that is being made has no file yet."""

    number: int
    job_id: str
    source: str
    state: str
    is_chosen: bool = False
    price_microusd: int = 0

    @property
    def is_finished(self) -> bool:
        """Return True if it has a file to show."""
        return self.state == TakeState.SUCCEEDED

    @property
    def is_open(self) -> bool:
        """Return True while it is being made."""
        return self.state not in set(TakeState)


@dataclass(frozen=True, slots=True)
class MakingPrice:
    """The exact price of one more take of a shot, or why there is none."""

    microusd: int | None = None
    reason: str = ""


@dataclass(slots=True)
class Card:
    """A shot as a card; `form` holds the texts of its fields, `conflicts` what others wrote."""

    id: str
    number: int
    title: str
    seconds: float
    frame: str
    form: dict[str, str]
    takes: list[ShownTake]
    names: list[str]
    pictures: list[str]
    continues: int | None
    price: MakingPrice = field(default_factory=MakingPrice)
    up: str = ""
    down: str = ""
    conflicts: Mapping[str, str] = field(default_factory=dict)

    @property
    def finished(self) -> list[ShownTake]:
        """Return the takes that have a file."""
        return [take for take in self.takes if take.is_finished]

    @property
    def is_making(self) -> bool:
        """Return True while a take is being made."""
        return any(take.is_open for take in self.takes)

    @property
    def shown_takes(self) -> list[ShownTake]:
        """Return the takes of the strip: the newest, and the chosen one."""
        late = len(self.takes) - MOST_SHOWN_TAKES
        return [take for at, take in enumerate(self.takes) if at >= late or take.is_chosen]


@dataclass(slots=True)
class ShownScene:
    """A scene of cards; without a heading it is called by its number."""

    id: str
    number: int
    heading: str
    cards: list[Card]

    @property
    def words(self) -> str:
        """Return what the scene is called."""
        return self.heading or f"Scene {self.number}"


@dataclass(slots=True)
class ShownBoard:
    """A board with its cards, and its length in seconds."""

    scenes: list[ShownScene]

    @property
    def cards(self) -> list[Card]:
        """Return every card in order."""
        return [card for scene in self.scenes for card in scene.cards]

    @property
    def seconds(self) -> float:
        """Return the length of the film."""
        return round(sum(card.seconds for card in self.cards), 1)

    @property
    def bare(self) -> int:
        """Return how many shots have no chosen take."""
        return sum(not card.form["take"] for card in self.cards)

    def find_card(self, shot_id: str) -> Card | None:
        """Return the card of a shot, if it is still there."""
        return next((card for card in self.cards if card.id == shot_id), None)


OpenTakes = Mapping[str, Sequence[tuple[str, str]]]
"""Takes that are being made, by shot: job and state."""


def list_choices() -> CameraChoices:
    """Return the named moves of the camera, as selects offer them."""
    sizes, angles = list_options("details.size"), list_options("angle")
    return CameraChoices(
        movement={name: name.replace("_", " ").capitalize() for name in get_args(Movement)},
        size={name: sizes.get(name, name) for name in get_args(Size)},
        angle={name: angles.get(name, f"{name.capitalize()} angle") for name in get_args(Angle)},
        status={name: name.capitalize() for name in ReviewState},
    )


CHOICES = list_choices()


def build_board(storyboard: StoryboardShown, open_takes: OpenTakes | None = None) -> ShownBoard:
    """Build the cards of a storyboard."""
    document = storyboard.document
    numbers = {shot.id: at for at, shot in enumerate(document.shots(), 1)}
    names = {each.id: each.name or each.id for each in document.characters}
    order = read_order(document)
    scenes = []
    for at, scene in enumerate(document.scenes, 1):
        cards = []
        for shot in scene.shots:
            card = _build_card(shot, document, storyboard, (open_takes or {}).get(shot.id, ()))
            card.number = numbers[shot.id]
            card.names = [names[each] for each in shot.characters if each in names]
            card.continues = numbers.get(shot.continuity.from_shot_id) if shot.continuity else None
            card.up, card.down = _list_moves(order, scene, shot.id)
            cards.append(card)
        scenes.append(ShownScene(scene.id, at, scene.heading or "", cards))
    return ShownBoard(scenes)


def keep_written(
    card: Card, written: Mapping[str, str], conflicts: Sequence[FieldConflict]
) -> None:
    """Put the unsaved texts of a form into its card, beside what others wrote."""
    card.form |= written
    card.conflicts = {each.name: each.now for each in conflicts}


def _build_card(
    shot: Shot,
    document: Storyboard,
    storyboard: StoryboardShown,
    open_takes: Sequence[tuple[str, str]],
) -> Card:
    takes: list[ShownTake] = []
    for take in storyboard.takes:
        if take.shot_id != shot.id:
            continue
        source = f"asset://{take.asset_id}" if take.asset_id else f"job://{take.job_id}/0"
        takes.append(
            ShownTake(
                number=len(takes) + 1,
                job_id=take.job_id,
                source=source,
                state=take.status,
                is_chosen=shot.take == source,
                price_microusd=take.price_microusd,
            )
        )
    known = {take.job_id for take in takes}
    for job_id, state in open_takes:
        if job_id not in known:
            takes.append(ShownTake(len(takes) + 1, job_id, "", state))
    return Card(
        id=shot.id,
        number=0,
        title=shot.title or "",
        seconds=measure_seconds(shot, document),
        frame=shot.take or shot.start_frame or "",
        form=to_form_texts(shot, document),
        takes=takes,
        names=[],
        pictures=list(shot.references),
        continues=None,
    )


def _list_moves(order: BoardOrder, scene: Scene, shot_id: str) -> tuple[str, str]:
    """Return the moves up and down of a shot, also into the neighbouring scenes.

    A move is text for a button: shot, target scene and, if any, the shot to go before.
    """
    scenes = list(order.scenes)
    place = [scene_id for scene_id, _ in scenes].index(scene.id)
    ids = [each.id for each in scene.shots]
    at = ids.index(shot_id)
    if at:
        up = f"{shot_id} {scene.id} {ids[at - 1]}"
    else:
        up = f"{shot_id} {scenes[place - 1][0]}" if place else ""
    if at + 1 < len(ids):
        return up, " ".join([shot_id, scene.id, *ids[at + 2 : at + 3]])
    if place + 1 == len(scenes):
        return up, ""
    next_id, next_shots = scenes[place + 1]
    return up, " ".join([shot_id, next_id, *next_shots[:1]])
