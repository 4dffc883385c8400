import type { OpenMicrophone } from "./microphone";
import type { PhonePort } from "./phone-port";
import type { SessionMemory } from "./session-memory";

/** What a conversation needs around it. */
export interface SessionParts {
  port: PhonePort;
  memory: SessionMemory;
  openMicrophone: OpenMicrophone;
  /** Ask the server to connect a call to this browser again. */
  askAttach: (callId: string) => Promise<unknown>;
  changed: () => void;
}
