"""Chromium's own WebRTC against a media worker: no SIP, only descriptions carried by hand."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from typing import Any

import pytest
from playwright.async_api import Page, async_playwright

from callcenter.media.client import WorkerPool
from callcenter.media.plane import (
    DigitPressed,
    Direction,
    MediaEvent,
    MediaSilent,
    RemoteLocked,
    RemoteMedia,
)
from callcenter.media.settings import MediaSettings
from callcenter.sdp.audio import AudioCapabilities, LocalAudio, RemoteAudio
from callcenter.sdp.audio import Direction as SdpDirection
from callcenter.sdp.ice import LocalDtls
from callcenter.sdp.keying import PROFILES, Keying
from callcenter.sdp.session import SdpSession
from callcenter.testing.audio import dominant_tone
from callcenter.testing.rtp_end import RtpEnd

CHROMIUM = shutil.which("chromium")
HOST = "127.0.0.1"
PHONE_HZ, BROWSER_HZ = 440.0, 700.0

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="NOT RUN: WebRTC in a browser (install chromium)"),
]

SCRIPT = """
() => {
  const context = new AudioContext();
  const make = (frequency) => {
    const pc = new RTCPeerConnection({bundlePolicy: 'max-bundle'});
    const tone = context.createOscillator(), target = context.createMediaStreamDestination();
    tone.frequency.value = frequency; tone.connect(target); tone.start();
    const [track] = target.stream.getAudioTracks();
    pc.addTrack(track, target.stream);
    const analyser = context.createAnalyser(); analyser.fftSize = 4096;
    pc.ontrack = ({track, streams}) => {
      window.streamId = streams.length ? streams[0].id : null;
      const stream = new MediaStream([track]);
      const element = new Audio(); element.srcObject = stream; element.muted = true; element.play();
      window.element = element;
      context.createMediaStreamSource(stream).connect(analyser);
    };
    window.pc = pc; window.analyser = analyser;
  };
  window.make = make;
  window.heard = () => {
    const bins = new Float32Array(analyser.frequencyBinCount); analyser.getFloatFrequencyData(bins);
    let at = 0; bins.forEach((level, index) => { if (level > bins[at]) at = index; });
    return {hertz: at * context.sampleRate / analyser.fftSize, decibels: bins[at]};
  };
  window.statistics = async () => {
    const found = {};
    for (const report of (await pc.getStats()).values()) {
      if (report.type === 'inbound-rtp')
        Object.assign(found, {lost: report.packetsLost, received: report.packetsReceived});
      if (report.type === 'remote-inbound-rtp') Object.assign(found, {roundTrip: report.roundTripTime});
      if (report.type === 'transport') Object.assign(found, {dtls: report.dtlsState, srtp: report.srtpCipher});
    }
    return found;
  };
  window.offer = async (options) => {
    const offer = await pc.createOffer(options); await pc.setLocalDescription(offer); return offer.sdp;
  };
  window.take = (type, sdp) => pc.setRemoteDescription({type, sdp});
  window.answer = async (sdp) => {
    await take('offer', sdp); const answer = await pc.createAnswer(); await pc.setLocalDescription(answer);
    return answer.sdp;
  };
}
"""


class Scene:
    """A browser leg bridged to a phone's, and the page at its other end."""

    def __init__(self, pool: WorkerPool, page: Page) -> None:
        self.pool = pool
        self.page = page
        self.events: list[MediaEvent] = []
        pool.subscribe(self.events.append)
        self.phone = RtpEnd(HOST, 8, 101)
        self.phone.talker.set_tone(PHONE_HZ)

    async def session(self, leg: str = "browser") -> SdpSession:
        """Open both legs, bridge them and return the browser's negotiation."""
        plain = await self.pool.open_leg(call="call", leg="phone")
        remote = RemoteMedia(
            host=HOST, port=self.phone.port, codec="PCMA", payload_type=8, accepted={8: "PCMA"}, telephone_event_pt=101
        )
        self.pool.set_remote("phone", remote)
        self.phone.connect(HOST, plain.port)
        session = SdpSession(await self.local(leg, "call"), 7, AudioCapabilities(profiles=PROFILES[Keying.DTLS]))
        self.pool.bridge(leg, "phone")
        return session

    async def local(self, leg: str, call: str) -> LocalAudio:
        local = await self.pool.open_leg(call=call, leg=leg, webrtc=True)
        assert local.ice is not None and local.fingerprint is not None
        return LocalAudio(HOST, local.port, dtls=LocalDtls(local.ice, local.fingerprint, local.ssrc, local.cname))

    def connect(self, remote: RemoteAudio, leg: str = "browser") -> None:
        assert remote.dtls is not None
        self.pool.set_remote(
            leg,
            RemoteMedia(
                host=remote.host,
                port=remote.port,
                codec=remote.codec,
                payload_type=remote.payload_type,
                accepted=dict(remote.accepted),
                telephone_event_pt=remote.telephone_event_pt,
                rtcp_mux=True,
                direction=Direction(remote.direction.value),
                fingerprints=remote.dtls.fingerprints,
            ),
        )

    async def until(self, kind: type[MediaEvent], count: int = 1, seconds: float = 8.0) -> None:
        async with asyncio.timeout(seconds):
            while sum(isinstance(event, kind) for event in self.events) < count:  # noqa: ASYNC110
                await asyncio.sleep(0.02)

    async def assert_both_hear(self) -> None:
        """Check the tones at both ends."""
        await asyncio.sleep(1.2)
        tone = dominant_tone(self.phone.heard(0.5))
        assert tone is not None and tone.frequency == pytest.approx(BROWSER_HZ, abs=5)
        heard = await self.page.evaluate("heard()")
        assert heard["hertz"] == pytest.approx(PHONE_HZ, abs=15) and heard["decibels"] > -60


