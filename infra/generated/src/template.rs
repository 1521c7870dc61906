//! The parts of `infra/template.yaml` and of `CargoLambda.toml` that follow from the functions and
//! their routes. Both files stay whole and plain, so that every tool reads them.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write,
};

use vigie_http::Access;

use crate::routes::{Row, all};

/// A queue that feeds a function: logical id without `Queue`, seconds after which its age rings,
/// what its age and its dead letters mean.
const QUEUES: [(&str, u32, &str, &str); 7] = [
    (
        "AccountMails",
        3600,
        "Account mails wait for more than an hour.",
        "Account mails that thirty hours of attempts did not send.",
    ),
    (
        "Alerts",
        600,
        "Facts wait for more than ten minutes.",
        "Facts whose followers thirty hours of attempts did not ask for.",
    ),
    (
        "Consultations",
        600,
        "Consultation events wait for more than ten minutes.",
        "Consultation events that thirty hours of attempts did not take in.",
    ),
    (
        "Directory",
        3600,
        "Entities or agents that the portal declared wait for more than an hour.",
        "Entities or agents that thirty hours of attempts did not take in.",
    ),
    (
        "Feedback",
        600,
        "Events of SES wait for more than ten minutes.",
        "Events of SES that thirty hours of attempts did not record.",
    ),
    (
        "Mailer",
        3600,
        "Mails wait for more than an hour.",
        "Mails that thirty hours of attempts did not send.",
    ),
    (
        "Provisioning",
        600,
        "A new organisation waits for more than ten minutes.",
        "Organisations that thirty hours of attempts did not provision.",
    ),
];

/// Queues that one rule fills: its logical id begins as the queue's does.
const OF_ONE_RULE: [&str; 4] = ["AccountMails", "Alerts", "Mailer", "Provisioning"];

/// Rules of the stack's own bus, without `Rule`.
const RULES_OF_THE_BUS: [&str; 10] = [
    "AccountMails",
    "Alerts",
    "Awaited",
    "Consultations",
    "Directory",
    "DirectoryReady",
    "Mailer",
    "Provisioning",
    "Rejected",
    "UnknownSource",
];

/// Rules of the account's default bus, without `Rule`.
const OTHER_RULES: [&str; 3] = ["Canary", "Feedback", "Scheduler"];

/// Routes that cost more than others: seconds of a function, pages of the table, or a mail. HEAD
/// costs as GET does.
const EXPENSIVE: [&str; 14] = [
    "GET /v1/accounts/{id}/alerts/preview",
    "GET /v1/accounts/{id}/consultations",
    "GET /v1/accounts/{id}/export",
    "GET /v1/consultations/{id}/recipients",
    "GET /v1/entities/{id}/agents/{accountId}/handover",
    "GET /v1/entities/{id}/consultations",
    "GET /v1/entities/{id}/invitations",
    "GET /v1/entities/{id}/todo",
    "GET /v1/entities/{id}/undeliverable",
    "GET /v1/entities/{id}/unfollowed",
    "POST /v1/accounts/{id}/alerts/test",
    "POST /v1/entities/{id}/agents/import",
    "POST /v1/entities/{id}/invitations",
    "POST /v1/events",
];

/// Requests a second, and at once, of an expensive route; of a public one; and of the page, whose
/// first view takes some ten files.
const RATES: [(u32, u32); 3] = [(10, 20), (50, 100), (100, 300)];

/// Number of a kind that is created at once. Without chains `CloudFormation` makes all of them in
/// parallel, and API Gateway's control plane takes 10 calls a second.
const CHAINS: usize = 8;

const TAGS: &str = "Tags: [{Key: project, Value: vigie}, {Key: stage, Value: !Ref Stage}]";

