// Keeps the pages of other sites out of the mail catcher; says what `origins.py` says.

const HOST = /^(127\.0\.0\.1|([a-z0-9_-]+\.)*localhost)(:[0-9]{1,5})?$/i
const ORIGIN = /^https?:\/\/(?<host>.*)$/i

/** Tells a request that another site's page may have made, or that does not name one of the stack's hosts. */
function foreign({ method, url, headersDistinct: given }) {
  const hosts = given.host ?? []
  const asked = url.startsWith('/') ? [] : [/^[a-z]+:\/\/([^/?#]*)/i.exec(url)?.[1] ?? '']
  if (hosts.length !== 1 || ![...hosts, ...asked].every((host) => HOST.test(host))) return true
  const one = (name) => (given[name] ?? []).join()
  const site = one('sec-fetch-site')
  const ours = (origin) => HOST.test(ORIGIN.exec(origin)?.groups.host ?? '') || (origin === 'null' && site === 'same-origin')
  if (!(given.origin ?? []).every(ours)) return true
  if (['', 'same-origin', 'same-site', 'none'].includes(site)) return false
  return !(site === 'cross-site' && method === 'GET' && one('sec-fetch-mode') === 'navigate' && one('sec-fetch-dest') === 'document')
}

/** Lets every server that is made from here on answer 403 to what is foreign. */
exports.guard = (http) => {
  const { createServer } = http
  http.createServer = (app) =>
    createServer((request, response) => (foreign(request) ? response.writeHead(403, { Connection: 'close' }).end() : app(request, response)))
}
