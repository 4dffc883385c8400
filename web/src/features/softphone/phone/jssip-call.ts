import type { RTCSession } from "jssip/lib/RTCSession";
import type { IncomingRequest } from "jssip/lib/SIPMessage";

import type { Invitation, MediaState, PhoneEvent, RejectCode } from "./phone-port";

const PEER_CONNECTION: RTCConfiguration = { iceServers: [], bundlePolicy: "max-bundle", rtcpMuxPolicy: "require" };

const KEY_MS = 100;
const KEY_GAP_MS = 70;

/** Endings that nobody asked for: the server may still have the call. */
const LOST = new Set([
  "Connection Error",
  "Request Timeout",
  "RTP Timeout",
  "No ACK",
  "WebRTC Error",
  "Internal Error",
]);

const MEDIA_STATES: Partial<Record<RTCIceConnectionState, MediaState>> = {
  connected: "connected",
  completed: "connected",
  disconnected: "disconnected",
  failed: "failed",
};

/** One call the server sent to this browser. */
export class JsSipCall {
  readonly id: string;
  private over = false;

  constructor(
    private readonly session: RTCSession,
    private readonly tell: (event: PhoneEvent) => void,
  ) {
    this.id = session.id;
    // The server needs no candidate of ours but the first: it learns our address from the packets (ICE-lite).
    session.on("icecandidate", ({ ready }) => {
      ready();
    });
    session.on("peerconnection", ({ peerconnection }) => {
      this.watch(peerconnection);
    });
    session.on("confirmed", () => {
      tell({ type: "established", sessionId: this.id });
    });
    const end = ({ cause }: { cause: string }): void => {
      this.over = true;
      tell({ type: "ended", sessionId: this.id, lost: LOST.has(cause) });
    };
    session.on("ended", end);
    session.on("failed", end);
  }

  answer(microphone: MediaStream): void {
    if (this.session.isInProgress()) this.session.answer({ mediaStream: microphone, pcConfig: PEER_CONNECTION });
  }

  reject(code: RejectCode): void {
    if (this.session.isInProgress()) this.session.terminate({ status_code: code });
  }

  hangUp(): void {
    if (!this.session.isEnded()) this.session.terminate();
  }

  /** JsSIP has to know about it, or its next renegotiation switches the microphone on again. */
  setMuted(muted: boolean): void {
    if (muted) this.session.mute({ audio: true });
    else this.session.unmute({ audio: true });
  }

  sendKeys(keys: string): boolean {
    const dtmf = this.sender()?.dtmf;
    if (!dtmf?.canInsertDTMF) return false;
    dtmf.insertDTMF(dtmf.toneBuffer + keys, KEY_MS, KEY_GAP_MS);
    return true;
  }

  async replaceMicrophone(microphone: MediaStream): Promise<void> {
    const [track] = microphone.getAudioTracks();
    if (track === undefined) return;
    track.enabled = this.session.isMuted().audio !== true;
    await this.sender()?.replaceTrack(track);
  }

  async statistics(): Promise<RTCStatsReport | null> {
    return this.session.isEstablished() ? this.session.connection.getStats() : null;
  }

  private sender(): RTCRtpSender | undefined {
    if (!this.session.isEstablished()) return undefined;
    return this.session.connection.getSenders().find(({ track }) => track?.kind === "audio");
  }

  private watch(connection: RTCPeerConnection): void {
    connection.addEventListener("track", ({ track, streams }) => {
      this.tell({ type: "sound", sessionId: this.id, stream: streams[0] ?? new MediaStream([track]) });
    });
    connection.addEventListener("iceconnectionstatechange", () => {
      const state = MEDIA_STATES[connection.iceConnectionState];
      if (state !== undefined && !this.over) this.tell({ type: "media", sessionId: this.id, state });
    });
  }
}

/** Read what an INVITE of the server says about the call it belongs to. */
export function readInvitation(session: RTCSession, request: IncomingRequest): Invitation {
  const header = (name: string): string => (request.hasHeader(name) ? request.getHeader(name).trim() : "");
  const { display_name, uri } = session.remote_identity;
  return {
    sessionId: session.id,
    callId: header("X-Callcenter-Call") || null,
    auto: /^auto\b/i.test(header("Answer-Mode")),
    from: { name: display_name, number: uri.user },
  };
}
