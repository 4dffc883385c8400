import { useCallback, useEffect, useState } from "react";

export interface Devices {
  microphones: MediaDeviceInfo[];
  speakers: MediaDeviceInfo[];
  /** Browsers name devices only to pages that may use the microphone. */
  named: boolean;
  /** Ask for the microphone once, so that names appear. */
  allow: () => Promise<boolean>;
}

/** The microphones and loudspeakers there are, as they come and go. */
export function useDevices(): Devices {
  const [devices, setDevices] = useState<MediaDeviceInfo[]>([]);
  const refresh = useCallback(async () => {
    const found = await navigator.mediaDevices.enumerateDevices();
    setDevices(found.filter(({ deviceId }) => deviceId !== ""));
  }, []);
  useEffect(() => {
    const changed = (): void => void refresh();
    changed();
    navigator.mediaDevices.addEventListener("devicechange", changed);
    return () => {
      navigator.mediaDevices.removeEventListener("devicechange", changed);
    };
  }, [refresh]);
  const allow = useCallback(async () => {
    try {
      const stream = await navigator.mediaDevices.getUserMedia({ audio: true });
      stream.getTracks().forEach((track) => {
        track.stop();
      });
      await refresh();
      return true;
    } catch {
      return false;
    }
  }, [refresh]);
  return {
    microphones: devices.filter(({ kind }) => kind === "audioinput"),
    speakers: devices.filter(({ kind }) => kind === "audiooutput"),
    named: devices.some(({ label }) => label !== ""),
    allow,
  };
}
