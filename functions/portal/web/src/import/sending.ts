// Sends a file piece by piece. What the API has no time or no room for now is sent again later: nothing is lost, and nobody is invited
// twice, since whoever is there already stays as they are.

import { call, Refused, type Schemas } from "../api/client";
import { piece, type Line, type Sheet } from "./file";

export type Result = Schemas["ImportedRow"];

/** Why it waits: the organisation's quota of addresses is used up, or the service does not answer. */
export type Reason = "quota" | "silence";

export interface Telling {
  rows: (found: Result[], left: Line[]) => void;
  /** Says until when it waits (milliseconds), and null once it goes on. */
  waits: (waiting: { until: number; reason: Reason } | null) => void;
}

/** Most rows in one call. */
const ROWS = 200;

/** Pauses after each failure in a row, in seconds; one more failure ends the run. */
const PAUSES = [2, 5, 15, 30, 60];

export class Sending {
  private halted = false;
  private wake = (): void => {};

  constructor(
    private readonly entity: string,
    private readonly dryRun: boolean,
    private readonly sheet: Sheet,
    private left: Line[],
    private readonly tell: Telling,
  ) {}

  /** Sends all that is left. Throws what neither time nor trying again can mend; what was not sent is still left then. */
  async run(): Promise<void> {
    let failures = 0;
    while (this.left.length && !this.halted) {
      try {
        const done = await this.next();
        failures = done ? 0 : failures + 1;
        if (!done) await this.pause(PAUSES[failures - 1], "silence", new Refused(503));
      } catch (problem) {
        if (!(problem instanceof Refused)) throw problem;
        if (problem.problem === "too-many-rows") {
          await this.pause(problem.wait || 60, "quota", problem);
          continue;
        }
        if (![0, 409, 429, 500, 502, 503, 504].includes(problem.status)) throw problem;
        const pause = PAUSES[failures++];
        await this.pause(pause && Math.max(pause, problem.wait), "silence", problem);
      }
    }
  }

  /** Ends it after the call that is under way. */
  stop(): void {
    this.halted = true;
    this.wake();
  }

  /** Ends the wait. */
  now(): void {
    this.wake();
  }

  /** Sends the next piece; tells whether any of its rows was done. */
  private async next(): Promise<boolean> {
    const { lines, body } = piece(this.sheet, this.left, ROWS);
    const { data } = await call("post", "/v1/entities/{id}/agents/import", { path: { id: this.entity }, query: { dryRun: this.dryRun }, body, type: this.sheet.type });
    // The rows of the answer are those of the call, in their order.
    const found: Result[] = [];
    const again: Line[] = [];
    lines.forEach((line, at) => {
      const row = data.rows[at];
      if (row && row.status !== "notTried") found.push({ ...row, row: line.line });
      else again.push(line);
    });
    this.left = [...again, ...this.left.slice(lines.length)];
    this.tell.rows(found, this.left);
    return again.length < lines.length;
  }

  private async pause(seconds: number | undefined, reason: Reason, problem: Refused): Promise<void> {
    if (seconds === undefined) throw problem;
    const until = Date.now() + seconds * 1000;
    this.tell.waits({ until, reason });
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, seconds * 1000);
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
      if (this.halted) this.wake();
    });
    this.tell.waits(null);
  }
}