@pytest.fixture
async def scene() -> AsyncIterator[Scene]:
    pool = WorkerPool(
        MediaSettings(workers=2, worker_fill=2, host=HOST, port_min=48500, port_max=48563, rtcp_interval_s=1.0)
    )
    await pool.start()
    async with async_playwright() as playwright:
        flags = ["--autoplay-policy=no-user-gesture-required"]
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=flags)
        page = await browser.new_page()
        await page.evaluate(SCRIPT)
        await page.evaluate(f"make({BROWSER_HZ})")
        scene = Scene(pool, page)
        yield scene
        scene.phone.close()
        await browser.close()
    await pool.close()


async def call_in(scene: Scene) -> SdpSession:
    """Let the page call, and wait until its media is secured."""
    session = await scene.session()
    agreed = session.answer(await scene.page.evaluate("offer()"))
    scene.connect(agreed.remote)
    await scene.page.evaluate("sdp => take('answer', sdp)", agreed.answer_sdp)
    await scene.until(RemoteLocked)
    return session


async def test_chromium_calls_talks_presses_keys_holds_and_leaves(scene: Scene) -> None:
    session = await call_in(scene)
    await scene.assert_both_hear()
    await scene.page.evaluate("pc.getSenders()[0].dtmf.insertDTMF('15', 100, 70)")
    await scene.until(DigitPressed, 2)
    await asyncio.sleep(0.4)
    assert [event.digit for event in scene.events if isinstance(event, DigitPressed)] == ["1", "5"]
    assert scene.phone.listener.digits == ["1", "5"]

    # It holds and resumes by re-offers in which its other codecs come back.
    await scene.page.evaluate("pc.getTransceivers()[0].direction = 'sendonly'")
    held = session.answer(await scene.page.evaluate("offer()"))
    scene.connect(held.remote)
    await scene.page.evaluate("sdp => take('answer', sdp)", held.answer_sdp)
    assert held.remote.direction is SdpDirection.RECVONLY
    await scene.page.evaluate("pc.getTransceivers()[0].direction = 'sendrecv'")
    resumed = session.answer(await scene.page.evaluate("offer()"))
    scene.connect(resumed.remote)
    await scene.page.evaluate("sdp => take('answer', sdp)", resumed.answer_sdp)
    await scene.assert_both_hear()

    # ICE is restarted, as after a change of its network.
    before = session.local
    restarted = session.answer(await scene.page.evaluate("offer({iceRestart: true})"))
    assert session.local != before
    scene.connect(restarted.remote)
    await scene.page.evaluate("sdp => take('answer', sdp)", restarted.answer_sdp)
    await scene.until(RemoteLocked, 2)
    await scene.assert_both_hear()

    statistics: dict[str, Any] = await scene.page.evaluate("statistics()")
    assert statistics["dtls"] == "connected" and statistics["srtp"] == "SRTP_AEAD_AES_128_GCM"
    assert statistics["lost"] == 0 and statistics["received"] > 150
    assert statistics["roundTrip"] is not None  # made of our receiver reports
    ours = await scene.pool.leg_statistics("browser")
    assert ours.packets_lost == 0 and ours.rtt_ms is not None
    await scene.page.close()
    await scene.until(MediaSilent, seconds=3.5)


async def test_chromium_is_called_held_and_moved_to_another_worker(scene: Scene) -> None:
    session = await scene.session()
    answer = await scene.page.evaluate("sdp => answer(sdp)", session.offer())
    scene.connect(session.apply_answer(answer).remote)
    await scene.until(RemoteLocked)
    await scene.assert_both_hear()
    assert await scene.page.evaluate("streamId") == "callcenter"
    held = await scene.page.evaluate("sdp => answer(sdp)", session.offer(SdpDirection.SENDONLY))
    scene.connect(session.apply_answer(held).remote)
    await asyncio.sleep(3.0)
    assert not any(isinstance(event, MediaSilent) for event in scene.events)

    # Another worker has another address, other credentials and another certificate.
    await scene.pool.open_leg(call="filler", leg="filler")
    before, session.local = session.local.dtls, await scene.local("moved", "another call")
    assert before is not None and session.local.dtls is not None
    assert before.fingerprint != session.local.dtls.fingerprint
    moved = await scene.page.evaluate("sdp => answer(sdp)", session.offer(SdpDirection.SENDRECV))
    scene.connect(session.apply_answer(moved).remote, "moved")
    await scene.until(RemoteLocked, 2)
    await asyncio.sleep(1.5)
    statistics = await scene.pool.leg_statistics("moved")
    assert statistics.packets_in > 30