/// Returns the template with the parts made anew that follow from the functions and their routes.
///
/// # Panics
///
/// If a part's marks are missing.
pub fn template(committed: &str, functions: &[String]) -> String {
    let parts = [
        ("log groups", log_groups(functions)),
        ("queues", queues()),
        ("integrations", integrations()),
        ("routes", chained(&routes())),
        ("alarms", chained(&alarms(functions))),
    ];
    let text = parts
        .iter()
        .fold(committed.to_owned(), |text, (name, part)| {
            replaced(&text, name, part, "  ")
        });
    let text = replaced(&text, "throttles", &throttles(), "      ");
    replaced(&text, "what the stage waits for", &stage(), "    ")
}

/// Returns the names of a part's resources.
fn ids(part: &str) -> Vec<&str> {
    let names = part
        .lines()
        .filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    names
        .map(|line| line.trim().trim_end_matches(':'))
        .collect()
}

/// Returns a part whose resources are created in chains, one of each at a time.
fn chained(part: &str) -> String {
    let mut before = ids(part).into_iter();
    let mut chained = String::new();
    let mut types = 0;
    for line in part.lines() {
        let _ = writeln!(chained, "{line}");
        if line.starts_with("    Type: ") {
            types += 1;
            if types > CHAINS {
                let _ = writeln!(
                    chained,
                    "    DependsOn: {}",
                    before.next().unwrap_or_default()
                );
            }
        }
    }
    chained
}

/// Returns the line by which the stage waits for the end of each chain of routes: it deploys by
/// itself whatever changes.
fn stage() -> String {
    let routes = routes();
    let ids = ids(&routes);
    let ends = &ids[ids.len().saturating_sub(CHAINS)..];
    format!("    DependsOn: [{}, UnknownRoute]\n", ends.join(", "))
}

/// Returns cargo-lambda's settings with the router made anew.
///
/// # Panics
///
/// If the part's marks are missing.
pub fn cargo_lambda(committed: &str) -> String {
    let functions: BTreeMap<_, _> = all()
        .iter()
        .filter(|row| row.function != "portal")
        .map(|row| (row.path, row.function))
        .collect();
    let mut part = String::new();
    for (path, function) in functions
        .into_iter()
        .chain([("/", "portal"), ("/{*rest}", "portal")])
    {
        let _ = writeln!(part, "\"{path}\" = \"{function}\"");
    }
    replaced(committed, "routes", &part, "")
}

/// Puts a part between its marks.
fn replaced(text: &str, name: &str, part: &str, indent: &str) -> String {
    let begin = format!("{indent}# Made by `make template`: {name}.\n");
    let end = format!("{indent}# End of {name}.\n");
    let (before, rest) = text
        .split_once(&begin)
        .unwrap_or_else(|| panic!("no {begin:?}"));
    let (_, after) = rest
        .split_once(&end)
        .unwrap_or_else(|| panic!("no {end:?}"));
    format!("{before}{begin}{part}{end}{after}")
}

fn log_groups(functions: &[String]) -> String {
    functions.iter().fold(String::new(), |mut part, name| {
        let _ = write!(
            part,
            "  {id}Log:
    Type: AWS::Logs::LogGroup
    Properties: {{LogGroupName: !Sub '/aws/lambda/${{AWS::StackName}}-{name}', RetentionInDays: !Ref LogRetentionDays, {TAGS}}}
",
            id = camel(name)
        );
        part
    })
}

/// The dead letters of each queue, and who may send to it.
fn queues() -> String {
    let letters = QUEUES.iter().fold(String::new(), |mut part, (id, ..)| {
        let _ = write!(
            part,
            "  {id}DeadLetterQueue:
    Type: AWS::SQS::Queue
    Properties: {{QueueName: !Sub '${{AWS::StackName}}-{name}-dead-letters', SqsManagedSseEnabled: true,
      MessageRetentionPeriod: 1209600, {TAGS}}}
",
            name = kebab(id)
        );
        part
    });
    letters + &policies()
}

