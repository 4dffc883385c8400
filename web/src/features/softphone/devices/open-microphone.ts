import { deviceChoice } from "./device-choice";

/** Open the chosen microphone for a conversation; one that was unplugged gives way to the system's. */
export function openMicrophone(): Promise<MediaStream> {
  const { microphone } = deviceChoice();
  return navigator.mediaDevices.getUserMedia({
    audio: {
      echoCancellation: true,
      noiseSuppression: true,
      autoGainControl: true,
      channelCount: 1,
      ...(microphone !== "" && { deviceId: { ideal: microphone } }),
    },
    video: false,
  });
}
