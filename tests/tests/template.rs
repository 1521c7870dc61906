//! The template's rules and sources lead to functions that exist, and the world of these tests is
//! led as the template is.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;
use vigie_domain::delivery::feedback;
use vigie_http::Access;
use vigie_tests::{
    routes::all,
    world::{MAX_RECEIVES, RETRIES, refused, route},
};
use yaml_serde::Value;

fn template() -> Value {
    yaml_serde::from_str(include_str!("../../infra/template.yaml")).expect("YAML")
}

/// Resources of a type: logical id → properties.
fn resources(template: &Value, r#type: &str) -> BTreeMap<String, Value> {
    let resources = template["Resources"]
        .as_mapping()
        .expect("resources")
        .iter();
    let found: BTreeMap<_, _> = resources
        .filter(|(_, resource)| resource["Type"] == r#type)
        .map(|(id, resource)| {
            (
                id.as_str().expect("a name").to_owned(),
                resource["Properties"].clone(),
            )
        })
        .collect();
    assert!(!found.is_empty(), "no {type}");
    found
}

/// The text behind an intrinsic function such as `!Ref Table`.
#[track_caller]
fn intrinsic<'v>(value: &'v Value, function: &str) -> &'v str {
    let Value::Tagged(tagged) = value else {
        panic!("no !{function}: {value:?}")
    };
    assert_eq!(tagged.tag.to_string(), format!("!{function}"));
    tagged.value.as_str().expect("text")
}

/// The logical id in `!GetAtt Id.Arn`.
#[track_caller]
fn arn_of(value: &Value) -> &str {
    intrinsic(value, "GetAtt")
        .strip_suffix(".Arn")
        .expect("an ARN")
}

/// The function's name as its artefact has it.
fn artefact(functions: &BTreeMap<String, Value>, id: &str) -> String {
    let code = functions[id]["CodeUri"].as_str().expect("a folder");
    code.trim_end_matches('/')
        .rsplit('/')
        .next()
        .expect("a name")
        .to_owned()
}

#[test]
fn the_api_s_routes_are_the_functions_tables() {
    let template = template();
    let integrations = resources(&template, "AWS::ApiGatewayV2::Integration");
    let functions = resources(&template, "AWS::Serverless::Function");
    let mut led = BTreeMap::new();
    for (id, route) in resources(&template, "AWS::ApiGatewayV2::Route") {
        let key = route["RouteKey"].as_str().expect("a key").to_owned();
        let integration = intrinsic(&route["Target"], "Sub")
            .strip_prefix("integrations/${")
            .and_then(|id| id.strip_suffix('}'));
        let function =
            arn_of(&integrations[integration.expect("an integration")]["IntegrationUri"]);
        let public = match route["AuthorizationType"].as_str() {
            Some("NONE") => route["AuthorizerId"].is_null(),
            Some("JWT") => {
                assert_eq!(
                    intrinsic(&route["AuthorizerId"], "Ref"),
                    "Authorizer",
                    "{id}"
                );
                false
            }
            other => panic!("{id}: {other:?}"),
        };
        assert!(
            led.insert(key, (artefact(&functions, function), public))
                .is_none(),
            "{id}: twice"
        );
    }
    // The portal has the default route and knows its own.
    let mut wanted: BTreeMap<_, _> = all()
        .iter()
        .filter(|row| row.function != "portal")
        .map(|row| {
            (
                row.key(),
                (row.function.to_owned(), row.access == Access::Public),
            )
        })
        .collect();
    // HEAD answers as GET does, for whom GET does.
    let heads: Vec<_> = wanted
        .iter()
        .filter_map(|(key, led)| Some((format!("HEAD {}", key.strip_prefix("GET ")?), led.clone())))
        .collect();
    wanted.extend(heads);
    wanted.insert("$default".to_owned(), ("portal".to_owned(), true));
    assert_eq!(led, wanted);
}

/// True if a rule's pattern takes an event, as far as the template's patterns go: exact
/// values, and `anything-but` one or several.
fn takes(pattern: &Value, source: &str, detail_type: &str) -> bool {
    let fields = pattern.as_mapping().expect("a pattern");
    assert!(
        fields
            .keys()
            .all(|key| key == "source" || key == "detail-type" || key == "detail"),
        "{fields:?}"
    );
    // Mails of this stack alone; it is the only thing that a rule looks for in a detail.
    let own = &pattern["detail"]["mail"]["tags"]["ses:configuration-set"];
    assert!(
        pattern["detail"].is_null() || intrinsic(&own[0], "Ref") == "ConfigurationSet",
        "{fields:?}"
    );
    [("source", source), ("detail-type", detail_type)]
        .iter()
        .filter(|(field, _)| !pattern[*field].is_null())
        .all(|(field, value)| {
            pattern[*field]
                .as_sequence()
                .expect("values")
                .iter()
                .any(|wanted| match (wanted.as_str(), &wanted["anything-but"]) {
                    (Some(wanted), _) => wanted == *value,
                    (None, Value::Sequence(but)) => but.iter().all(|but| but != value),
                    (None, but) => but.as_str().unwrap_or_else(|| panic!("{wanted:?}")) != *value,
                })
        })
}

