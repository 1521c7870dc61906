// « Mon compte »: who is signed in, for whom they act, and the section that the address names.

import "./translated";

import { render, type FunctionComponent } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";

import { ActingContext, type Acting, type Mine } from "./account";
import { call, ended, Refused, type Schemas } from "./api/client";
import { go, isLost, leaving, mayLeave, usePath } from "./router";
import { Administration } from "./sections/administration";
import { Alerts } from "./sections/alerts";
import { Contact } from "./sections/contact";
import { Favourites } from "./sections/favourites";
import { History, Mine as MyData } from "./sections/history";
import { LinkedAccounts } from "./sections/linked";
import { Places } from "./sections/places";
import { FindAccount } from "./sections/recovery";
import { session, signIn, takeAnswer } from "./session";
import { Frame, Way, type Section } from "./shell";
import { tab } from "./tab";
import { sections, texts } from "./texts/common";
import { parts } from "./texts/admin/parts";
import { WhoToAsk } from "./ui/administrators";
import { useData } from "./ui/data";
import { keepFocus } from "./ui/focus";
import { announce, LiveRegion } from "./ui/live";
import { entitle, showGuide } from "./ui/operator";
import { Banner, Dialog, Failure, Loading } from "./ui/parts";

const CHOSEN = "vigie.account";
const CONTENT: Record<Section, FunctionComponent> = {
  coordonnees: Contact,
  alertes: Alerts,
  favoris: Favourites,
  lieux: Places,
  comptes: LinkedAccounts,
  historique: History,
  administration: Administration,
};

/** The section that a path names; null at `/`, undefined where there is none. */
function sectionOf(path: string): Section | null | undefined {
  const first = path.split("/")[1] ?? "";
  if (!first) return null;
  return Object.hasOwn(sections, first) ? (first as Section) : undefined;
}

function App({ failed }: { failed: boolean }) {
  const path = usePath();
  const [expired, setExpired] = useState(false);
  const [leave, setLeave] = useState<{ signOut: boolean; answer: (is: boolean) => void } | null>(null);
  useEffect(() => {
    ended.tell = () => setExpired(true);
    leaving.ask = (signOut) => new Promise((answer) => setLeave({ signOut, answer }));
  }, []);
  const answer = (is: boolean) => {
    setLeave(null);
    leave?.answer(is);
  };
  return (
    <>
      <LiveRegion />
      {session() ? <SignedIn path={path} /> : <Welcome path={path} failed={failed} />}
      {expired && (
        <Dialog title={texts.expired}>
          <p>{texts.expiredText}</p>
          {isLost() && <p>{texts.expiredFile}</p>}
          <p class="buttons">
            <SignInButton label={texts.signInAgain} back={path + location.search} />
          </p>
        </Dialog>
      )}
      {leave && (
        <Dialog title={leave.signOut ? texts.signOutUnsaved : texts.unsaved} close={() => answer(false)}>
          <p>{leave.signOut ? texts.signOutUnsavedText : texts.unsavedText}</p>
          <p class="buttons">
            <button type="button" onClick={() => answer(false)}>
              {texts.stay}
            </button>
            <button type="button" class="second" onClick={() => answer(true)}>
              {leave.signOut ? texts.signOutAnyway : texts.leave}
            </button>
          </p>
        </Dialog>
      )}
    </>
  );
}

function SignInButton({ label, back }: { label: string; back: string }) {
  const [silent, setSilent] = useState(false);
  const press = async () => {
    setSilent(false);
    // What is typed is kept in this tab, and there again afterwards.
    leaving.free = true;
    try {
      await signIn(back);
    } catch {
      leaving.free = false;
      setSilent(true);
    }
  };
  return (
    <>
      <button type="button" onClick={() => void press()}>
        {label}
      </button>
      {silent && (
        <Banner tone="failure" title={texts.issuerSilent} alert>
          <p>{texts.issuerSilentText}</p>
        </Banner>
      )}
    </>
  );
}

function Welcome({ path, failed }: { path: string; failed: boolean }) {
  const section = sectionOf(path);
  const title = section ? sections[section] : texts.welcome;
  useEffect(() => {
    entitle(title);
  }, [title]);
  return (
    <Frame>
      <main id="contenu" class="plain">
        <h1>{title}</h1>
        {failed && (
          <Banner tone="failure" title={texts.signInFailed} alert>
            <p>{texts.signInFailedText}</p>
          </Banner>
        )}
        <p>{section ? texts.toSection(sections[section]) : texts.welcomeText}</p>
        <p>
          <SignInButton label={texts.signIn} back={path + location.search} />
        </p>
        <p class="quiet">{texts.newcomer}</p>
      </main>
    </Frame>
  );
}

function SignedIn({ path }: { path: string }) {
  const me = useData(async () => (await call("get", "/v1/me")).data, "me");
  const [chosen, setChosen] = useState(tab.get(CHOSEN));
  const accounts = me.value?.accounts ?? [];
  const account = accounts.find(({ id }) => id === chosen) ?? accounts.find(({ linked }) => !linked) ?? accounts[0];
  // An issuer may tell nothing of who it is but a number.
  const named = session()?.login ?? "";
  const login = named.includes("@") ? named : (accounts.find(({ linked }) => !linked)?.email ?? named);
  const choose = async (id: string) => {
    if (id === account?.id) return true;
    if (!(await mayLeave())) return false;
    tab.set(CHOSEN, id);
    setChosen(id);
    return true;
  };
  if (!me.value) {
    return (
      <Frame login={login}>
        <main id="contenu" class="plain waits">
          <h1>{texts.account}</h1>
          {me.error && me.error.status !== 401 ? <Failure error={me.error} again={me.reload} /> : <Loading />}
        </main>
      </Frame>
    );
  }
  const gone = me.value.deactivated?.[0];
  if (!account && gone) return <Deactivated account={gone} login={login} />;
  if (!account) {
    return (
      <Frame login={login}>
        <main id="contenu" class="plain">
          <h1>{texts.noAccount}</h1>
          <p>{texts.noAccountText(login)}</p>
          <FindAccount />
        </main>
      </Frame>
    );
  }
  return <Sections key={account.id} path={path} account={account} accounts={accounts} login={login} choose={choose} reload={me.reload} />;
}

