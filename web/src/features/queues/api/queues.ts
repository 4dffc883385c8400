import { useQuery } from "@tanstack/react-query";

import { request } from "@/shared/api/client";

export const QUEUES = "queues";

/** Settings by name, nested: `callback.key`. Only what differs from the defaults has to be sent. */
export type Settings = Record<string, unknown>;

export interface QueueWrite {
  code: string;
  name: string;
  name_en: string;
  store_id: string | null;
  enabled: boolean;
  settings: Settings;
}

export interface MemberWrite {
  agent_id: string;
  /** Place in the linear order, smallest first. */
  order: number;
  /** Share of the calls under the weighted strategy. */
  weight: number;
  active: boolean;
}

export interface Member extends MemberWrite {
  name: string;
  extension: string | null;
  /** A phone of the store, a member without being named. */
  implied: boolean;
}

export interface Queue extends QueueWrite {
  id: string;
  /** Nobody has set it up; changing it does. */
  implied: boolean;
  members: Member[];
}

export function useQueue(id: string) {
  return useQuery({
    queryKey: [QUEUES, "one", id],
    queryFn: ({ signal }) => request<Queue>("GET", path(id), { signal }),
  });
}

function path(id: string): string {
  return `/api/queues/${encodeURIComponent(id)}`;
}

export const addQueue = (body: Omit<QueueWrite, "settings">) => request<Queue>("POST", "/api/queues", { body });

export const changeQueue = ({ id, ...body }: QueueWrite & { id: string }) => request<Queue>("PUT", path(id), { body });

export const removeQueue = (id: string) => request<undefined>("DELETE", path(id));

export const saveMembers = ({ id, members }: { id: string; members: MemberWrite[] }) =>
  request<Member[]>("PUT", `${path(id)}/members`, { body: members });

/** Skills of an agent with their levels, 1 to 10. */
export type Skills = Record<string, number>;

export const getSkills = (agentId: string, signal: AbortSignal) =>
  request<{ skills: Skills }>("GET", `/api/agents/${encodeURIComponent(agentId)}/skills`, { signal });

export const saveSkills = ({ agentId, skills }: { agentId: string; skills: Skills }) =>
  request<{ skills: Skills }>("PUT", `/api/agents/${encodeURIComponent(agentId)}/skills`, { body: { skills } });
