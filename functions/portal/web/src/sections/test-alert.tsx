// « Envoyer une alerte d'essai »: it goes the whole way, and the page shows where it has got to.

import { useEffect, useRef, useState } from "preact/hooks";

import { useActing } from "../account";
import { call } from "../api/client";
import { texts } from "../texts/alerts";
import { outcome } from "../texts/history";
import { refused } from "../ui/data";
import { announce } from "../ui/live";
import { Banner, Failure, useAct, type Tone } from "../ui/parts";

/** Interval and number of looks, and the time in milliseconds. */
const STEP = 1500;
const PATIENCE = 60_000;

interface Told {
  tone: Tone;
  text: string;
  end: boolean;
}

export function TestAlert() {
  const { account } = useActing();
  const [told, setTold] = useState<Told>();
  const alive = useRef(true);
  useEffect(() => () => void (alive.current = false), []);

  const tell = (next: Told) => {
    if (!alive.current) return;
    setTold((before) => {
      if (before?.text !== next.text) announce(next.text);
      return next;
    });
  };
  /** Returns the state of this test alert. */
  const look = async (factKey: string): Promise<Told> => {
    const { data } = await call("get", "/v1/accounts/{id}/deliveries", { path: { id: account.id }, query: { limit: 20 } });
    const mine = data.items.find((item) => item.factKey === factKey);
    if (!mine || mine.state === "PENDING") return { tone: "info", text: texts.testSteps.asked, end: false };
    if (mine.state === "SENT") return { tone: "info", text: texts.testSteps.sent, end: false };
    if (mine.state === "DELAYED") return { tone: "warning", text: texts.testSteps.delayed, end: true };
    if (mine.state === "DELIVERED") return { tone: "success", text: texts.testSteps.delivered, end: true };
    return { tone: "failure", text: texts.testSteps.failed(outcome(mine)), end: true };
  };
  const { run, busy, error } = useAct(async () => {
    setTold(undefined);
    const asked = await call("post", "/v1/accounts/{id}/alerts/test", { path: { id: account.id } });
    tell({ tone: "info", text: texts.testSteps.asked, end: false });
    const until = Date.now() + PATIENCE;
    let sent = false;
    while (alive.current && Date.now() < until) {
      await new Promise((resolve) => setTimeout(resolve, STEP));
      // It is on its way, whether one look at it fails or not.
      const next = await look(asked.data.factKey).catch((problem) => {
        if (refused(problem).status === 401) throw problem;
      });
      if (!next) continue;
      tell(next);
      if (next.end) return;
      sent = next.text === texts.testSteps.sent;
    }
    tell(sent ? { tone: "success", text: texts.testSteps.unsaid, end: true } : { tone: "warning", text: texts.testSteps.slow, end: true });
  });
  return (
    <section aria-labelledby="test">
      <h2 id="test">{texts.testTitle}</h2>
      <p>{texts.testIntro}</p>
      {told && <Banner tone={told.tone}>{told.text}</Banner>}
      {error && <Failure error={error} />}
      <p>
        <button type="button" class="second" aria-disabled={busy ? "true" : undefined} onClick={run}>
          {texts.test}
        </button>
      </p>
    </section>
  );
}
