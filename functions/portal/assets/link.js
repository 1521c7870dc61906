// What the pages behind mailed links have in common: the link's token, the call that acts, and what the visitor is told.

const TOKEN = /^[A-Za-z0-9._~-]{1,512}$/;
const PATIENCE = 20_000; // milliseconds

/** Told when nothing more particular is known. */
const OTHERWISE = {
  network: {
    title: "Le service n’a pas répondu",
    text: "Vérifiez votre connexion au réseau, puis réessayez. Rien n’est perdu : ce lien reste valable.",
  },
  409: { title: "Réessayez", text: "Votre compte vient d’être modifié par ailleurs. Réessayez dans un instant." },
  429: { title: "Trop de demandes à la fois", text: "Le service reçoit beaucoup de demandes. Rien n’est perdu : ce lien reste valable." },
  503: { title: "Service momentanément indisponible", text: "Rien n’est perdu : ce lien reste valable." },
};
const UNEXPECTED = {
  title: "Une erreur est survenue",
  text: "L’opération n’a pas abouti. Réessayez plus tard ; si l’erreur persiste, écrivez à l’administrateur de votre organisme.",
};

const INCOMPLETE = {
  final: true,
  title: "Ce lien est incomplet",
  text: "Ouvrez-le de nouveau depuis le courriel, en entier : certains logiciels de messagerie coupent les liens trop longs.",
};

/** The tab's storage, which a browser may refuse. */
export const storage = {
  get(key) {
    try {
      return sessionStorage.getItem(key);
    } catch {
      return null;
    }
  },
  set(key, value) {
    try {
      sessionStorage.setItem(key, value);
    } catch {
      // The page works without it until it is left or reloaded.
    }
  },
  remove(key) {
    try {
      sessionStorage.removeItem(key);
    } catch {
      // Nothing was kept.
    }
  },
};

/** Takes the link's token out of the address bar, so that it reaches neither history, bookmarks nor screenshots. */
export function takeToken(key) {
  const given = new URLSearchParams(location.search).get("token");
  if (location.search || location.hash) history.replaceState(null, "", location.pathname);
  const token = given ?? storage.get(key) ?? "";
  if (!TOKEN.test(token)) return null;
  storage.set(key, token);
  return token;
}

/** Posts the token. Answers with the status, or "network"; the problem's name, if any; and the seconds to wait. */
export async function post(path, token, bearer) {
  const headers = { "Content-Type": "application/json" };
  if (bearer) headers.Authorization = `Bearer ${bearer}`;
  try {
    const response = await fetch(path, {
      method: "POST",
      headers,
      body: JSON.stringify({ token }),
      credentials: "omit",
      redirect: "error",
      signal: AbortSignal.timeout(PATIENCE),
    });
    const body = response.ok ? {} : await response.json().catch(() => ({}));
    const problem = String(body?.type ?? "").replace(/^urn:vigie:problem:/, "");
    return { status: response.status, problem, wait: Number(response.headers.get("Retry-After")) || 0 };
  } catch {
    return { status: "network", problem: "", wait: 0 };
  }
}

/** The page's outcome for an answer: by the problem's name before its status, the page's own before the common ones. */
export function outcomeOf({ status, problem, wait }, outcomes) {
  const outcome = outcomes[problem] ?? outcomes[status] ?? OTHERWISE[status] ?? UNEXPECTED;
  if (outcome.final || !(wait > 0 || status === 429 || status === 503)) return outcome;
  return { ...outcome, text: `${outcome.text} Réessayez ${delay(wait)}.` };
}

function delay(seconds) {
  if (seconds < 5) return "dans quelques secondes";
  if (seconds < 90) return `dans ${seconds} secondes`;
  return `dans ${Math.ceil(seconds / 60)} minutes`;
}

/** The page's button and live region. `act` runs when the button is pressed, never twice at once. */
export function page(act) {
  const explanation = document.getElementById("explanation");
  const action = document.getElementById("action");
  const button = document.getElementById("act");
  const region = document.getElementById("outcome");
  const name = document.title.split(" – ").at(-1);

  const say = (kind, title, text) => {
    const heading = document.createElement("h2");
    heading.textContent = title;
    const paragraph = document.createElement("p");
    paragraph.textContent = text;
    region.dataset.kind = kind;
    region.replaceChildren(...(text ? [heading, paragraph] : [heading]));
    document.title = `${title} – ${name}`;
  };
  const busy = (is) => button.setAttribute("aria-disabled", String(is));

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
      say("progress", title, "");
    },
    /** Says how it ended. The button stays only if pressing it again may help. */
    end({ success = false, final = success, title, text }) {
      const focused = document.activeElement === button;
      say(success ? "success" : "failure", title, text);
      explanation.hidden = success || final;
      action.hidden = final;
      busy(false);
      // With the button the focus would be lost.
      if (final && focused) region.focus();
    },
    /** Says that the link lacks its token. */
    incomplete() {
      this.end(INCOMPLETE);
    },
  };
}
