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
from callcenter.media.source_lock import Address, SourceLock
from callcenter.media.track import Track
from callcenter.rtp.rtcp import RtcpParseError
from callcenter.rtp.statistics import mean_opinion_score

_PACKET_TIMES = frozenset((10, 20, 30, 40, 60))
_NOWHERE = frozenset(("0.0.0.0", "::"))
_DRAIN_LIMIT = 2000
_HIGHEST_PORT = 65535


class Leg:
    """A leg on a worker; see :class:`callcenter.media.plane.MediaPlane` for what the commands mean.

    :param stream: SSRC, first sequence number and first timestamp of what it sends.
    :param reserved: RTP port of a pair that was reserved for it.
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
    ) -> None:
        ssrc, sequence, timestamp = stream
        now = engine.clock.now
        self.id = leg
        self.out = OutgoingStream(engine, ssrc=ssrc, sequence=sequence, timestamp=timestamp)
        self.reception = Reception(engine, self)
        self.sockets = LegSockets(engine, pairs, host, self.reception, reserved)
        self.remote: RemoteMedia | None = None
        self.peer: Leg | None = None
        self.closed = False
        self._engine = engine
        self._rtcp = RtcpSession(
            self.out, self.reception.statistics, cname=cname, interval=engine.settings.rtcp_interval_s, now=now
        )
        self._transmit: Send = self.out.discard
        self._address: Address | None = None  # where RTP goes and comes from, as far as known
        self._rtcp_address: Address | None = None
        self._locked = False
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
        engine.watch(self.sockets.rtcp.fileno(), self._on_rtcp)
        engine.ticker.look_after(self.visit)

    # The remote end.

    def set_remote(self, remote: RemoteMedia) -> None:
        """Send to, and take from, this remote end from now on."""
        previous, self.remote = self.remote, remote
        now = self._engine.clock.now
        if previous is None or previous.direction is not remote.direction:
            self._silent_since = now
            self._timeout_reported = False
        nowhere = not remote.port or remote.host in _NOWHERE
        lock = None
        if not nowhere and (previous is None or _place(previous) != _place(remote)):
            lock = self._start_learning(remote)
        self.reception.expect(
            remote.accepted,
            event=remote.events_come_as,
            comfort_noise=remote.comfort_noise_pt,
            mux=remote.rtcp_mux,
            lock=lock if lock is not None or self._locked else self.reception.lock,
        )
        self._set_codec(Codec(remote.codec), remote.payload_type)
        if not nowhere:
            self._rtcp_address = _rtcp_place(remote)
        self.out.enabled = not nowhere and remote.direction in (Direction.SENDRECV, Direction.SENDONLY)
        self._use(self._transmit)
        self._changed()

    def _start_learning(self, remote: RemoteMedia) -> SourceLock:
        self.sockets.reopen()
        self._locked = False
        self._address = (remote.host, remote.port)
        self._transmit = self.sockets.aim(self._address)
        return SourceLock(self._address, learn=remote.behind_nat, now=self._engine.clock.now)

    def _set_codec(self, codec: Codec, payload_type: int) -> None:
        out = self.out
        out.payload_type = payload_type
        if codec is not out.codec:
            out.codec = codec
            if self._playback is not None:
                self._playback.translate(ALAW_TO_ULAW if codec is Codec.PCMU else ULAW_TO_ALAW)

    def _use(self, transmit: Send) -> None:
        self._transmit = transmit
        self.out.send = transmit if self.out.enabled else self.out.discard

    def source_found(self, source: Address, *, send_there: bool) -> None:
        """Keep to this source (called by the reception)."""
        self._locked = True
        if send_there:
            self._address = source
            self._use(self.sockets.connect(source))
        else:
            self.reception.listen_only_to(source)
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
        """Take an RTCP packet (called by the reception, or from the RTCP port)."""
        remote = self.remote
        if remote is None or self._address is None:
            return
        if source is not None:
            if source[0] not in (self._address[0], remote.rtcp_host):
                self.reception.dropped += 1
                return
            if not remote.rtcp_mux and remote.behind_nat and self._rtcp_address is not None:
                self._rtcp_address = source
        now = self._engine.clock.now
        try:
            self._rtcp.receive(data, now, now + self._engine.ntp_offset)
        except RtcpParseError:
            self.reception.dropped += 1

    def _on_rtcp(self) -> None:
        try:
            data, source = self.sockets.rtcp.recvfrom(2048)
        except OSError:
            return
        self.take_rtcp(data, (source[0], source[1]))

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
            if self.sockets.connected:
                reception.on_packet()
            else:
                reception.on_packet_from()
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
        if remote.behind_nat and self._locked and silent > settings.relearn_after_s and self._address is not None:
            self._relearn(remote, self._address)
        self._keep_alive(now, settings.keepalive_s)
        report = self._rtcp.report_if_due(now, now + self._engine.ntp_offset)
        if report is not None:
            self._send_rtcp(report)

    def _relearn(self, remote: RemoteMedia, address: Address) -> None:
        self.sockets.reopen()
        self._locked = False
        self._use(self.sockets.aim(address))
        self.reception.lock = SourceLock(address, learn=remote.behind_nat, now=self._engine.clock.now)

    def _keep_alive(self, now: float, interval: float) -> None:
        out = self.out
        if out.enabled and now - out.sent_at >= interval and not self.busy:
            out.resume()
            out.send_audio(bytes((out.silence,)) * 160)
            if self.peer is not None:
                self.peer.reroute()  # the number just used was the peer's next

    def _send_rtcp(self, data: bytes) -> None:
        if self.remote is not None and self.remote.rtcp_mux:
            try:
                self._transmit(memoryview(data))
            except OSError:
                return
        elif self._rtcp_address is not None:
            self.sockets.send_rtcp(data, self._rtcp_address)

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
        return LegStatistics(
            leg=self.id,
            codec=None if self.remote is None else str(self.out.codec),
            remote_host=None if self._address is None else self._address[0],
            remote_port=None if self._address is None else self._address[1],
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
                self._send_rtcp(goodbye)
        self._engine.ticker.slow.remove(self.visit)
        self.sockets.close()
        self.reception.route = self.reception.tap = self.reception.event_route = None
        self._engine.passing.discard(self)
        self.out.send = self.out.discard


def _place(remote: RemoteMedia) -> tuple[str, int, bool]:
    return remote.host, remote.port, remote.behind_nat


def _rtcp_place(remote: RemoteMedia) -> Address | None:
    """Return where reports go: the port after RTP's when nothing else was said (RFC 3605), nowhere when it is 0."""
    port = remote.port + 1 if remote.rtcp_port is None else remote.rtcp_port
    return (remote.rtcp_host or remote.host, port) if 0 < port <= _HIGHEST_PORT else None


def _tap(tracks: list[Track], codec: Codec) -> Tap | None:
    """Return how to hand packets in ``codec`` to ``tracks``."""
    taps = [track.put if codec is Codec.PCMA else track.put_ulaw for track in tracks]
    if len(taps) <= 1:
        return taps[0] if taps else None

    def put(timestamp: int, payload: memoryview) -> None:
        for tap in taps:
            tap(timestamp, payload)

    return put
