//! `CloudWatch`, as far as the template's alarms go: which metric each watches, and what it makes
//! of datapoints.

use std::collections::BTreeMap;

use serde_json::Value as Json;
use yaml_serde::Value;

use crate::alarms::arithmetic;

pub const STACK: &str = "vigie-test";

/// A value of a metric, at a second.
#[derive(Clone, Debug, PartialEq)]
pub struct Datum {
    pub namespace: String,
    pub metric: String,
    pub dimensions: BTreeMap<String, String>,
    pub at: i64,
    pub value: f64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    Fine,
    Rings,
}

/// A metric that an alarm looks at, under the name that its arithmetic has for it.
#[derive(Clone, Debug)]
struct Measured {
    id: String,
    namespace: String,
    metric: String,
    dimensions: BTreeMap<String, String>,
    statistic: String,
}

/// An alarm of the template.
#[derive(Clone, Debug)]
pub struct Alarm {
    measured: Vec<Measured>,
    expression: String,
    pub period: i64,
    pub periods: i64,
    pub threshold: f64,
    comparison: String,
    missing: String,
}

/// Logical id → alarm.
pub fn alarms() -> BTreeMap<String, Alarm> {
    let template = template();
    let resources = template["Resources"]
        .as_mapping()
        .expect("resources")
        .iter();
    let alarms = resources.filter(|(_, resource)| resource["Type"] == "AWS::CloudWatch::Alarm");
    let found: BTreeMap<_, _> = alarms
        .map(|(id, alarm)| (text(id), Alarm::read(&template, &alarm["Properties"])))
        .collect();
    assert!(found.len() > 30, "{}", found.len());
    found
}

fn template() -> Value {
    yaml_serde::from_str(include_str!("../../../infra/template.yaml")).expect("YAML")
}

/// A number of a resource's properties: `QUEUE.RedrivePolicy.maxReceiveCount`.
pub fn number(path: &str) -> u32 {
    let template = template();
    let mut names = path.split('.');
    let resource = &template["Resources"][names.next().expect("a resource")]["Properties"];
    let value = names.fold(resource, |value, name| &value[name]);
    value
        .as_u64()
        .and_then(|n| u32::try_from(n).ok())
        .unwrap_or_else(|| panic!("{path}: {value:?}"))
}

fn text(value: &Value) -> String {
    value
        .as_str()
        .unwrap_or_else(|| panic!("no text: {value:?}"))
        .to_owned()
}

/// Returns a dimension's value as deployed: the name of a queue, a function, a rule or the stack.
fn resolved(template: &Value, value: &Value) -> String {
    let Value::Tagged(tagged) = value else {
        return text(value);
    };
    if tagged.tag == "!If" {
        // As deployed by default: without a restored table.
        return resolved(template, &tagged.value[2]);
    }
    if tagged.tag == "!Select" {
        // The name of a rule, which is the end of its ARN.
        let Value::Tagged(split) = &tagged.value[1] else {
            panic!("{value:?}")
        };
        return resolved(template, &split.value[1]);
    }
    let reference = text(&tagged.value);
    let resource = [".QueueName", ".Arn"]
        .iter()
        .find_map(|attribute| reference.strip_suffix(attribute));
    let resource = resource.unwrap_or(&reference);
    let properties = &template["Resources"][resource]["Properties"];
    let named = ["QueueName", "FunctionName"].map(|name| &properties[name]);
    match named.into_iter().find(|name| !name.is_null()) {
        Some(Value::Tagged(name)) => text(&name.value).replace("${AWS::StackName}", STACK),
        Some(name) => text(name),
        None if reference == "AWS::StackName" => STACK.to_owned(),
        None => resource.to_owned(),
    }
}

/// Returns an alarm's arithmetic with parameters at their defaults.
fn expression(template: &Value, value: &Value) -> String {
    let Value::Tagged(tagged) = value else {
        return text(value);
    };
    let parameters = template["Parameters"].as_mapping().expect("parameters");
    parameters
        .iter()
        .fold(text(&tagged.value), |text, (name, parameter)| {
            let name = format!("${{{}}}", name.as_str().unwrap_or_default());
            let default = &parameter["Default"];
            let default = default.as_u64().map(|default| default.to_string());
            text.replace(&name, &default.unwrap_or_default())
        })
}

impl Measured {
    fn read(template: &Value, id: &str, metric: &Value, statistic: &Value) -> Self {
        let dimensions = metric["Dimensions"].as_sequence().into_iter().flatten();
        Self {
            id: id.to_owned(),
            namespace: text(&metric["Namespace"]),
            metric: text(&metric["MetricName"]),
            dimensions: dimensions
                .map(|d| (text(&d["Name"]), resolved(template, &d["Value"])))
                .collect(),
            statistic: text(statistic),
        }
    }

    fn is(&self, datum: &Datum) -> bool {
        (&datum.namespace, &datum.metric, &datum.dimensions)
            == (&self.namespace, &self.metric, &self.dimensions)
    }

    #[expect(clippy::cast_precision_loss, reason = "a handful")]
    fn statistic(&self, values: &[f64]) -> Option<f64> {
        let sum: f64 = values.iter().sum();
        let largest = values.iter().copied().reduce(f64::max)?;
        Some(match self.statistic.as_str() {
            "Sum" => sum,
            "Maximum" => largest,
            "Minimum" => values.iter().copied().fold(largest, f64::min),
            "Average" => sum / values.len() as f64,
            "SampleCount" => values.len() as f64,
            other => panic!("{other}"),
        })
    }
}

