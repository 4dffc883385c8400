import { useEffect, useEffectEvent, useRef } from "react";

import { useLiveCalls } from "@/shared/live/live-lists";
import { useLiveEvent } from "@/shared/live/use-live-event";

import { controlCall } from "../api/control-call";
import { askCredentials } from "../api/post-softphone";
import { deviceChoice, watchDeviceChoice } from "../devices/device-choice";
import { openMicrophone } from "../devices/open-microphone";
import { myPart } from "../model/my-calls";
import type { PhonePort } from "../phone/phone-port";
import { browserMemory, deviceId } from "../phone/session-memory";
import type { KnownCall } from "../phone/softphone";
import { SoftphoneTab } from "../phone/softphone-tab";
import { setCurrentSoftphone } from "../state/current-softphone";
import { useMyWork } from "../state/use-my-work";

/** JsSIP is fetched only where a phone is needed. */
async function loadPhone(): Promise<PhonePort> {
  const { JsSipPhone } = await import("../phone/jssip-phone");
  return new JsSipPhone();
}

function open(userId: string): SoftphoneTab {
  const device = deviceId();
  return new SoftphoneTab({
    userId,
    deviceId: device,
    loadPhone,
    chosenSpeaker: () => deviceChoice().speaker,
    memory: browserMemory,
    openMicrophone,
    askCredentials: () => askCredentials(device),
    askAttach: (callId) => controlCall(callId, { do: "attach" }),
    askKeys: (callId, keys) => controlCall(callId, { do: "digits", keys }),
  });
}

/** Keep the softphone of this tab open, and tell it what the server says about its calls. */
export function useOpenSoftphone(): void {
  const { userId, current } = useMyWork();
  const known = useLiveCalls().isSuccess;
  const softphone = useRef<SoftphoneTab | null>(null);

  const call: KnownCall | null =
    current === null ? null : { id: current.id, away: myPart(current, userId)?.state === "away" };
  const tell = useEffectEvent(() => {
    if (known) softphone.current?.know(call);
  });

  useEffect(() => {
    const opened = open(userId);
    softphone.current = opened;
    setCurrentSoftphone(opened);
    tell();
    const stopWatching = watchDeviceChoice(() => void opened.devicesChanged());
    return () => {
      stopWatching();
      setCurrentSoftphone(null);
      opened.close();
    };
  }, [userId]);

  useEffect(() => {
    tell();
  }, [known, call?.id, call?.away]);

  useLiveEvent("softphone.taken_over", ({ device_id }) => softphone.current?.takenOver(device_id));
  useLiveEvent("softphone.command", ({ call_id }) => softphone.current?.commandAnswer(call_id));
}
