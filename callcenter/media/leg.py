"""One RTP session with one remote party: joins what is received, what is sent, and who is connected to whom.

A leg's audio goes to at most one place (a bridged leg or a room), decided anew by :meth:`Leg.reroute` whenever
something changes, so the packet path itself asks no questions.
"""

from __future__ import annotations

from callcenter.media.bridge import Forwarder, Route
from callcenter.media.codecs.g711 import ALAW_TO_ULAW, ULAW_TO_ALAW
from callcenter.media.dtmf_sender import DigitSending
from callcenter.media.engine import Engine, Send, Tap
from callcenter.media.leg_sockets import LegSockets
from callcenter.media.mixer import Room, Seat
from callcenter.media.outgoing import OutgoingStream
from callcenter.media.plain_path import PlainPath
from callcenter.media.plane import (
    Codec,
    DigitPressed,
    Direction,
    LegStatistics,
    MediaTimeout,
    PlayEnd,
    PlayFinished,
    RecordingEnd,
    RemoteLocked,
    RemoteMedia,
)
from callcenter.media.player import Playback, PlayOrder
from callcenter.media.ports import PortPairs
from callcenter.media.reception import Reception
from callcenter.media.recorder import Recording
from callcenter.media.rtcp_session import RtcpSession
from callcenter.media.source_lock import Address
from callcenter.media.track import Track
from callcenter.media.webrtc_path import WebRtcPath
from callcenter.rtp.rtcp import RtcpParseError
from callcenter.rtp.statistics import mean_opinion_score
from callcenter.sdp.ice import IceCredentials

_PACKET_TIMES = frozenset((10, 20, 30, 40, 60))
_DRAIN_LIMIT = 2000