fn policies() -> String {
    OF_ONE_RULE.iter().fold(String::new(), |mut part, id| {
        let _ = write!(
            part,
            "  {id}QueuePolicy:
    Type: AWS::SQS::QueuePolicy
    Properties:
      Queues: [!Ref {id}Queue]
      PolicyDocument:
        Version: '2012-10-17'
        Statement:
          - {{Sid: OnlyItsRule, Effect: Allow, Principal: {{Service: events.amazonaws.com}}, Action: sqs:SendMessage,
             Resource: !GetAtt {id}Queue.Arn, Condition: {{ArnEquals: {{aws:SourceArn: !GetAtt {id}Rule.Arn}}}}}}
"
        );
        part
    })
}

/// A function's time-out is 10 s: just below, so that its answer wins.
fn integrations() -> String {
    let functions: BTreeSet<_> = all().iter().map(|row| camel(row.function)).collect();
    functions.iter().fold(String::new(), |mut part, id| {
        let _ = write!(
            part,
            "  {id}Integration:
    Type: AWS::ApiGatewayV2::Integration
    Properties: {{ApiId: !Ref Api, IntegrationType: AWS_PROXY, IntegrationUri: !GetAtt {id}.Arn, PayloadFormatVersion: '2.0',
      TimeoutInMillis: 11000}}
  {id}Permission:
    Type: AWS::Lambda::Permission
    Properties: {{FunctionName: !Ref {id}, Action: lambda:InvokeFunction, Principal: apigateway.amazonaws.com,
      SourceArn: !Sub 'arn:${{AWS::Partition}}:execute-api:${{AWS::Region}}:${{AWS::AccountId}}:${{Api}}/*'}}
"
        );
        part
    })
}

/// HEAD answers as GET does, for whom GET does. The portal has the default route and knows its own.
fn routes() -> String {
    let mut rows: Vec<_> = all()
        .into_iter()
        .filter(|row| row.function != "portal")
        .flat_map(|row| [Some(row), head(&row)])
        .flatten()
        .collect();
    rows.sort_by_key(|row| (row.path, row.method));
    rows.iter().fold(String::new(), |mut part, row| {
        let authorizer = match row.access {
            Access::Public => "AuthorizationType: NONE",
            Access::Machine => {
                "AuthorizationType: JWT, AuthorizerId: !Ref Authorizer, AuthorizationScopes: [vigie/events]"
            }
            _ => "AuthorizationType: JWT, AuthorizerId: !Ref Authorizer",
        };
        let _ = write!(
            part,
            "  {id}:
    Type: AWS::ApiGatewayV2::Route
    Properties: {{ApiId: !Ref Api, RouteKey: '{key}', Target: !Sub 'integrations/${{{function}Integration}}', {authorizer}}}
",
            id = route_id(row),
            key = row.key(),
            function = camel(row.function),
        );
        part
    })
}

/// The settings of the routes that have their own, and that the stage comes after those routes.
fn throttles() -> String {
    let [expensive, public, page] = RATES;
    let mut rows: Vec<_> = all()
        .into_iter()
        .filter(|row| row.function != "portal")
        .filter_map(|row| {
            let rate = if EXPENSIVE.contains(&row.key().as_str()) {
                expensive
            } else {
                (row.access == Access::Public).then_some(public)?
            };
            Some((row, rate))
        })
        .flat_map(|(row, rate)| [Some(row), head(&row)].map(|row| Some((row?, rate))))
        .flatten()
        .collect();
    rows.sort_by_key(|(row, _)| (row.path, row.method));
    let mut settings: Vec<_> = rows.iter().map(|(row, rate)| (row.key(), *rate)).collect();
    settings.push(("$default".to_owned(), page));
    let mut part = "      RouteSettings:\n".to_owned();
    for (key, (rate, burst)) in settings {
        let _ = writeln!(
            part,
            "        '{key}': {{ThrottlingRateLimit: {rate}, ThrottlingBurstLimit: {burst}}}"
        );
    }
    part
}

/// Returns the logical id of a route.
fn route_id(row: &Row) -> String {
    let path = if row.path == "/" { "home" } else { row.path };
    camel(&format!("{}/{path}", row.method.to_lowercase())) + "Route"
}

