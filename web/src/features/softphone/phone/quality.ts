/** Sums since the call began, as the browser counts them. */
export interface Counters {
  received: number;
  lost: number;
  jitterMs: number;
  rttMs: number | null;
}

export type QualityLevel = "excellent" | "good" | "fair" | "poor" | "silent";

/** How the sound of the last seconds was. */
export interface Quality {
  level: QualityLevel;
  /** Percent of the packets that should have come. */
  lossPercent: number;
  jitterMs: number;
  rttMs: number | null;
}

interface Stat {
  type: string;
  kind?: string;
  packetsReceived?: number;
  packetsLost?: number;
  jitter?: number;
  roundTripTime?: number;
  currentRoundTripTime?: number;
  nominated?: boolean;
}

/** Read the counters of an audio call from `getStats()`; null before any sound was expected. */
export function readCounters(report: Pick<RTCStatsReport, "forEach">): Counters | null {
  const inbound: Stat[] = [];
  let reportedRtt: number | undefined;
  let pathRtt: number | undefined;
  report.forEach((stat: Stat) => {
    if (stat.type === "inbound-rtp" && stat.kind === "audio") inbound.push(stat);
    if (stat.type === "remote-inbound-rtp") reportedRtt = stat.roundTripTime;
    if (stat.type === "candidate-pair" && stat.nominated === true) pathRtt = stat.currentRoundTripTime;
  });
  const [sound] = inbound;
  if (sound === undefined) return null;
  const { packetsReceived = 0, packetsLost = 0, jitter = 0 } = sound;
  const rtt = reportedRtt ?? pathRtt;
  return {
    received: packetsReceived,
    lost: packetsLost,
    jitterMs: jitter * 1000,
    rttMs: rtt === undefined ? null : rtt * 1000,
  };
}

/**
 * Judge the time between two readings by the simplified E-model: delay and loss lower a rating from 93.2 (ITU-T G.107;
 * G.711 without concealment loses 2.5 points per percent at the rates where people still talk).
 */
export function judge(before: Counters, now: Counters): Quality {
  const received = Math.max(0, now.received - before.received);
  const lost = Math.max(0, now.lost - before.lost);
  const lossPercent = received + lost === 0 ? 0 : (100 * lost) / (received + lost);
  const figures = { lossPercent, jitterMs: now.jitterMs, rttMs: now.rttMs };
  if (received === 0) return { level: "silent", ...figures };
  // One way, with a jitter buffer of twice the jitter.
  const delay = (now.rttMs ?? 0) / 2 + now.jitterMs * 2 + 20;
  const delayPenalty = delay < 160 ? delay / 40 : 4 + (delay - 160) / 10;
  return { level: levelOf(93.2 - delayPenalty - lossPercent * 2.5), ...figures };
}

function levelOf(rating: number): QualityLevel {
  if (rating >= 86) return "excellent";
  if (rating >= 78) return "good";
  if (rating >= 65) return "fair";
  return "poor";
}
