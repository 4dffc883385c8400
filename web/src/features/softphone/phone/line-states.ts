import type { Table } from "./table";

/**
 * Where this browser stands with the server: can it be rung?
 *
 * - `idle`: this tab is not the phone.
 * - `connecting`: asking for a SIP password, opening the WebSocket, registering.
 * - `registered`: calls can come.
 * - `reconnecting`: the WebSocket is lost; a call's sound goes on without it.
 * - `taken_over`: the agent opened the phone on another computer.
 * - `refused`: the server does not give this person a phone.
 */
export type LineState = "idle" | "connecting" | "registered" | "reconnecting" | "taken_over" | "refused";

export type LineEvent = "start" | "registered" | "lost" | "refused" | "taken_over" | "take_back" | "stop";

export const LINE: Table<LineState, LineEvent> = {
  idle: { start: "connecting", taken_over: "taken_over" },
  connecting: {
    registered: "registered",
    lost: "reconnecting",
    refused: "refused",
    taken_over: "taken_over",
    stop: "idle",
  },
  registered: { lost: "reconnecting", refused: "refused", taken_over: "taken_over", stop: "idle" },
  reconnecting: { registered: "registered", refused: "refused", taken_over: "taken_over", stop: "idle" },
  taken_over: { take_back: "connecting", stop: "idle" },
  refused: { start: "connecting", stop: "idle" },
};
