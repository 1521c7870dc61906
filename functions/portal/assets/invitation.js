// Accepts an invitation: the button leads to the issuer's sign-in and back to this page, which then accepts.
// The invitation's token waits in this tab's storage meanwhile; the issuer never sees it, and no sign-in token is ever stored.

import { outcomeOf, page, post, storage, takeToken } from "./link.js?v=0";

const KEY = "vigie.invitation";

const OUTCOMES = {
  200: { success: true, title: "Invitation acceptée" },
  401: {
    title: "La connexion n’a pas été reconnue",
    text: "Connectez-vous de nouveau. Rien n’est perdu : l’invitation reste valable.",
  },
  "already-bound": {
    final: true,
    title: "Cette invitation a déjà été acceptée",
    text:
      "Elle l’a été avec un autre identifiant. Si c’était le vôtre, connectez-vous avec lui ; sinon, prévenez l’administrateur de " +
      "votre organisme.",
  },
  410: {
    final: true,
    title: "Cette invitation a expiré",
    text: "Une invitation vaut sept jours. Demandez à l’administrateur de votre organisme de vous en envoyer une nouvelle.",
  },
  404: {
    final: true,
    title: "Cette invitation n’est plus valable",
    text:
      "Elle a été retirée ou remplacée par une plus récente, ou le lien a été mal copié. Ouvrez le lien du dernier courriel reçu, ou " +
      "demandez une nouvelle invitation à l’administrateur de votre organisme.",
  },
};

const SIGN_IN_UNREACHABLE = {
  title: "Le service de connexion n’a pas répondu",
  text: "Réessayez dans un instant. Rien n’est perdu : l’invitation reste valable.",
};
const SIGN_IN_FAILED = {
  title: "La connexion n’a pas abouti",
  text: "Elle a été interrompue ou a duré trop longtemps. Vous pouvez recommencer : l’invitation reste valable.",
};

/** The client of the stack's issuer. It keeps its state in this tab, for as long as the sign-in takes. */
async function issuer() {
  const response = await fetch("/assets/config.json", { credentials: "omit", signal: AbortSignal.timeout(20_000) });
  if (!response.ok) throw new Error(`config.json: ${response.status}`);
  const { authority, metadataUrl, clientId } = await response.json();
  return new oidc.OidcClient({
    authority,
    metadataUrl,
    client_id: clientId,
    redirect_uri: `${location.origin}/invitation`,
    scope: "openid email",
    ui_locales: "fr",
    requestTimeoutInSeconds: 20,
    stateStore: new oidc.WebStorageStateStore({ prefix: "vigie.sign-in.", store: sessionStorage }),
  });
}

async function signIn() {
  view.progress("Vous allez être dirigé vers la page de connexion…");
  try {
    const client = await issuer();
    const request = await client.createSigninRequest({ nonce: crypto.randomUUID() });
    location.assign(request.url);
  } catch {
    view.end(SIGN_IN_UNREACHABLE);
  }
}

/** Accepts with the login that the issuer's answer, in this address, stands for. */
async function accept(answer) {
  view.progress("Acceptation de l’invitation…");
  let login;
  try {
    const client = await issuer();
    login = await client.processSigninResponse(answer);
  } catch {
    view.offer();
    view.end(SIGN_IN_FAILED);
    return;
  }
  // The id token: its audience is this client, whichever issuer the stack has.
  const outcome = outcomeOf(await post("/v1/invitations", token, login.id_token), OUTCOMES);
  if (outcome.success || outcome.final) storage.remove(KEY);
  view.offer();
  view.end(outcome.success ? { ...outcome, text: accepted(login.profile?.email) } : outcome);
}

function accepted(email) {
  const bound = email ? `Votre compte est lié à l’identifiant ${email}` : "Votre compte est lié à votre identifiant";
  return `${bound}, et votre adresse est confirmée. Vous pouvez fermer cette page.`;
}

const query = new URLSearchParams(location.search);
const answer = query.has("state") && (query.has("code") || query.has("error")) ? location.href : null;
const token = takeToken(KEY);
const view = page(signIn);
if (!token) view.incomplete();
else if (answer) accept(answer);
else view.offer();
