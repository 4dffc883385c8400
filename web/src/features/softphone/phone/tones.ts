import { setSink } from "./speaker";

/** A tone pair with its rhythm, in seconds: how a phone rings. */
interface Pattern {
  frequencies: readonly number[];
  /** Moments at which the sound begins, and how long it lasts each time. */
  beats: readonly number[];
  length: number;
  period: number;
}

const RING: Pattern = { frequencies: [587.33, 739.99], beats: [0, 0.28, 0.56], length: 0.22, period: 2.4 };
const TEST: Pattern = { frequencies: [523.25, 659.25], beats: [0, 0.35], length: 0.3, period: 1 };
const ATTENTION: Pattern = { frequencies: [880], beats: [0], length: 0.12, period: 1 };

/** Makes sounds itself, so that ringing needs no file and starts at once; through any device. */
export class Tones {
  private context: AudioContext | null = null;
  private outlet: { element: HTMLAudioElement; stream: MediaStreamAudioDestinationNode } | null = null;
  private timer: ReturnType<typeof setInterval> | undefined;

  /** `heard` is told after every sound whether the browser plays at all: some want a click on the page before. */
  constructor(private readonly heard: (audible: boolean) => void = () => undefined) {}

  /** Ring until {@link stop}. */
  ring(device: string, volume: number): void {
    this.stop();
    const again = (): void => void this.play(RING, device, volume);
    again();
    this.timer = setInterval(again, RING.period * 1000);
  }

  /** Let the agent hear where the sound comes from. */
  test(device: string, volume: number): void {
    void this.play(TEST, device, volume);
  }

  /** A short beep: something wants attention during a call. */
  beep(device: string): void {
    void this.play(ATTENTION, device, 0.25);
  }

  stop(): void {
    clearInterval(this.timer);
  }

  private async play(pattern: Pattern, device: string, volume: number): Promise<void> {
    const context = (this.context ??= new AudioContext());
    if (context.state !== "running") await Promise.race([context.resume(), pause(300)]);
    this.heard(context.state === "running");
    const outlet = await this.outletOf(context, device);
    const start = context.currentTime + 0.02;
    for (const beat of pattern.beats) {
      for (const frequency of pattern.frequencies) {
        tone(context, outlet, frequency, start + beat, pattern.length, volume / pattern.frequencies.length);
      }
    }
  }

  private async outletOf(context: AudioContext, device: string): Promise<AudioNode> {
    if (device === "") return context.destination;
    if (this.outlet === null) {
      const stream = context.createMediaStreamDestination();
      const element = new Audio();
      element.srcObject = stream.stream;
      this.outlet = { element, stream };
    }
    await setSink(this.outlet.element, device);
    await this.outlet.element.play().catch(() => undefined);
    return this.outlet.stream;
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}

function tone(
  context: AudioContext,
  outlet: AudioNode,
  hertz: number,
  at: number,
  length: number,
  level: number,
): void {
  const oscillator = new OscillatorNode(context, { frequency: hertz, type: "triangle" });
  const envelope = new GainNode(context, { gain: 0 });
  envelope.gain.setValueAtTime(0, at);
  envelope.gain.linearRampToValueAtTime(level, at + 0.015);
  envelope.gain.setTargetAtTime(0, at + length * 0.6, length / 5);
  oscillator.connect(envelope).connect(outlet);
  oscillator.start(at);
  oscillator.stop(at + length * 2);
}
