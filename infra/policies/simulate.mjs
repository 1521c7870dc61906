// Evaluates requests against policies as IAM does: JSON in, `{policies: {name: document}, requests: [{policy, action, resource, context}]}`,
// JSON out, a verdict for each request in its order: Allowed, ImplicitlyDenied, ExplicitlyDenied, or what is wrong with the request.
import { readFileSync } from 'node:fs'
import { runSimulation } from '@cloud-copilot/iam-simulate'

const ACCOUNT = '123456789012'
const everything = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] }
const organisation = [{ orgIdentifier: 'o-1', policies: [{ name: 'all', policy: everything }] }]

async function verdict({ policy, action, resource, context }, policies) {
  const simulated = await runSimulation(
    {
      request: {
        principal: `arn:aws:iam::${ACCOUNT}:role/${policy}`,
        action,
        resource: { resource, accountId: ACCOUNT },
        contextVariables: context,
      },
      identityPolicies: [{ name: policy, policy: policies[policy] }],
      serviceControlPolicies: organisation,
      resourceControlPolicies: [],
    },
    {},
  )
  return simulated.resultType === 'error' ? `error: ${JSON.stringify(simulated.errors)}` : simulated.overallResult
}

const { policies, requests } = JSON.parse(readFileSync(0, 'utf8'))
const verdicts = []
for (const request of requests) verdicts.push(await verdict(request, policies))
process.stdout.write(JSON.stringify(verdicts))
