// The people who can help: the administrators of the own entity and of those above it, by name.

import { useActing } from "../account";
import { call } from "../api/client";
import { texts } from "../texts/common";
import { useData } from "./data";

const names = new Intl.ListFormat("fr-FR", { type: "disjunction" });

/** Names those whom to ask, nearest first; without names until they are known, and where nobody may ask for them. */
export function WhoToAsk({ account, needed = true, id }: { account: { id: string; linked: boolean; entity: { name: string } }; needed?: boolean; id?: string }) {
  const data = useData(async () => {
    if (!needed || account.linked) return [];
    const { items } = (await call("get", "/v1/accounts/{id}/administrators", { path: { id: account.id } })).data;
    return items.flatMap(({ entity, administrators }) => administrators.map(({ firstName, lastName }) => `${firstName} ${lastName} (${entity.name || texts.unnamedEntity})`));
  }, `${account.id} ${needed}`);
  if (!needed) return null;
  return (
    <p class="hint" id={id}>
      {data.value?.length ? texts.ask(names.format(data.value)) : texts.askSomebody(account.entity.name || texts.unnamedEntity)}
    </p>
  );
}

/** The same for whom one acts for. */
export function WhoToAskHere(props: { needed?: boolean; id?: string }) {
  const { account } = useActing();
  return <WhoToAsk account={account} {...props} />;
}