/// The value of a stack that has its own table, in `!If [TakesRestored, …, …]`.
#[track_caller]
fn of_own_table(value: &Value) -> &Value {
    let Value::Tagged(tagged) = value else {
        panic!("no !If: {value:?}")
    };
    assert_eq!(tagged.value[0], "TakesRestored");
    &tagged.value[2]
}

/// Returns the sources of functions: the attribute of a queue or table, the function, the
/// properties of the mapping.
fn sources(template: &Value) -> Vec<(String, String, Value)> {
    let functions = resources(template, "AWS::Serverless::Function");
    let mut found = Vec::new();
    for (id, function) in &functions {
        for (_, event) in function["Events"].as_mapping().into_iter().flatten() {
            let source = match event["Type"].as_str() {
                Some("SQS") => &event["Properties"]["Queue"],
                Some("DynamoDB") => of_own_table(&event["Properties"]["Stream"]),
                other => panic!("{id}: {other:?}"),
            };
            found.push((
                intrinsic(source, "GetAtt").to_owned(),
                artefact(&functions, id),
                event["Properties"].clone(),
            ));
        }
    }
    found
}

/// Queue (logical id) → its name without the stack's.
fn names(template: &Value) -> BTreeMap<String, String> {
    let name = |queue: &Value| {
        intrinsic(&queue["QueueName"], "Sub")
            .trim_start_matches("${AWS::StackName}-")
            .to_owned()
    };
    resources(template, "AWS::SQS::Queue")
        .iter()
        .map(|(id, queue)| (id.clone(), name(queue)))
        .collect()
}

/// Queue (logical id) → the function that it feeds.
fn fed(template: &Value) -> BTreeMap<String, String> {
    let sources = sources(template).into_iter();
    sources
        .filter_map(|(source, function, _)| {
            Some((source.strip_suffix(".Arn")?.to_owned(), function))
        })
        .collect()
}

#[test]
fn the_rules_lead_events_where_the_world_of_these_tests_leads_them() {
    let template = template();
    let (mut rules, fed) = (resources(&template, "AWS::Events::Rule"), fed(&template));
    rules.retain(|_, rule| !rule["EventPattern"].is_null());
    let schemas = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../events/schemas"))
        .expect("schemas");
    let mut types: BTreeSet<String> = schemas
        .map(|file| {
            file.expect("a file")
                .path()
                .file_stem()
                .expect("a name")
                .to_str()
                .expect("text")
                .to_owned()
        })
        .collect();
    assert!(types.len() > 15, "{types:?}");
    types.extend(feedback::DETAIL_TYPES.map(str::to_owned));
    types.extend(
        [
            "Unknown",
            "Email Opened",
            "",
            "organisationprovisioned",
            "Rejected",
            "AlertDue ",
        ]
        .map(str::to_owned),
    );
    let names = names(&template);
    let mut led = BTreeSet::new();
    for source in [
        "procurement",
        "vigie",
        "aws.ses",
        "local.ses",
        "Procurement",
        "",
    ] {
        for detail_type in &types {
            let taking: Vec<_> = rules
                .values()
                .filter(|rule| takes(&rule["EventPattern"], source, detail_type))
                .collect();
            let queues: Vec<_> = taking
                .iter()
                .flat_map(|rule| rule["Targets"].as_sequence().expect("targets"))
                .map(|target| arn_of(&target["Arn"]))
                .collect();
            let wanted =
                route(&json!({"source": source, "detail-type": detail_type, "detail": {}}));
            let consumed: Vec<_> = queues
                .iter()
                .filter(|queue| fed.contains_key(**queue))
                .map(|queue| names[*queue].as_str())
                .collect();
            assert_eq!(consumed, wanted.as_slice(), "{source} {detail_type}");
            // What is refused waits for people, and what nobody listens to; everything else that
            // we say is for others.
            let event = json!({"source": source, "detail-type": detail_type, "detail": {}});
            let kept: Vec<_> = refused(&event)
                .map(|_| "RejectedQueue")
                .into_iter()
                .collect();
            if wanted.is_none() {
                assert_eq!(queues, kept, "{source} {detail_type}");
            }
            led.extend(wanted);
        }
    }
    assert_eq!(
        led,
        BTreeSet::from([
            "account-mails",
            "alerts",
            "consultations",
            "directory",
            "feedback",
            "mailer",
            "provisioning"
        ])
    );
}

