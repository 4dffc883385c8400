import type { components } from "@/shared/api/schema.gen";

/** The shapes of requests and answers by their names in the OpenAPI document. */
export type Schemas = components["schemas"];

/** A shape as the server sends it: also what may be left out in a request is there. */
export type Sent<T> = T extends readonly (infer Item)[]
  ? Sent<Item>[]
  : T extends object
    ? { [Name in keyof T]-?: Sent<Exclude<T[Name], undefined>> }
    : T;

/** The shape of an answer by its name. */
export type Answer<Name extends keyof Schemas> = Sent<Schemas[Name]>;
