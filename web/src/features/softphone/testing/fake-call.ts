import type { AgentView, LiveCallView, ParticipantView } from "@/shared/live/views";

export const ME = "01USER";

function participant(more: Partial<ParticipantView>): ParticipantView {
  return {
    leg_id: "leg-1",
    role: "customer",
    name: "Trần Văn Minh",
    number: "+84912345678",
    agent_id: null,
    extension: null,
    state: "talking",
    since: "2026-01-05T08:00:00Z",
    ...more,
  };
}

export function customerPart(more: Partial<ParticipantView> = {}): ParticipantView {
  return participant(more);
}

export function myPartOf(more: Partial<ParticipantView> = {}): ParticipantView {
  return participant({ leg_id: "leg-2", role: "agent", name: "Lan", number: null, agent_id: ME, ...more });
}

/** Return a call from a known customer that this agent is in. */
export function fakeCall(more: Partial<LiveCallView> = {}): LiveCallView {
  return {
    id: "c1",
    direction: "inbound",
    state: "connected",
    started_at: "2026-01-05T08:00:00Z",
    answered_at: "2026-01-05T08:00:01Z",
    connected_at: "2026-01-05T08:01:00Z",
    from_number: "+84912345678",
    from_name: "",
    to_number: "19001234",
    did: "19001234",
    language: "vi",
    customer: { id: "k1", code: "KH1", name: "Trần Văn Minh", vip_level: 2 },
    store: null,
    queue: null,
    why: null,
    ivr_path: [],
    keys_pressed: "",
    tags: {},
    segment: { kind: "talk", since_ms: 0 },
    recording: { on: true, paused: false },
    transfers: 0,
    participants: [customerPart(), myPartOf()],
    consult: null,
    actions: ["digits", "hold", "transfer", "consult", "add_participant", "recording_pause"],
    ...more,
  };
}

export function fakeAgent(more: Partial<AgentView> = {}): AgentView {
  return {
    id: ME,
    name: "Lan",
    extension: "1001",
    store_ids: [],
    state: "available",
    reason: null,
    since: "2026-01-05T08:00:00Z",
    next: null,
    registered: true,
    call_ids: [],
    queue_ids: [],
    wrap_up: null,
    missed_in_row: 0,
    ...more,
  };
}
