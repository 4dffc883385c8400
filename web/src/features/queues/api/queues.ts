import { useQuery } from "@tanstack/react-query";

import { api, unwrap } from "@/shared/api/client";
import type { Answer } from "@/shared/api/schemas";

export const QUEUES = "queues";

/** Settings by name, nested: `callback.key`. */
export type Settings = Answer<"QueueForm">;
export type Queue = Answer<"callcenter__api__queue_keeper__QueueView">;
export type QueueWrite = Answer<"QueueWrite">;
export type Member = Answer<"MemberView">;
export type MemberWrite = Answer<"MemberWrite">;
/** Skills of an agent with their levels, 1 to 10. */
export type Skills = Answer<"Skills">["skills"];

const of = (queue_id: string) => ({ path: { queue_id } });
const ofAgent = (agent_id: string) => ({ path: { agent_id } });

export function useQueue(id: string) {
  return useQuery({
    queryKey: [QUEUES, "one", id],
    queryFn: async ({ signal }) => unwrap(await api.GET("/api/queues/{queue_id}", { params: of(id), signal })),
  });
}

/** Set a queue up; what is not said has its default. */
export const addQueue = async (body: Omit<QueueWrite, "settings">) =>
  unwrap(await api.POST("/api/queues", { body: body as QueueWrite }));

export const changeQueue = async ({ id, ...body }: QueueWrite & { id: string }) =>
  unwrap(await api.PUT("/api/queues/{queue_id}", { params: of(id), body }));

export const removeQueue = async (id: string) => unwrap(await api.DELETE("/api/queues/{queue_id}", { params: of(id) }));

export const saveMembers = async ({ id, members }: { id: string; members: MemberWrite[] }) =>
  unwrap(await api.PUT("/api/queues/{queue_id}/members", { params: of(id), body: members }));

export const getSkills = async (agentId: string, signal: AbortSignal) =>
  unwrap(await api.GET("/api/agents/{agent_id}/skills", { params: ofAgent(agentId), signal }));

export const saveSkills = async ({ agentId, skills }: { agentId: string; skills: Skills }) =>
  unwrap(await api.PUT("/api/agents/{agent_id}/skills", { params: ofAgent(agentId), body: { skills } }));
