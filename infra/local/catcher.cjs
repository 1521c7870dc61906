// The mail catcher, and what SES's mailbox simulator says of mails to its addresses: told on the local bus as `local.ses`, in the shape of
// SES's own events. Usage: catcher.cjs --host HOST --port PORT, with AWS_ENDPOINT_URL, AWS_REGION and BUS_NAME in the environment.
//
// Three switches, off where they are not set: DELIVERIES tells of every mail that it was delivered, not only of the simulator's;
// SANDBOX refuses, as a fresh account does, whoever is outside of MAIL_DOMAIN and the simulator; DAILY_QUOTA is the number of mails that
// are taken in 24 hours.
//
// https://docs.aws.amazon.com/ses/latest/dg/send-an-email-from-console.html#send-email-simulator

const { randomUUID } = require('node:crypto')
require('./origins.cjs').guard(require('node:http'))
const bulk = require('aws-ses-v2-local/dist/v2/sendBulkEmail')
const single = require('aws-ses-v2-local/dist/v2/sendEmail')
const account = require('aws-ses-v2-local/dist/v2/getAccount')
const { getStoreReadonly } = require('aws-ses-v2-local/dist/store')

const { AWS_ENDPOINT_URL, AWS_REGION, BUS_NAME, DELIVERIES, SANDBOX, DAILY_QUOTA, MAIL_DOMAIN } = process.env
const DAY = 24 * 60 * 60 * 1000
const SIMULATOR = /^([a-z]+)(\+[^@]*)?@simulator\.amazonses\.com$/i
// It has a mail each quarter of an hour, which nobody reads: the newest is enough.
const CANARY = 'success+vigie-canary@simulator.amazonses.com'

const sent = () => ['Email Sent', 'Send', 'send', {}]
const delivered = (to) => {
  const delivery = { processingTimeMillis: 300, recipients: [to], smtpResponse: '250 2.6.0 Message received', remoteMtaIp: '127.0.0.1' }
  return ['Email Delivered', 'Delivery', 'delivery', { ...delivery, reportingMTA: 'local' }]
}
const bounced = (bounceType, bounceSubType, recipient) =>
  ['Email Bounced', 'Bounce', 'bounce', { feedbackId: randomUUID(), bounceType, bounceSubType, bouncedRecipients: [recipient], reportingMTA: 'dns; local' }]
const complained = (to) => {
  const complaint = { feedbackId: randomUUID(), complaintSubType: null, complainedRecipients: [{ emailAddress: to }] }
  return ['Email Complaint Received', 'Complaint', 'complaint', { ...complaint, userAgent: 'Amazon SES Mailbox Simulator', complaintFeedbackType: 'abuse' }]
}

// Address of the simulator → what SES tells of a mail to it, in this order.
const TOLD = {
  success: (to) => [sent(), delivered(to)],
  bounce: (to) => [
    sent(),
    bounced('Permanent', 'General', { emailAddress: to, action: 'failed', status: '5.1.1', diagnosticCode: 'smtp; 550 5.1.1 user unknown' }),
  ],
  // The server takes the mail; its automatic answer comes as a bounce without a status.
  ooto: (to) => [sent(), delivered(to), bounced('Transient', 'General', { emailAddress: to })],
  complaint: (to) => [sent(), delivered(to), complained(to)],
  suppressionlist: (to) => [
    sent(),
    bounced('Permanent', 'Suppressed', {
      emailAddress: to,
      action: 'failed',
      status: '5.1.1',
      diagnosticCode: 'Amazon SES has suppressed sending to this address because it has a recent history of bouncing as an invalid address.',
    }),
  ],
}

/** SES's events about a mail, each in its time. */
function events(to, messageId, tags, from) {
  const told = TOLD[SIMULATOR.exec(to)?.[1].toLowerCase()] ?? (DELIVERIES ? TOLD.success : null)
  const timestamp = new Date().toISOString()
  const mail = { timestamp, source: from, messageId, destination: [to], headersTruncated: false, headers: [], commonHeaders: {}, tags }
  return (told ? told(to) : []).map(([detailType, eventType, part, detail]) => ({
    EventBusName: BUS_NAME,
    Source: 'local.ses',
    DetailType: detailType,
    Detail: JSON.stringify({ eventType, mail, [part]: part === 'send' ? detail : { timestamp: new Date().toISOString(), ...detail } }),
  }))
}

