import { request } from "@/shared/api/client";

export const VOICEMAILS = "voicemails";

/** A message that a caller left. */
export interface Voicemail {
  id: string;
  call_id: string;
  /** Mailbox name or store code. */
  box: string;
  number: string | null;
  left_at: string;
  duration_ms: number;
  /** It can be listened to; it cannot before the call is over. */
  ready: boolean;
  heard_at: string | null;
}

export const voicemailAudio = (id: string) => `/api/voicemails/${id}/audio`;

export const markVoicemail = ({ id, heard }: { id: string; heard: boolean }) =>
  request<Voicemail>("PUT", `/api/voicemails/${id}`, { body: { heard } });