class Leg:
    """A leg on a worker; see :class:`callcenter.media.plane.MediaPlane` for what the commands mean.

    :param stream: SSRC, first sequence number and first timestamp of what it sends.
    :param reserved: RTP port of a pair that was reserved for it.
    :param ice: credentials of a WebRTC leg; ``None`` makes one for a SIP peer.
    :raises MediaCapacityExceeded: when no port pair is free.
    """

    def __init__(
        self,
        engine: Engine,
        pairs: PortPairs,
        leg: str,
        *,
        host: str,
        cname: str,
        stream: tuple[int, int, int],
        reserved: int | None = None,
        ice: IceCredentials | None = None,
    ) -> None:
        ssrc, sequence, timestamp = stream
        now = engine.clock.now
        self.id = leg
        self.out = OutgoingStream(engine, ssrc=ssrc, sequence=sequence, timestamp=timestamp)
        self.reception = Reception(engine, self)
        self.path: PlainPath | WebRtcPath
        if ice is None:
            self.path = PlainPath(engine, pairs, host, self.reception, self, reserved)
        else:
            self.path = WebRtcPath(engine, pairs, host, self.reception, self, ice, reserved)
        self.remote: RemoteMedia | None = None
        self.peer: Leg | None = None
        self.closed = False
        self._engine = engine
        self._rtcp = RtcpSession(
            self.out, self.reception.statistics, cname=cname, interval=engine.settings.rtcp_interval_s, now=now
        )
        self._transmit: Send = self.out.discard
        self._room: Room | None = None
        self._seat: Seat | None = None
        self._playback: Playback | None = None
        self._digits: DigitSending | None = None
        self._recordings: list[Recording] = []
        self._forwarder: Forwarder | None = None
        self._muted = False
        self._opened_at = now
        self._silent_since = now
        self._timeout_reported = False
        engine.ticker.look_after(self.visit)

    @property
    def sockets(self) -> LegSockets:
        """Return the sockets towards a SIP peer."""
        assert isinstance(self.path, PlainPath)
        return self.path.sockets

    # The remote end.

    def set_remote(self, remote: RemoteMedia) -> None:
        """Send to, and take from, this remote end from now on."""
        previous, self.remote = self.remote, remote
        now = self._engine.clock.now
        if previous is None or previous.direction is not remote.direction:
            self._silent_since = now
            self._timeout_reported = False
        lock = self.path.follow(remote)
        self.reception.expect(
            remote.accepted,
            event=remote.events_come_as,
            comfort_noise=remote.comfort_noise_pt,
            mux=remote.rtcp_mux,
            lock=lock,
        )
        self._set_codec(Codec(remote.codec), remote.payload_type)
        self.out.enabled = self.path.reachable and remote.direction in (Direction.SENDRECV, Direction.SENDONLY)
        self.use(self._transmit)
        self._changed()

    def _set_codec(self, codec: Codec, payload_type: int) -> None:
        out = self.out
        out.payload_type = payload_type
        if codec is not out.codec:
            out.codec = codec
            if self._playback is not None:
                self._playback.translate(ALAW_TO_ULAW if codec is Codec.PCMU else ULAW_TO_ALAW)

    def use(self, transmit: Send) -> None:
        """Send RTP this way from now on (called by the path)."""
        self._transmit = transmit
        self.out.send = transmit if self.out.enabled else self.out.discard

    def source_found(self, source: Address, *, send_there: bool) -> None:
        """Keep to this source (called by the reception)."""
        self.path.source_found(source, send_there=send_there)
        self._engine.emit(RemoteLocked(self.id, source[0], source[1]))

    # Routing.

    @property
    def busy(self) -> bool:
        """A prompt or digits are being sent, which the other party must not disturb."""
        return self._playback is not None or self._digits is not None

    def reroute(self) -> None:
        """Work out afresh where this leg's audio goes."""
        self._route()
        if self.reception.route is not None:
            self._engine.passing.add(self)
        else:
            self._engine.passing.discard(self)

    def _route(self) -> None:
        reception = self.reception
        reception.route = None
        reception.event_route = None
        self._forwarder = None
        remote = self.remote
        listening = remote is not None and remote.direction in (Direction.SENDRECV, Direction.RECVONLY)
        if not listening or self._muted:
            reception.tap = None
            return
        reception.tap = _tap([recording.left for recording in self._recordings], reception.codec)
        peer = self.peer
        if self._seat is not None:
            self._seat.codec = reception.codec
            reception.route = self._seat.receive
        elif peer is not None and peer.out.enabled and not peer.busy:
            forwarder = self._forwarder = Forwarder(self._engine, reception.codec, peer.out, self._routed)
            reception.route = forwarder.first
            if peer.remote is not None and peer.remote.telephone_event_pt is not None:
                reception.event_route = self._forward_event

    def _routed(self, route: Route) -> None:
        if self._forwarder is not None:
            self.reception.route = route

    def _forward_event(self, sequence: int, timestamp: int, size: int, marker: bool) -> None:
        peer = self.peer
        if self._forwarder is None or peer is None or peer.remote is None or peer.remote.telephone_event_pt is None:
            return
        second = peer.remote.telephone_event_pt | 0x80 if marker else peer.remote.telephone_event_pt
        self._forwarder.forward_event(sequence, timestamp, size, second)

    def _changed(self) -> None:
        """Something about this leg changed that its own and its peer's audio depend on."""
        self.out.tap = _tap(
            [recording.right for recording in self._recordings if recording.right is not None], self.out.codec
        )
        self.reroute()
        if self.peer is not None:
            self.peer.reroute()

    def stream_changed(self) -> None:
        """Start a new stretch of audio (called by the reception)."""
        for recording in self._recordings:
            recording.left.restart()
        if self._seat is not None:
            self._seat.restart()
        self.reroute()

    def bridge(self, other: Leg) -> None:
        """Talk with ``other``."""
        if self.peer is other and self._room is None and other._room is None:
            return
        for leg in (self, other):
            leg.unbridge()
            leg.unmix()
        self.peer, other.peer = other, self
        self._changed()

    def unbridge(self) -> None:
        """Talk with nobody."""
        peer, self.peer = self.peer, None
        if peer is not None:
            peer.peer = None
            peer.reroute()
            self.reroute()

    def enter(self, room: Room, hears: list[str] | None, speaks_to: list[str] | None) -> None:
        """Take part in ``room``."""
        self.unbridge()
        if self._room is not room:
            self.unmix()
        self._room = room
        self._seat = room.seat(self.id, self, hears, speaks_to)
        self.reroute()

    def unmix(self) -> None:
        """Leave the room."""
        room, self._room, self._seat = self._room, None, None
        if room is not None:
            room.leave(self.id)
            self.reroute()

    def mute(self, muted: bool) -> None:
        """Pass on nothing this leg says, or again everything."""
        self._muted = muted
        self.reroute()

    # Sending.

    def play(self, order: PlayOrder) -> None:
        """Play instead of whatever is playing."""
        self.stop_play(None, PlayEnd.STOPPED)
        frame = self._packet_time() * 8

        def ended(reason: PlayEnd) -> None:
            if self._playback is playback:
                self._playback = None
                self._changed()
            self._engine.emit(PlayFinished(self.id, order.play_id, reason, playback.played // 8))

        playback = Playback(self._engine, self.out, order, frame, ended)
        self._playback = playback
        self._changed()
        playback.start()
        if self._digits is not None:
            playback.pause()

    def _packet_time(self) -> int:
        ptime = self.remote.ptime_ms if self.remote is not None else 20
        return ptime if ptime in _PACKET_TIMES else 20

    def stop_play(self, play_id: str | None, reason: PlayEnd) -> None:
        """Stop the running play, if it is that one."""
        playback = self._playback
        if playback is not None and (play_id is None or playback.order.play_id == play_id):
            playback.stop(reason)

    def send_dtmf(self, digits: str, *, duration_ms: int, gap_ms: int) -> None:
        """Send digits after those being sent."""
        if self._digits is None:
            payload_type = self.remote.telephone_event_pt if self.remote is not None else None
            self._digits = DigitSending(self._engine, self.out, payload_type, self._digits_sent)
            if self._playback is not None:
                self._playback.pause()
            self._digits.start()
            self._changed()
        self._digits.add(digits, duration_ms=duration_ms, gap_ms=gap_ms)

    def _digits_sent(self) -> None:
        self._digits = None
        if self._playback is not None:
            self._playback.proceed()
        self._changed()

    # Receiving.

    def heard_digit(self, digit: str, duration_ms: int, source: str) -> None:
        """Report a key, and let it end what it is to end (called by the reception)."""
        self._engine.emit(DigitPressed(self.id, digit, duration_ms, source))
        playback = self._playback
        if playback is not None and playback.order.barge_in:
            playback.stop(PlayEnd.BARGE_IN)
        for recording in tuple(self._recordings):
            recording.digit(digit)

    def take_rtcp(self, data: bytes, source: Address | None) -> None:
        """Take an RTCP packet (called by the reception, or by the path from the RTCP port)."""
        if not self.path.accepts_rtcp_from(source):
            self.reception.dropped += 1
            return
        now = self._engine.clock.now
        try:
            self._rtcp.receive(data, now, now + self._engine.ntp_offset)
        except RtcpParseError:
            self.reception.dropped += 1

    def drain(self) -> None:
        """Take everything that waited while the process did not run, without passing it on in a burst."""
        reception = self.reception
        route, reception.route = reception.route, None
        event_route, reception.event_route = reception.event_route, None
        taken = -1
        for _ in range(_DRAIN_LIMIT):
            if (count := reception.statistics.packets + reception.dropped) == taken:
                break
            taken = count
            self.path.take()
        reception.route, reception.event_route = route, event_route

    # Recording.

    def record(self, recording: Recording) -> None:
        """Let ``recording`` hear both directions."""
        self._recordings = [*self._recordings, recording]
        self._changed()

    def forget_recording(self, recording: Recording) -> None:
        """End that; nothing happens when it did not."""
        self._recordings = [other for other in self._recordings if other is not recording]
        self._changed()

    # Looking after.

    def visit(self) -> None:
        """Do what is due about once per second: statistics, timeouts, keep-alive, RTCP."""
        remote = self.remote
        self.reception.statistics.sample_jitter()
        if remote is None:
            return
        now = self._engine.clock.now
        settings = self._engine.settings
        silent = now - max(self.reception.heard_at, self._silent_since)
        may_speak = remote.direction in (Direction.SENDRECV, Direction.RECVONLY)
        if silent < (settings.media_timeout_s if may_speak else settings.hold_timeout_s):
            self._timeout_reported = False
        elif not self._timeout_reported:
            self._timeout_reported = True
            self._engine.emit(MediaTimeout(self.id, silent))
        self.path.relearn_if(silent, settings.relearn_after_s)
        self._keep_alive(now, settings.keepalive_s)
        report = self._rtcp.report_if_due(now, now + self._engine.ntp_offset)
        if report is not None:
            self.path.send_rtcp(report)

    def _keep_alive(self, now: float, interval: float) -> None:
        out = self.out
        if out.enabled and now - out.sent_at >= interval and not self.busy:
            out.resume()
            out.send_audio(bytes((out.silence,)) * 160)
            if self.peer is not None:
                self.peer.reroute()  # the number just used was the peer's next

    # The end.

    def statistics(self) -> LegStatistics:
        """Return what this leg carried up to now."""
        reception = self.reception
        received = reception.statistics
        now = self._engine.clock.now
        jitter_ms = received.jitter_mean / 8
        rtt = self._rtcp.rtt_s
        rtt_ms = None if rtt is None else rtt * 1000
        mos = None
        if received.packets:
            loss = received.lost / max(received.expected, 1)
            mos = round(mean_opinion_score(loss=loss, jitter_ms=jitter_ms, rtt_ms=rtt_ms), 2)
        first = reception.first_at
        address = self.path.address
        return LegStatistics(
            leg=self.id,
            codec=None if self.remote is None else str(self.out.codec),
            remote_host=None if address is None else address[0],
            remote_port=None if address is None else address[1],
            packets_in=received.packets,
            bytes_in=received.bytes,
            packets_out=self.out.packets,
            bytes_out=self.out.octets,
            packets_lost=received.lost,
            packets_duplicated=received.duplicated,
            packets_reordered=received.reordered,
            packets_dropped=reception.dropped,
            jitter_ms=round(jitter_ms, 2),
            jitter_max_ms=round(received.jitter_max / 8, 2),
            rtt_ms=None if rtt_ms is None else round(rtt_ms, 2),
            remote_loss=self._rtcp.remote_loss,
            mos=mos,
            first_packet_s=None if first is None else round(first - self._opened_at, 3),
            last_packet_s=None if first is None else round(reception.heard_at - self._opened_at, 3),
            duration_s=round(now - self._opened_at, 3),
            digits=reception.digits,
        )

    def close(self) -> None:
        """Stop everything and free the ports."""
        if self.closed:
            return
        self.closed = True
        self.stop_play(None, PlayEnd.STOPPED)
        if self._digits is not None:
            self._digits.stop()
            self._digits = None
        self.unbridge()
        self.unmix()
        for recording in tuple(self._recordings):
            recording.stop(RecordingEnd.LEG_CLOSED)
        if self.remote is not None:
            now = self._engine.clock.now
            goodbye = self._rtcp.goodbye(now, now + self._engine.ntp_offset)
            if goodbye is not None:
                self.path.send_rtcp(goodbye)
        self._engine.ticker.slow.remove(self.visit)
        self.path.close()
        self.reception.route = self.reception.tap = self.reception.event_route = None
        self._engine.passing.discard(self)
        self.out.send = self.out.discard


def _tap(tracks: list[Track], codec: Codec) -> Tap | None:
    """Return how to hand packets in ``codec`` to ``tracks``."""
    taps = [track.put if codec is Codec.PCMA else track.put_ulaw for track in tracks]
    if len(taps) <= 1:
        return taps[0] if taps else None

    def put(timestamp: int, payload: memoryview) -> None:
        for tap in taps:
            tap(timestamp, payload)

    return put