async function tell(entries) {
  const headers = {
    'Content-Type': 'application/x-amz-json-1.1',
    'X-Amz-Target': 'AWSEvents.PutEvents',
    Authorization: `AWS4-HMAC-SHA256 Credential=test/20260101/${AWS_REGION}/events/aws4_request, SignedHeaders=host, Signature=local`,
  }
  const answer = await fetch(AWS_ENDPOINT_URL, { method: 'POST', headers, body: JSON.stringify({ Entries: entries }) })
  if (!answer.ok || (await answer.json()).FailedEntryCount) console.error(`the bus did not take what the simulator tells: ${answer.status}`)
}

/** The recipients of a call that were accepted, each with SES's name of its mail and the mail's tags. */
function accepted(asked, answer) {
  const name = (tags) => Object.fromEntries((tags ?? []).map((tag) => [tag.Name, [tag.Value]]))
  const all = { 'ses:configuration-set': [asked.ConfigurationSetName ?? ''], ...name(asked.DefaultEmailTags ?? asked.EmailTags) }
  if (answer.MessageId) return (asked.Destination?.ToAddresses ?? []).map((to) => ({ to, id: answer.MessageId, tags: all }))
  const results = answer.BulkEmailEntryResults ?? []
  return (asked.BulkEmailEntries ?? []).flatMap((entry, i) => {
    if (results[i]?.Status !== 'SUCCESS') return []
    const tags = { ...all, ...name(entry.ReplacementTags) }
    return entry.Destination.ToAddresses.map((to) => ({ to, id: results[i].MessageId, tags }))
  })
}

/** Leaves of the canary's mails the newest. */
function forget() {
  const { emails } = getStoreReadonly()
  const old = emails.filter((email) => email.destination.to.includes(CANARY)).slice(0, -1)
  for (const email of old) emails.splice(emails.indexOf(email), 1)
}

// When the mails of the last 24 hours were taken, oldest first.
const taken = []

/** SES's name of the reason for which one more mail to somebody is not taken, if there is one; the mail counts otherwise. */
function refusal(to) {
  const domain = to.slice(to.lastIndexOf('@') + 1).toLowerCase()
  if (SANDBOX && domain !== MAIL_DOMAIN && !SIMULATOR.test(to)) return 'MESSAGE_REJECTED'
  while (taken[0] <= Date.now() - DAY) taken.shift()
  if (DAILY_QUOTA && taken.length >= Number(DAILY_QUOTA)) return 'ACCOUNT_DAILY_QUOTA_EXCEEDED'
  taken.push(Date.now())
  return null
}

const REFUSED = {
  MESSAGE_REJECTED: ['MessageRejected', 'Email address is not verified. The following identities failed the check'],
  ACCOUNT_DAILY_QUOTA_EXCEEDED: ['LimitExceededException', 'Daily message quota exceeded.'],
}

/** Takes out of a bulk call whom SES refuses; returns what puts their results back among the others'. */
function sift(asked) {
  const entries = asked.BulkEmailEntries ?? []
  const refused = entries.map((entry) => refusal(entry.Destination?.ToAddresses?.[0] ?? ''))
  asked.BulkEmailEntries = entries.filter((_, i) => !refused[i])
  return ({ BulkEmailEntryResults: results = [], ...rest }) => {
    const others = [...results]
    return { ...rest, BulkEmailEntryResults: refused.map((Status) => (Status ? { Status, Error: REFUSED[Status][1] } : others.shift())) }
  }
}

for (const module of [bulk, single]) {
  const handle = module.default
  module.default = (request, response, next) => {
    const reason = module === single && refusal(request.body.Destination?.ToAddresses?.[0] ?? '')
    if (reason) {
      const [type, message] = REFUSED[reason]
      return response.status(400).header('x-amzn-errortype', type).send({ message })
    }
    const whole = module === bulk ? sift(request.body) : (body) => body
    const send = response.send.bind(response)
    response.send = (body) => {
      const done = send(response.statusCode === 200 && body && typeof body === 'object' ? whole(body) : body)
      if (body && typeof body === 'object' && response.statusCode === 200) {
        forget()
        // After the answer, as on AWS: the sender has most often recorded it by then.
        const told = accepted(request.body, body).flatMap(({ to, id, tags }) => events(to, id, tags, request.body.FromEmailAddress))
        for (let first = 0; first < told.length; first += 10) {
          tell(told.slice(first, first + 10)).catch((error) => console.error(`the bus is not there: ${error.message}`))
        }
      }
      return done
    }
    return handle(request, response, next)
  }
}

account.default = (request, response) =>
  response.send({
    EnforcementStatus: 'HEALTHY',
    ProductionAccessEnabled: !SANDBOX,
    SendingEnabled: true,
    // -1 is AWS's word for a quota without an end.
    SendQuota: { Max24HourSend: Number(DAILY_QUOTA || -1), MaxSendRate: 500, SentLast24Hours: taken.length },
  })

require('aws-ses-v2-local/dist/cli.js')