#[test]
fn every_consumer_is_fed_by_the_queue_of_its_name_the_mailer_by_a_second_and_changes_by_the_stream()
{
    let template = template();
    let fed: Vec<_> = fed(&template).into_iter().collect();
    let wanted = [
        ("AccountMailsQueue", "mailer"),
        ("AlertsQueue", "alerts"),
        ("ConsultationsQueue", "consultations"),
        ("DirectoryQueue", "directory"),
        ("FeedbackQueue", "feedback"),
        ("MailerQueue", "mailer"),
        ("ProvisioningQueue", "provisioning"),
    ];
    assert_eq!(
        fed,
        wanted.map(|(queue, function)| (queue.to_owned(), function.to_owned()))
    );
    let streams: Vec<_> = sources(&template)
        .into_iter()
        .filter(|(source, ..)| source == "Table.StreamArn")
        .map(|(_, function, _)| function)
        .collect();
    assert_eq!(streams, ["publisher"]);
}

/// Queue and stream hand back only what a function says has failed; the functions answer nothing
/// else.
#[test]
fn every_source_asks_for_what_failed() {
    let sources = sources(&template());
    assert_eq!(sources.len(), 8);
    for (source, _, mapping) in sources {
        assert_eq!(
            mapping["FunctionResponseTypes"][0], "ReportBatchItemFailures",
            "{source}"
        );
    }
}

/// The worlds of these tests give a message up sooner, and say so to the mailer as the template
/// does.
#[test]
fn the_mailer_knows_after_how_many_receives_its_queue_gives_up() {
    let template = template();
    let mailer = &resources(&template, "AWS::Serverless::Function")["Mailer"];
    let told = &mailer["Environment"]["Variables"]["MAX_RECEIVES"];
    for queue in ["MailerQueue", "AccountMailsQueue"] {
        let receives =
            &resources(&template, "AWS::SQS::Queue")[queue]["RedrivePolicy"]["maxReceiveCount"];
        assert_eq!(
            told.as_str()
                .and_then(|told| told.parse().ok())
                .or(told.as_u64()),
            receives.as_u64(),
            "{queue}"
        );
        assert!(
            receives
                .as_u64()
                .is_some_and(|receives| receives > u64::from(MAX_RECEIVES)),
            "{queue}"
        );
    }
}

#[test]
fn each_rule_tries_as_often_as_the_world_s_do_and_then_keeps_the_event() {
    let template = template();
    for (id, rule) in resources(&template, "AWS::Events::Rule") {
        if rule["EventPattern"].is_null() {
            continue;
        }
        let target = &rule["Targets"][0];
        let retries = target["RetryPolicy"]["MaximumRetryAttempts"].as_u64();
        assert_eq!(retries, Some(u64::from(RETRIES)), "{id}");
        let kept = arn_of(&target["DeadLetterConfig"]["Arn"]);
        assert_eq!(kept, "UndeliveredQueue", "{id}");
    }
}

#[test]
fn the_table_of_these_tests_is_the_template_s() {
    let template = template();
    let table = &resources(&template, "AWS::DynamoDB::Table")["Table"];
    let keys = |schema: &Value| -> Vec<(String, String)> {
        let text = |value: &Value| value.as_str().expect("text").to_owned();
        schema
            .as_sequence()
            .expect("keys")
            .iter()
            .map(|key| (text(&key["AttributeName"]), text(&key["KeyType"])))
            .collect()
    };
    let pair = |hash: &str, range: &str| {
        vec![
            (hash.to_owned(), "HASH".to_owned()),
            (range.to_owned(), "RANGE".to_owned()),
        ]
    };
    assert_eq!(keys(&table["KeySchema"]), pair("pk", "sk"));
    let indexes = table["GlobalSecondaryIndexes"]
        .as_sequence()
        .expect("indexes");
    assert_eq!(indexes.len(), 1);
    assert_eq!(indexes[0]["IndexName"], "index1");
    assert_eq!(keys(&indexes[0]["KeySchema"]), pair("i1pk", "i1sk"));
    assert_eq!(indexes[0]["Projection"]["ProjectionType"], "ALL");
    assert_eq!(
        table["StreamSpecification"]["StreamViewType"],
        "NEW_AND_OLD_IMAGES"
    );
    assert_eq!(table["BillingMode"], "PAY_PER_REQUEST");
}