impl Alarm {
    fn read(template: &Value, alarm: &Value) -> Self {
        let mut read = Self {
            measured: Vec::new(),
            expression: "plain".to_owned(),
            period: 0,
            periods: alarm["EvaluationPeriods"].as_i64().expect("a number"),
            threshold: alarm["Threshold"].as_f64().expect("a number"),
            comparison: text(&alarm["ComparisonOperator"]),
            missing: text(&alarm["TreatMissingData"]),
        };
        let period = |value: &Value| value.as_i64().expect("seconds");
        let Some(metrics) = alarm["Metrics"].as_sequence() else {
            read.period = period(&alarm["Period"]);
            let plain = Measured::read(template, "plain", alarm, &alarm["Statistic"]);
            read.measured.push(plain);
            return read;
        };
        for metric in metrics {
            let stat = &metric["MetricStat"];
            if stat.is_null() {
                read.expression = expression(template, &metric["Expression"]);
                continue;
            }
            read.period = period(&stat["Period"]);
            let id = text(&metric["Id"]);
            let one = Measured::read(template, &id, &stat["Metric"], &stat["Stat"]);
            read.measured.push(one);
        }
        read
    }

    /// The metric that this alarm watches; the first, where it is several.
    pub fn metric(&self) -> &str {
        &self.measured[0].metric
    }

    /// A datapoint of that metric.
    pub fn datum(&self, at: i64, value: f64) -> Datum {
        self.datum_of(&self.measured[0].id, at, value)
    }

    /// A datapoint of one of its metrics, by the name that its arithmetic has for it.
    pub fn datum_of(&self, id: &str, at: i64, value: f64) -> Datum {
        let measured = self.measured.iter().find(|measured| measured.id == id);
        let measured = measured.unwrap_or_else(|| panic!("no {id}")).clone();
        Datum {
            namespace: measured.namespace,
            metric: measured.metric,
            dimensions: measured.dimensions,
            at,
            value,
        }
    }

    /// Returns the alarm's state at a second. Every period counts: the template has no alarm on
    /// some of several.
    pub fn state(&self, data: &[Datum], now: i64, before: State) -> State {
        let mut rings = true;
        for i in 0..self.periods {
            let end = now - i * self.period;
            let in_period = |d: &&Datum| (end - self.period..end).contains(&d.at);
            let values = self.measured.iter().map(|measured| {
                let of_it = data.iter().filter(in_period).filter(|d| measured.is(d));
                let values: Vec<_> = of_it.map(|d| d.value).collect();
                (measured.id.clone(), measured.statistic(&values))
            });
            let value = arithmetic::value(&self.expression, &values.collect());
            match (value, self.missing.as_str()) {
                (Some(value), _) => rings &= self.breaches(value),
                (None, "breaching") => {}
                (None, "notBreaching") => rings = false,
                (None, "ignore") => return before,
                (None, other) => panic!("{other}"),
            }
        }
        if rings { State::Rings } else { State::Fine }
    }

    fn breaches(&self, value: f64) -> bool {
        match self.comparison.as_str() {
            "GreaterThanThreshold" => value > self.threshold,
            "GreaterThanOrEqualToThreshold" => value >= self.threshold,
            "LessThanThreshold" => value < self.threshold,
            other => panic!("{other}"),
        }
    }
}

/// Returns `CloudWatch`'s reading of a log line, if it is in embedded metric format: the
/// specification's rules.
pub fn embedded(line: &Json) -> Vec<Datum> {
    let Some(directives) = line["_aws"]["CloudWatchMetrics"].as_array() else {
        return Vec::new();
    };
    let milliseconds = line["_aws"]["Timestamp"].as_i64().expect("a time");
    let mut found = Vec::new();
    for directive in directives {
        let sets = directive["Dimensions"]
            .as_array()
            .expect("sets of dimensions");
        let metrics = directive["Metrics"].as_array().expect("metrics");
        assert!(
            (1..=100).contains(&metrics.len()) && !sets.is_empty(),
            "{line}"
        );
        for (set, metric) in sets
            .iter()
            .flat_map(|set| metrics.iter().map(move |metric| (set, metric)))
        {
            let name = |name: &Json| name.as_str().expect("a name").to_owned();
            // A reference to what is not in the line, or is no text, loses the metric.
            let dimension = |key: &Json| {
                let value = line[name(key)].as_str().filter(|value| !value.is_empty());
                (
                    name(key),
                    value
                        .unwrap_or_else(|| panic!("no {key} in {line}"))
                        .to_owned(),
                )
            };
            assert!(
                matches!(
                    metric["Unit"].as_str(),
                    Some("Count" | "Seconds" | "Milliseconds" | "Percent")
                ),
                "{line}"
            );
            found.push(Datum {
                namespace: name(&directive["Namespace"]),
                metric: name(&metric["Name"]),
                dimensions: set
                    .as_array()
                    .expect("a set")
                    .iter()
                    .map(dimension)
                    .collect(),
                at: milliseconds / 1000,
                value: line[name(&metric["Name"])]
                    .as_f64()
                    .unwrap_or_else(|| panic!("no value in {line}")),
            });
        }
    }
    found
}
