import { useEffect, useState } from "react";

import { loudness, SPEECH } from "./level-meter";
import { openMicrophone } from "./open-microphone";

export interface MicrophoneTest {
  /** 0 to 1. */
  level: number;
  heard: boolean;
  failed: boolean;
}

const SILENT: MicrophoneTest = { level: 0, heard: false, failed: false };
const READ_EVERY_MS = 60;

/** Listen to the chosen microphone while `on`, to show whether it hears anything. */
export function useMicrophoneLevel(on: boolean, device: string): MicrophoneTest {
  const [test, setTest] = useState(SILENT);
  useEffect(() => {
    if (!on) return undefined;
    let stop: () => void = () => undefined;
    let over = false;
    const listen = async (): Promise<void> => {
      try {
        const stream = await openMicrophone();
        const context = new AudioContext();
        const analyser = new AnalyserNode(context, { fftSize: 1024 });
        context.createMediaStreamSource(stream).connect(analyser);
        const samples = new Float32Array(analyser.fftSize);
        const timer = setInterval(() => {
          analyser.getFloatTimeDomainData(samples);
          const level = loudness(samples);
          setTest(({ heard }) => ({ level, heard: heard || level > SPEECH, failed: false }));
        }, READ_EVERY_MS);
        stop = () => {
          clearInterval(timer);
          stream.getTracks().forEach((track) => {
            track.stop();
          });
          void context.close();
        };
        if (over) stop();
      } catch {
        setTest({ ...SILENT, failed: true });
      }
    };
    void listen();
    return () => {
      over = true;
      stop();
      setTest(SILENT);
    };
  }, [on, device]);
  return test;
}
