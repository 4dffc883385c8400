import { request } from "@/shared/api/client";

import type { SipCredentials } from "../phone/phone-port";

/** Get a SIP password for this tab; whatever device was the phone before is not any more. */
export function askCredentials(deviceId: string): Promise<SipCredentials> {
  return request("POST", "/api/me/softphone", { body: { device_id: deviceId } });
}
