// An issuer that is as strict as the public documents of ProConnect say, and a broker in front of it, as an operator has one: it holds the
// secret, and gives the page tokens of its own. See docs/decisions/030.

import { generateKeyPairSync, randomUUID } from "node:crypto";
import { createServer } from "node:http";

import { createRemoteJWKSet, jwtVerify } from "jose";
import Provider from "oidc-provider";

/** What a request to sign in may say; anything else is refused. */
const KNOWN = ["client_id", "redirect_uri", "response_type", "scope", "state", "nonce", "acr_values", "claims", "login_hint", "prompt", "idp_hint"];
const MINUTE = 60;

/** Starts an issuer at a port of its own; `configure(origin)` says what it is. */
async function start(configure, before) {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const origin = `http://127.0.0.1:${server.address().port}`;
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const provider = new Provider(origin, {
    jwks: { keys: [{ ...privateKey.export({ format: "jwk" }), use: "sig", alg: "RS256", kid: randomUUID() }] },
    cookies: { keys: ["only for a test"] },
    interactions: { url: (_, { uid }) => `/interaction/${uid}` },
    // Whoever signed in agreed elsewhere.
    loadExistingGrant: async ({ oidc }) => {
      const grant = new oidc.provider.Grant({ clientId: oidc.client.clientId, accountId: oidc.session.accountId });
      grant.addOIDCScope(oidc.params.scope);
      await grant.save();
      return grant;
    },
    ...configure(origin),
  });
  const seen = [];
  provider.use(async (context, next) => {
    const { path, query, req, headers } = context;
    seen.push({ path, query: { ...query } });
    const finish = async (accountId, acr) => {
      context.respond = false;
      await provider.interactionFinished(req, context.res, { login: { accountId, acr } });
    };
    if (!(await before({ context, path, query, headers, finish, provider, origin }))) await next();
  });
  server.on("request", provider.callback());
  return { origin, seen, close: () => new Promise((resolve) => (server.close(resolve), server.closeAllConnections())) };
}

/** The strict issuer, for the one client that it has. Somebody signs in by naming their identity provider: their subject is another one at each. */
export function startProConnect({ id, secret, redirectUri }) {
  const configuration = () => ({
    clients: [
      {
        client_id: id,
        client_secret: secret,
        token_endpoint_auth_method: "client_secret_post",
        grant_types: ["authorization_code", "refresh_token"],
        response_types: ["code"],
        redirect_uris: [redirectUri],
        userinfo_signed_response_alg: "RS256",
      },
    ],
    features: { jwtUserinfo: { enabled: true }, devInteractions: { enabled: false } },
    acrValues: ["eidas1"],
    scopes: ["openid", "offline_access", "given_name", "usual_name", "email"],
    claims: { openid: ["sub"], given_name: ["given_name"], usual_name: ["usual_name"], email: ["email"] },
    ttl: { AccessToken: MINUTE, AuthorizationCode: MINUTE, IdToken: MINUTE, Interaction: 600, Grant: 600, Session: 600 },
    pkce: { required: () => false },
    findAccount: (_, sub) => ({ accountId: sub, claims: () => ({ sub, given_name: "Ève", usual_name: "État", email: "eve@etat.example" }) }),
  });
  return start(configuration, async ({ context, path, query, finish }) => {
    const unknown = path === "/auth" ? Object.keys(query).find((name) => !KNOWN.includes(name)) : undefined;
    if (unknown || (path === "/auth" && query.acr_values !== "eidas1")) {
      context.status = 400;
      context.body = { error: "invalid_request", error_description: unknown ?? "acr_values" };
      return true;
    }
    if (!path.startsWith("/interaction/")) return false;
    if (query.idp) await finish(`${query.idp}~${query.name}`, "eidas1");
    else {
      context.type = "html";
      context.body = '<form><input name="name"><input name="idp"><button>Se connecter</button></form>';
    }
    return true;
  });
}

/** A broker: the page's issuer, and the strict issuer's client. */
export function startBroker({ id, secret, upstream, portal }) {
  const waiting = new Map();
  const configuration = () => ({
    clients: [
      {
        client_id: "client",
        token_endpoint_auth_method: "none",
        grant_types: ["authorization_code", "refresh_token"],
        response_types: ["code"],
        redirect_uris: [`${portal}/recovery`],
      },
    ],
    features: { devInteractions: { enabled: false } },
    claims: { openid: ["sub"], email: ["email"] },
    findAccount: (_, sub) => ({ accountId: sub, claims: () => ({ sub }) }),
    clientBasedCORS: (_, origin) => origin === portal,
    issueRefreshToken: (_, client) => client.grantTypeAllowed("refresh_token"),
  });

  async function subject(code, nonce, redirect_uri) {
    const asked = { grant_type: "authorization_code", code, redirect_uri, client_id: id, client_secret: secret };
    const tokens = await (await fetch(`${upstream()}/token`, { method: "POST", body: new URLSearchParams(asked) })).json();
    const keys = createRemoteJWKSet(new URL(`${upstream()}/jwks`));
    const of = { issuer: upstream(), audience: id };
    const signedIn = (await jwtVerify(tokens.id_token, keys, of)).payload;
    const answer = await fetch(`${upstream()}/me`, { headers: { Authorization: `Bearer ${tokens.access_token}` } });
    if (!answer.headers.get("content-type").startsWith("application/jwt")) throw new Error("user information that is not signed");
    const known = (await jwtVerify(await answer.text(), keys, of)).payload;
    if (signedIn.nonce !== nonce || signedIn.sub !== known.sub) throw new Error("of another request, or another person");
    return { sub: known.sub, lives: tokens.expires_in };
  }

  const lives = [];
  const started = start(configuration, async ({ context, path, query, finish, origin }) => {
    const back = `${origin}/upstream`;
    if (path === "/upstream") {
      // The interaction's cookie is for its own path.
      const { uid } = waiting.get(query.state) ?? {};
      context.redirect(`/interaction/${uid}/back?${new URLSearchParams(query)}`);
      return true;
    }
    if (!path.startsWith("/interaction/")) return false;
    if (path.endsWith("/back")) {
      const { nonce } = waiting.get(query.state);
      waiting.delete(query.state);
      const found = await subject(query.code, nonce, back);
      lives.push(found.lives);
      await finish(found.sub);
      return true;
    }
    const [state, nonce, uid] = [randomUUID(), randomUUID(), path.split("/")[2]];
    waiting.set(state, { uid, nonce });
    const asked = { client_id: id, redirect_uri: back, response_type: "code", scope: "openid given_name usual_name email", acr_values: "eidas1", state, nonce };
    context.redirect(`${upstream()}/auth?${new URLSearchParams(asked)}`);
    return true;
  });
  return started.then((broker) => Object.assign(broker, { lives }));
}