/** Shown to people whose account an administrator deactivated: whom to ask, and what the law still gives them. */
function Deactivated({ account, login }: { account: Mine; login: string }) {
  const acting: Acting = { account, details: undefined, etag: null, setDetails: () => {}, reload: () => location.reload(), choose: () => Promise.resolve(false) };
  return (
    <ActingContext.Provider value={acting}>
      <Frame login={login}>
        <main id="contenu" class="plain">
          <h1>{texts.deactivated}</h1>
          <p>{texts.deactivatedText(account.entity.name || texts.unnamedEntity)}</p>
          <WhoToAsk account={account} />
          <MyData />
        </main>
      </Frame>
    </ActingContext.Provider>
  );
}

function Sections({ path, account, accounts, login, choose, reload }: { path: string; account: Mine; accounts: Mine[]; login: string; choose: (id: string) => Promise<boolean>; reload: () => void }) {
  const section = sectionOf(path);
  // The whole account only where something of it is shown, and from then on.
  const needed = useRef(false);
  needed.current ||= !account.linked && (section === null || section === "coordonnees" || section === "alertes");
  const data = useData(async () => {
    if (!needed.current) return { details: undefined, etag: null };
    const answer = await call("get", "/v1/accounts/{id}", { path: { id: account.id } });
    return { details: answer.data as Schemas["AccountView"] | undefined, etag: answer.etag };
  }, `${account.id} ${needed.current}`);
  const heading = useRef<HTMLHeadingElement>(null);
  const first = useRef(true);

  useEffect(() => {
    // `/` leads to what needs something, else to the alerts; not whoever chose a section while this was drawn.
    if (section !== null || !data.value || sectionOf(location.pathname) !== null) return;
    const needs = data.value.details && (data.value.details.emailStatus !== "confirmed" || data.value.details.pendingEmail);
    void go(needs ? "/coordonnees" : "/alertes", true);
  }, [section, data.value]);
  useEffect(() => {
    if (section === null) return;
    showGuide(section ?? "");
    // The first section needs no announcement; a later one is announced by its heading.
    if (!first.current) heading.current?.focus();
    first.current = false;
  }, [section]);

  const named = path.split("/")[2] ?? "";
  const part = section === "administration" && Object.hasOwn(parts, named) ? parts[named as keyof typeof parts] : null;
  useEffect(() => {
    if (section !== null) entitle(...(part ? [part] : []), section ? sections[section] : texts.notFound, texts.account);
  }, [section, part]);

  const acting: Acting = {
    account,
    details: data.value?.details,
    etag: data.value?.etag ?? null,
    setDetails: (details, etag) => data.set({ details, etag }),
    reload,
    choose,
  };
  const Content = section ? CONTENT[section] : null;
  // The page of a consultation is headed by it.
  const isOne = section === "favoris" && /^\/favoris\/./.test(path);
  // Not before it is known what waits: a form drawn without it would be drawn twice.
  const waits = !data.value && needed.current;
  return (
    <ActingContext.Provider value={acting}>
      <Frame login={login} account={account} accounts={accounts} choose={choose} section={section ?? null}>
        <main id="contenu">
          {section && <Way section={section} />}
          {!isOne && (
            <h1 ref={heading} tabIndex={-1}>
              {section === undefined ? texts.notFound : sections[section ?? "alertes"]}
            </h1>
          )}
          <Offline />
          {section === undefined && <p>{texts.notFoundText}</p>}
          {data.error && data.error.status !== 401 ? <Failure error={data.error} again={data.reload} /> : waits ? <Loading /> : Content && <Content />}
        </main>
      </Frame>
    </ActingContext.Provider>
  );
}

function Offline() {
  const [is, set] = useState(!navigator.onLine);
  useEffect(() => {
    const changed = () => {
      set(!navigator.onLine);
      if (!navigator.onLine) announce(texts.offline);
    };
    addEventListener("online", changed);
    addEventListener("offline", changed);
    return () => {
      removeEventListener("online", changed);
      removeEventListener("offline", changed);
    };
  }, []);
  if (!is) return null;
  return (
    <Banner tone="warning" title={texts.offline}>
      <p>{texts.offlineText}</p>
    </Banner>
  );
}

// An error that a section threw and nobody caught must not be silent.
addEventListener("unhandledrejection", ({ reason }) => {
  if (!(reason instanceof Refused)) console.error(reason);
});

const answered = await takeAnswer();
const root = document.getElementById("app");
if (root) {
  root.replaceChildren();
  render(<App failed={answered === false} />, root);
  keepFocus(root);
  // Whoever comes back from the issuer goes on at the beginning of the page.
  root.tabIndex = -1;
  if (answered !== null) root.focus({ preventScroll: true });
}
