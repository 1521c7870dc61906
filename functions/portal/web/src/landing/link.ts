// Shared by the pages behind mailed links: the link's token, the call that acts, and the visitor's answer.

import { tab } from "../tab";
import { common, incomplete, otherwise, unexpected, type Outcome, type Outcomes } from "../texts/landing";
import { entitle } from "../ui/operator";

const TOKEN = /^[A-Za-z0-9._~-]{1,512}$/;
const PATIENCE = 20_000; // milliseconds

export interface Answer {
  /** 0 where none came. */
  status: number;
  problem: string;
  /** Seconds. */
  wait: number;
}

/** Takes the link's token out of the address bar, so that it reaches neither history, bookmarks nor screenshots. */
export function takeToken(key: string): string | null {
  const given = new URLSearchParams(location.search).get("token");
  if (location.search || location.hash) history.replaceState(null, "", location.pathname);
  const token = given ?? tab.get(key) ?? "";
  if (!TOKEN.test(token)) return null;
  tab.set(key, token);
  return token;
}

/** Posts the token. */
export async function post(path: string, token: string, bearer?: string): Promise<Answer> {
  const headers: Record<string, string> = { "Content-Type": "application/json" };
  if (bearer) headers["Authorization"] = `Bearer ${bearer}`;
  try {
    const response = await fetch(path, {
      method: "POST",
      headers,
      body: JSON.stringify({ token }),
      credentials: "omit",
      redirect: "error",
      signal: AbortSignal.timeout(PATIENCE),
    });
    const body = response.ok ? {} : ((await response.json().catch(() => ({}))) as { type?: string });
    const problem = String(body?.type ?? "").replace(/^urn:vigie:problem:/, "");
    return { status: response.status, problem, wait: Number(response.headers.get("Retry-After")) || 0 };
  } catch {
    return { status: 0, problem: "", wait: 0 };
  }
}

/** The page's outcome for an answer: by the problem's name before its status, the page's own before the common ones. */
export function outcomeOf({ status, problem, wait }: Answer, outcomes: Outcomes): Outcome {
  const name = status === 0 ? "network" : String(status);
  const outcome = outcomes[problem] ?? outcomes[name] ?? otherwise[name] ?? unexpected;
  if (outcome.final || !(wait > 0 || status === 429 || status === 503)) return outcome;
  return { ...outcome, text: `${outcome.text} ${common.retry(common.delay(wait))}` };
}

export interface View {
  offer(): void;
  progress(title: string): void;
  end(outcome: Outcome): void;
  incomplete(): void;
}

const element = (id: string): HTMLElement => document.getElementById(id) ?? document.body;

/** The page's button and live region. `act` runs when the button is pressed, never twice at once. */
export function page(act: () => void): View {
  const explanation = element("explanation");
  const action = element("action");
  const button = element("act");
  const region = element("outcome");

  const say = (kind: string, title: string, text?: string) => {
    const heading = document.createElement("h2");
    heading.textContent = title;
    const paragraph = document.createElement("p");
    paragraph.textContent = text ?? "";
    region.dataset["kind"] = kind;
    region.replaceChildren(...(text ? [heading, paragraph] : [heading]));
    entitle(title);
  };
  const busy = (is: boolean) => button.setAttribute("aria-disabled", String(is));

  button.addEventListener("click", () => {
    if (button.getAttribute("aria-disabled") === "true") return;
    busy(true);
    act();
  });
  // Somebody went back to the page from where the button had led.
  window.addEventListener("pageshow", (event) => event.persisted && busy(false));

  return {
    /** Offers the button. */
    offer() {
      action.hidden = false;
    },
    /** Says that something goes on. */
    progress(title) {
      say("progress", title);
    },
    /** Says how it ended. The button stays only if pressing it again may help. */
    end({ success = false, final = success, title, text }) {
      const focused = document.activeElement === button;
      say(success ? "success" : "failure", title, text);
      if (success) {
        const next = document.createElement("p");
        const link = document.createElement("a");
        link.href = "/";
        link.textContent = common.toAccount;
        next.append(link);
        region.append(next);
      }
      explanation.hidden = success || final;
      action.hidden = final;
      busy(false);
      // With the button the focus would be lost.
      if (final && focused) region.focus();
    },
    /** Says that the link lacks its token. */
    incomplete() {
      this.end(incomplete);
    },
  };
}