fn head(row: &Row) -> Option<Row> {
    (row.method == "GET").then_some(Row {
        method: "HEAD",
        ..*row
    })
}

fn alarms(functions: &[String]) -> String {
    let mut part = String::new();
    for name in functions {
        let id = camel(name);
        let dimension = format!("{{Name: FunctionName, Value: !Ref {id}}}");
        let what = format!("Function {name} crashed, ran out of time or gave up.");
        part += &alarm(
            &format!("{id}Errors"),
            &what,
            "AWS/Lambda",
            "Errors",
            &dimension,
            "Sum",
            0,
        );
    }
    for (id, age, waits, dead) in QUEUES {
        let queue = |queue: &str| format!("{{Name: QueueName, Value: !GetAtt {queue}.QueueName}}");
        let (depth, oldest) = (
            "ApproximateNumberOfMessagesVisible",
            "ApproximateAgeOfOldestMessage",
        );
        part += &alarm(
            &format!("{id}Age"),
            waits,
            "AWS/SQS",
            oldest,
            &queue(&format!("{id}Queue")),
            "Maximum",
            age,
        );
        let letters = format!("{id}DeadLetter");
        part += &alarm(
            &format!("{letters}Depth"),
            dead,
            "AWS/SQS",
            depth,
            &queue(&format!("{letters}Queue")),
            "Maximum",
            0,
        );
    }
    part + &lost()
}

/// Alarms on events that a rule could hand neither to its target nor to the dead letters.
fn lost() -> String {
    // `Ref` of a rule of another bus than the default one is `bus|rule`, its ARN `…rule/bus/rule`.
    let name = |id: &str| {
        format!("{{Name: RuleName, Value: !Select [2, !Split [/, !GetAtt {id}Rule.Arn]]}}")
    };
    let of_the_bus = RULES_OF_THE_BUS.map(|id| {
        (
            id,
            format!("{{Name: EventBusName, Value: !Ref Bus}}, {}", name(id)),
        )
    });
    let others = OTHER_RULES.map(|id| (id, format!("{{Name: RuleName, Value: !Ref {id}Rule}}")));
    let mut part = String::new();
    for (id, dimensions) in of_the_bus.into_iter().chain(others) {
        part += &alarm(
            &format!("{id}Lost"),
            &format!("Rule {id} could not even put an event into the dead letters."),
            "AWS/Events",
            "InvocationsFailedToBeSentToDlq",
            &dimensions,
            "Sum",
            0,
        );
    }
    part
}

fn alarm(
    id: &str,
    what: &str,
    namespace: &str,
    metric: &str,
    dimensions: &str,
    statistic: &str,
    threshold: u32,
) -> String {
    format!(
        "  {id}Alarm:
    Type: AWS::CloudWatch::Alarm
    Properties: {{AlarmDescription: '{what}',
      Namespace: {namespace}, MetricName: {metric}, Dimensions: [{dimensions}], Statistic: {statistic}, Period: 300,
      EvaluationPeriods: 1, Threshold: {threshold}, ComparisonOperator: GreaterThanThreshold, TreatMissingData: notBreaching,
      AlarmActions: [!Ref AlarmTopic], {TAGS}}}
"
    )
}

/// `account-mails` → `AccountMails`; `get/v1/accounts/{id}/openapi.json` →
/// `GetAccountsIdOpenapiJson`.
fn camel(name: &str) -> String {
    let words = name
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| *word != "v1");
    words
        .flat_map(|word| {
            word.chars()
                .enumerate()
                .map(|(i, c)| if i == 0 { c.to_ascii_uppercase() } else { c })
        })
        .collect()
}

/// `AccountMails` → `account-mails`.
fn kebab(id: &str) -> String {
    let parts = id.chars().enumerate().map(|(i, c)| {
        if i > 0 && c.is_ascii_uppercase() {
            format!("-{c}")
        } else {
            c.to_string()
        }
    });
    parts.collect::<String>().to_ascii_lowercase()
}
