"""Play prepared prompts on a leg: one frame per visit of the ticker."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from callcenter.media.engine import Engine
from callcenter.media.outgoing import OutgoingStream
from callcenter.media.plane import PlayEnd


@dataclass(frozen=True, slots=True)
class PlayOrder:
    """What to play and how; see :meth:`callcenter.media.plane.MediaPlane.play`."""

    play_id: str
    files: Sequence[str]
    loop: bool = False
    barge_in: bool = True
    gap_ms: int = 0
    offset_ms: int = 0


class Playback:
    """A running play.

    Files follow each other without a seam: a frame may hold the end of one and the start of the next. Only the last
    frame is filled up with silence.

    :param frame: octets per packet.
    :param ended: called once, with the reason, when it ends by itself or by :meth:`stop`.
    """

    __slots__ = (
        "_at",
        "_audio",
        "_ended",
        "_engine",
        "_frame",
        "_heard",
        "_index",
        "_out",
        "_size",
        "order",
        "over",
        "played",
    )

    def __init__(
        self, engine: Engine, out: OutgoingStream, order: PlayOrder, frame: int, ended: Callable[[PlayEnd], None]
    ) -> None:
        self._engine = engine
        self._out = out
        self.order = order
        self._frame = frame
        self._ended = ended
        self._audio = b""
        self._at = 0
        self._size = 0
        self._index = 0
        self._heard = False  # some audio was found in this round
        self.played = 0
        "Octets (samples) sent."
        self.over = False

    def start(self) -> None:
        """Begin at the next visit, where the order says."""
        self._out.resume()
        self._load_next()
        self._at = min(self.order.offset_ms * 8, self._size)
        self._engine.ticker.pace(self.visit, self._frame // 8)

    def pause(self) -> None:
        """Send nothing until :meth:`proceed`."""
        self._engine.ticker.fast.remove(self.visit)

    def proceed(self) -> None:
        """Go on where it was paused."""
        self._out.resume()
        self._engine.ticker.pace(self.visit, self._frame // 8)

    def stop(self, reason: PlayEnd) -> None:
        """End now."""
        if not self.over:
            self.over = True
            self._engine.ticker.fast.remove(self.visit)
            self._ended(reason)

    def translate(self, table: bytes) -> None:
        """Go on in the other law; the stream has just changed to it."""
        self._audio = self._audio.translate(table)

    def visit(self) -> None:
        """Send the next frame."""
        if self.over:
            return
        at = self._at
        end = at + self._frame
        if end <= self._size:
            self._at = end
            self.played += self._frame
            self._out.send_audio(self._audio[at:end])
        else:
            self._cross_border()

    def _cross_border(self) -> None:
        """Send a frame that reaches into the next file, or the last one, or end."""
        frame = bytearray()
        wanted = self._frame
        while len(frame) < wanted:
            if self._at >= self._size and not self._load_next():
                break
            piece = self._audio[self._at : self._at + wanted - len(frame)]
            self._at += len(piece)
            frame += piece
        if not frame:
            failed = not self.played and bool(self.order.files)
            self.stop(PlayEnd.FAILED if failed else PlayEnd.FINISHED)
            return
        self.played += len(frame)
        frame += bytes((self._out.silence,)) * (wanted - len(frame))
        self._out.send_audio(bytes(frame))

    def _load_next(self) -> bool:
        """Make the next file, or the gap before it, the current audio; tell whether there was one."""
        order = self.order
        while True:
            if self._index >= len(order.files):
                if not order.loop or not self._heard:
                    return False
                self._index = 0
                self._heard = False
                if order.gap_ms:
                    self._use(bytes((self._out.silence,)) * (order.gap_ms * 8))
                    return True
            audio = self._engine.prompts.load(order.files[self._index], self._out.codec)
            self._index += 1
            if not audio:
                continue
            if order.gap_ms and self._heard:
                audio = bytes((self._out.silence,)) * (order.gap_ms * 8) + audio
            self._heard = True
            self._use(audio)
            return True

    def _use(self, audio: bytes) -> None:
        self._audio = audio
        self._at = 0
        self._size = len(audio)
