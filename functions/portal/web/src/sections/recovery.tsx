// « Retrouver mon compte »: asking for one's account by its address, and stopping another login that takes it over.

import { useActing } from "../account";
import { call, type Schemas } from "../api/client";
import { moments } from "../dates";
import { useForm } from "../form";
import { advice } from "../texts/contact";
import { texts } from "../texts/recovery";
import { Act, Banner, Confirmed, Field, Required } from "../ui/parts";
import { Restored, SaveBar } from "../ui/saving";

type Account = Schemas["AccountView"];

const EMPTY = { email: "" };

/** Asks for the account of an address. The answer is the same whether there is one. */
export function FindAccount() {
  const wrong = { email: advice("email", "") };
  const form = useForm({
    name: "recovery",
    values: EMPTY,
    check: ({ email }) => (email.includes("@") ? {} : wrong),
    save: async ({ email }) => {
      await call("post", "/v1/recoveries", { body: { email } });
      return { values: EMPTY, next: `${texts.sent} ${texts.sentText(email)}` };
    },
    explain: ({ errors }) => (errors.some(({ field }) => field === "email") ? wrong : undefined),
  });
  return (
    <section aria-labelledby="find">
      <h2 id="find">{texts.find}</h2>
      <p>{texts.findText}</p>
      <form ref={(element) => void (form.element = element)} onSubmit={(event) => void form.submit(event)} noValidate>
        <Restored form={form} />
        <Required />
        <Field {...form.field("email")} type="email" inputMode="email" autoComplete="email" label={texts.email} required spellcheck={false} />
        <SaveBar form={form} label={texts.send} sends />
      </form>
      <p class="quiet">{texts.newcomer}</p>
    </section>
  );
}

/** Warns whoever acts for an account that another login is about to take their place. */
export function RecoveryWaits({ details, reread }: { details: Account; reread: () => Promise<void> }) {
  const { account } = useActing();
  if (!details.recoveryDue) return null;
  const stop = async () => {
    await call("delete", "/v1/accounts/{id}/recovery", { path: { id: account.id } });
    await reread();
    return texts.stopped;
  };
  return (
    <Banner tone="warning" title={texts.waits}>
      <p>{texts.waitsText(moments(details.recoveryDue))}</p>
      <p class="buttons">
        <Act label={texts.stop} act={stop} />
      </p>
    </Banner>
  );
}

/** The same for administrators, who can also have a link mailed. */
export function AgentRecovery({ entity, agent, name, set }: { entity: string; agent: Account; name: string; set: (agent: Account) => void }) {
  const path = { id: entity, accountId: agent.id };
  if (agent.recoveryDue) {
    const stop = async () => {
      await call("delete", "/v1/entities/{id}/agents/{accountId}/recovery", { path });
      set({ ...agent, recoveryDue: undefined });
      return texts.stopped;
    };
    return (
      <>
        <p class="hint">{texts.agentWaits(moments(agent.recoveryDue))}</p>
        <Act small label={texts.stop} name={`${texts.stop} : ${name}`} act={stop} />
      </>
    );
  }
  if (!agent.active || agent.emailStatus !== "confirmed") return null;
  return (
    <Confirmed
      small
      label={texts.sendLink}
      name={`${texts.sendLink} : ${name}`}
      title={texts.sendLink}
      done={texts.linkSent}
      act={async () => {
        set((await call("post", "/v1/entities/{id}/agents/{accountId}/recovery", { path })).data);
      }}
    >
      <p>{name}</p>
      <p>{texts.linkText}</p>
    </Confirmed>
  );
}
