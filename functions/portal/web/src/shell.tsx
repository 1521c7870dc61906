// The frame of every section: the brand, the person signed in and the account they act for, the sections.

import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";

import type { Mine } from "./account";
import { drafts } from "./draft";
import { asked, isHeld, leaving } from "./router";
import { signOut } from "./session";
import { sections, texts } from "./texts/common";
import { logo, operator } from "./ui/operator";
import { Link } from "./ui/parts";
import { useWaiting } from "./ui/waiting";

export type Section = keyof typeof sections;

interface FrameProps {
  login?: string;
  account?: Mine;
  accounts?: Mine[];
  choose?: (id: string) => Promise<boolean>;
  section?: Section | null;
  children: ComponentChildren;
}

export function Frame({ login, account, accounts = [], choose, section, children }: FrameProps) {
  const own = accounts.find(({ linked }) => !linked);
  return (
    <>
      <a class="skip" href="#contenu" onClick={skip}>
        {texts.skip}
      </a>
      <header class="top">
        <div class="top-in">
          <p class="brand">
            <Link to="/">
              {logo && <img src={logo} alt="" width="28" height="28" />}
              {operator}
            </Link>
          </p>
          {login && <Identity login={login} account={account} accounts={accounts} choose={choose} />}
        </div>
      </header>
      {account ? (
        <div class="columns">
          <Navigation account={account} section={section ?? null} />
          <div class="sheet">
            {account.linked && (
              <aside class="acting" aria-label={texts.acting}>
                {texts.actsFor(account.email ?? texts.noAddress)}{" "}
                {own && (
                  <button type="button" class="second small" onClick={() => void choose?.(own.id)}>
                    {texts.backToOwn}
                  </button>
                )}
              </aside>
            )}
            {children}
          </div>
        </div>
      ) : (
        children
      )}
    </>
  );
}

/** Goes to the content, without an entry in the history that would have to be gone back over. */
function skip(event: Event): void {
  const content = document.getElementById("contenu");
  if (!content) return;
  event.preventDefault();
  content.tabIndex = -1;
  content.focus();
  content.scrollIntoView();
}

/** Signs out, and asks before that forgets what is unsaved. */
async function leave(): Promise<void> {
  if ((drafts.any() || isHeld()) && !(await asked(true))) return;
  leaving.free = true;
  await signOut();
}

/** Shows the way here, in the guide's words. */
export function Way({ section }: { section: Section }) {
  return (
    <p class="way">
      {texts.account} › {sections[section]}
    </p>
  );
}

const shown = ({ entity, linked, email }: Mine): string => `${entity.name || texts.unnamedEntity} – ${linked ? `${email ?? texts.noAddress} (${texts.linked})` : (email ?? texts.noAddress)}`;

/** Shows the person signed in, at the top right as the guide says. A mouse over it opens the menu; a press holds it open, or closes it. */
function Identity({ login, account, accounts, choose }: { login: string; account?: Mine; accounts: Mine[]; choose?: (id: string) => Promise<boolean> }) {
  const [open, setOpen] = useState<false | "hovered" | "pressed">(false);
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (!open) return;
    const away = (event: Event) => !box.current?.contains(event.target as Node) && setOpen(false);
    const escape = (event: KeyboardEvent) => {
      if (event.key !== "Escape") return;
      setOpen(false);
      box.current?.querySelector("button")?.focus();
    };
    addEventListener("pointerdown", away);
    addEventListener("focusin", away);
    addEventListener("keydown", escape);
    return () => {
      removeEventListener("pointerdown", away);
      removeEventListener("focusin", away);
      removeEventListener("keydown", escape);
    };
  }, [open]);
  // Whoever stays stays with the account that is shown.
  const change = async (select: HTMLSelectElement, before: string) => {
    if (!(await choose?.(select.value))) select.value = before;
  };
  // A finger hovers over nothing: its press alone counts.
  const hover = (over: boolean) => (event: PointerEvent) => event.pointerType === "mouse" && setOpen((is) => (is === "pressed" ? is : over && "hovered"));
  return (
    <div class="identity" ref={box} onPointerEnter={hover(true)} onPointerLeave={hover(false)}>
      <button type="button" class="who" aria-expanded={!!open} aria-controls="identity-menu" onClick={() => setOpen(open !== "pressed" && "pressed")}>
        <span class="unseen">{texts.menu}</span>{" "}
        <span class="who-login">{login}</span>{" "}
        {account && <span class="who-entity">{account.linked ? texts.actsFor(account.email ?? texts.noAddress) : account.entity.name}</span>}
      </button>
      <div id="identity-menu" class="menu" hidden={!open}>
        <Link to="/" onClickCapture={() => setOpen(false)}>
          {texts.account}
        </Link>
        {account && accounts.length > 1 && (
          <label>
            {texts.actFor}
            <select value={account.id} onChange={(event) => void change(event.currentTarget, account.id)}>
              {accounts.map((each) => (
                <option key={each.id} value={each.id}>
                  {shown(each)}
                </option>
              ))}
            </select>
          </label>
        )}
        <button type="button" class="second" onClick={() => void leave()}>
          {texts.signOut}
        </button>
      </div>
    </div>
  );
}

function Navigation({ account, section }: { account: Mine; section: Section | null }) {
  const [open, setOpen] = useState(false);
  useEffect(() => setOpen(false), [section]);
  const administers = account.role === "administrator" && !account.linked;
  const offered = (Object.keys(sections) as Section[]).filter((each) => each !== "administration" || administers);
  const waiting = useWaiting(administers ? account.entity.id : null);
  return (
    <nav class="sections" aria-label={texts.sections}>
      <button type="button" class="second sections-button" aria-expanded={open} aria-controls="sections" onClick={() => setOpen(!open)}>
        {section ? sections[section] : texts.sectionsButton}
      </button>
      <ul id="sections" class={open ? "open" : undefined}>
        {offered.map((each) => (
          <li key={each}>
            <Link to={`/${each}`} aria-current={each === section ? "page" : undefined}>
              {sections[each]}
              {each === "administration" && waiting && ` (${waiting})`}
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  );
}
