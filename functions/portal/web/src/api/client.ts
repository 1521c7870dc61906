// Calls of the API, with the types of its own description: a route that changes breaks the page's build.

import { working } from "../router";
import { token } from "../session";
import type { components, paths } from "./schema";

export type Schemas = components["schemas"];
type Method = "get" | "put" | "post" | "patch" | "delete";
type Operation<M extends Method, P extends keyof paths> = paths[P][M];
type PathOf<M extends Method> = { [P in keyof paths]: paths[P][M] extends { responses: unknown } ? P : never }[keyof paths];
type Json<R> = R extends { content: { "application/json": infer B } } ? B : never;
type Answered<O> = O extends { responses: infer R } ? { [S in keyof R]: S extends 200 | 201 | 202 ? Json<R[S]> : never }[keyof R] : never;
type Partly<T> = T extends object ? { [K in keyof T]?: Partly<T[K]> } : T;
type Body<O> = O extends { requestBody?: { content: infer C } }
  ? C extends { "application/merge-patch+json": infer B }
    ? Partly<B>
    : C[keyof C]
  : undefined;

/** Item type of a list. Schemas that share a name in the code are numbered in the description, and a new one changes the numbers. */
export type Listed<P extends PathOf<"get">> = Answered<Operation<"get", P>> extends { items: (infer I)[] } ? I : never;

/** Longest time to wait for an answer, in milliseconds. */
const PATIENCE = 30_000;

/** A refusal by the API; `status` is 0 if no answer came. */
export class Refused extends Error {
  constructor(
    readonly status: number,
    /** The problem's name. */
    readonly problem = "",
    readonly errors: { field: string; reason: string }[] = [],
    /** In seconds. */
    readonly wait = 0,
  ) {
    super(problem || String(status));
  }
}

/** Called once a sign-in has ended though nobody asked. */
export const ended = { tell: (): void => {} };

export interface Asked<B> {
  path?: Record<string, string>;
  query?: Record<string, string | number | boolean | null | undefined>;
  body?: B | Blob;
  /** Media type of the body, if it is not the usual one. */
  type?: string;
  headers?: Record<string, string>;
}

export interface Answer<T> {
  status: number;
  data: T;
  etag: string | null;
}

/** Calls the API for who is signed in. */
export async function call<M extends Method, P extends PathOf<M>>(
  method: M,
  path: P,
  asked: Asked<Body<Operation<M, P>>> = {},
): Promise<Answer<Answered<Operation<M, P>>>> {
  const answer = send(method, path, asked);
  return (await (method === "get" ? answer : working(answer))) as Answer<Answered<Operation<M, P>>>;
}

async function send(method: Method, path: string, asked: Asked<unknown>): Promise<Answer<unknown>> {
  let bearer = await bearerToken();
  let response = bearer ? await request(method, path, asked, bearer) : null;
  if (!response || response.status === 401) {
    // A clock that goes wrong, or a session that ended elsewhere: one more try with a new token.
    bearer = bearer ? await bearerToken(true) : null;
    response = bearer ? await request(method, path, asked, bearer) : null;
    if (!response || response.status === 401) {
      ended.tell();
      throw new Refused(401, "unauthorized");
    }
  }
  const text = await response.text().catch(() => "");
  const json = /json/.test(response.headers.get("Content-Type") ?? "");
  const data: unknown = json && text ? JSON.parse(text) : text;
  if (response.ok) return { status: response.status, data, etag: response.headers.get("ETag") };
  const problem = (data ?? {}) as { type?: string; errors?: { field: string; reason: string }[] };
  const name = String(problem.type ?? "").replace(/^urn:vigie:problem:/, "");
  throw new Refused(response.status, name, problem.errors ?? [], Number(response.headers.get("Retry-After")) || 0);
}

/** The token that a call is made with; a refusal without an answer where the issuer gave none. */
async function bearerToken(renew = false): Promise<string | null> {
  try {
    return await token(renew);
  } catch {
    throw new Refused(0);
  }
}

async function request(method: Method, path: string, asked: Asked<unknown>, bearer: string): Promise<Response> {
  const address = path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(asked.path?.[name] ?? ""));
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(asked.query ?? {})) if (value !== null && value !== undefined && value !== "") query.set(name, String(value));
  const headers: Record<string, string> = { Authorization: `Bearer ${bearer}`, ...asked.headers };
  const has = asked.body !== undefined;
  if (has) headers["Content-Type"] = asked.type ?? (method === "patch" ? "application/merge-patch+json" : "application/json");
  try {
    return await fetch(query.size ? `${address}?${query}` : address, {
      method: method.toUpperCase(),
      headers,
      body: has ? (typeof asked.body === "string" || asked.body instanceof Blob ? asked.body : JSON.stringify(asked.body)) : undefined,
      credentials: "omit",
      redirect: "error",
      cache: "no-store",
      signal: AbortSignal.timeout(PATIENCE),
    });
  } catch {
    throw new Refused(0);
  }
}
